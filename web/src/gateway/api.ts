import type {
  AffirmationDecidedJson,
  AffirmationJson,
  BarJson,
  CancelAllJson,
  DeadLetterJson,
  DecidedJson,
  FlowJson,
  FundsJson,
  HoldingJson,
  InstrumentJson,
  JourneyJson,
  MarketJson,
  NewOrder,
  ObligationJson,
  OpenSettlementJson,
  OrderJourneyJson,
  OrderJson,
  PositionJson,
  RedriveJson,
  SessionJson,
  StandingJson,
  PrintMessage,
  TrialBalanceJson,
  UnknownJson,
} from "../wire.ts";
import { asProblem, GatewayProblem, noAnswer, problemOf } from "./problem.ts";

/** Longer than any deadline the dashboard gives an order. */
const timeoutMs = 15_000;

/**
 * What a cancel of everything may wait for its turn: it is wanted most when the market is busiest.
 */
const cancelAllMs = 10_000;

/**
 * When a read that was too many is asked for again, in ms: a key's reads are counted by the second.
 */
const readAgainMs = [500, 1_000, 2_000, 4_000];

/** Where the gateway is and who asks. */
type Caller = {
  readonly origin: string;
  readonly key: string;
  /** The member acted for; null asks for nobody's own. */
  readonly participant: string | null;
};

/** A side of a trade. */
type SideName = Pick<AffirmationJson, "trade_id" | "side">;

/** The gateway's routes. Everything throws `GatewayProblem`. */
export type Api = ReturnType<typeof openApi>;

/** The routes for one caller. */
export function openApi(caller: Caller) {
  const get = <Body>(path: string): Promise<Body> => read(caller, path);
  const post = <Body>(path: string, body?: unknown): Promise<Body> =>
    ask(caller, "POST", path, body);
  const name = encodeURIComponent;
  return {
    /** Why the market does not decide, in words; null where it does. */
    whyNotReady: async (): Promise<string | null> => {
      try {
        await get("/readyz");
        return null;
      } catch (error) {
        if (error instanceof GatewayProblem && error.code === "NOT_READY") return error.message;
        throw error;
      }
    },
    session: () => get<SessionJson>("/v1/session"),
    market: () => get<MarketJson>("/v1/market"),
    instruments: () => get<{ instruments: InstrumentJson[] }>("/v1/instruments"),
    bars: (symbol: string, lengthMs: number) =>
      get<{ bars: BarJson[]; seq?: number }>(`/v1/bars/${name(symbol)}?length_ms=${lengthMs}`),
    prints: (symbol: string, limit: number) =>
      get<{ trades: PrintMessage[] }>(`/v1/prints/${name(symbol)}?limit=${limit}`),
    orders: (status: "open" | "ended" | "all", limit: number) =>
      get<{ orders: OrderJson[] }>(`/v1/orders?status=${status}&limit=${limit}`),
    order: (id: string) => get<OrderJson>(`/v1/orders/${name(id)}`),
    place: (order: NewOrder) => post<DecidedJson | UnknownJson>("/v1/orders", order),
    cancel: (id: string, requestId: string) =>
      ask<DecidedJson | UnknownJson>(caller, "DELETE", `/v1/orders/${name(id)}`, {
        client_order_id: requestId,
      }),
    cancelAll: (symbol: string | null, requestId: string) =>
      post<CancelAllJson | UnknownJson>("/v1/orders/cancel-all", {
        symbol,
        client_order_id: requestId,
        deadline_in_ms: cancelAllMs,
      }),
    trades: (limit: number, symbol?: string) =>
      get<{ trades: StandingJson[] }>(
        `/v1/trades?limit=${limit}${symbol === undefined ? "" : `&symbol=${name(symbol)}`}`,
      ),
    orderJourney: (orderId: string) => get<OrderJourneyJson>(`/v1/orders/${name(orderId)}/journey`),
    journey: (tradeId: string) => get<JourneyJson>(`/v1/trades/${name(tradeId)}/journey`),
    positions: () => get<{ positions: PositionJson[] }>("/v1/positions"),
    holdings: () => get<{ holdings: HoldingJson[] }>("/v1/holdings"),
    funds: () => get<{ funds: FundsJson[] }>("/v1/funds"),
    confirmations: () => get<{ orders: OrderJson[] }>("/v1/confirmations"),
    answer: (orderId: string, word: "confirm" | "reject", requestId: string) =>
      post<DecidedJson | UnknownJson>(`/v1/confirmations/${name(orderId)}/${word}`, {
        client_order_id: requestId,
      }),
    affirmations: () => get<{ affirmations: AffirmationJson[] }>("/v1/affirmations"),
    affirm: ({ trade_id, side }: SideName, word: "affirm" | "reject", requestId: string) =>
      post<AffirmationDecidedJson | UnknownJson>(
        `/v1/affirmations/${name(trade_id)}/${side}/${word}`,
        { client_order_id: requestId },
      ),
    deadLetters: (limit: number) =>
      get<{ dead_letters: DeadLetterJson[] }>(`/v1/dead-letters?limit=${limit}`),
    redrive: (id: string, isDryRun: boolean) =>
      post<RedriveJson>(`/v1/dead-letters/${name(id)}/redrive?dry_run=${isDryRun}`),
    flow: () => get<FlowJson>("/v1/flow"),
    trialBalance: () => get<TrialBalanceJson>("/v1/trial-balance"),
    settlements: () => get<{ settlements: OpenSettlementJson[] }>("/v1/settlements"),
    obligations: (settlementNumber: string) =>
      get<{ obligations: ObligationJson[] }>(
        `/v1/settlements/${name(settlementNumber)}/obligations`,
      ),
  };
}

/** Many pages of one key that open at once read more than it may: they wait for their turn. */
async function read<Body>(caller: Caller, path: string): Promise<Body> {
  for (const waitMs of readAgainMs) {
    try {
      return await ask(caller, "GET", path);
    } catch (error) {
      if (asProblem(error).code !== "TOO_MANY_READS") throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  return ask(caller, "GET", path);
}

/**
 * The body's shape is the contract's: the gateway checks its own answers, so it is not checked
 * twice.
 */
async function ask<Body>(
  { origin, key, participant }: Caller,
  method: string,
  path: string,
  body?: unknown,
): Promise<Body> {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (participant !== null) headers["sauda-participant"] = participant;
  if (body !== undefined) headers["content-type"] = "application/json";
  const signal = AbortSignal.timeout(timeoutMs);
  const text = body === undefined ? null : JSON.stringify(body);
  let answer: Response;
  let answered: unknown;
  try {
    answer = await fetch(`${origin}${path}`, { method, headers, signal, body: text });
    answered = readJson(await answer.text());
  } catch {
    throw noAnswer();
  }
  if (!answer.ok) throw problemOf(answer.status, answered);
  return answered as Body;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
