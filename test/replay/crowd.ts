import {
  unreadableReasons,
  type PlaceOrder,
  type Command,
} from "../../src/domain/facts/command.ts";
import type { DoorOrigin, Origin, SourcePosition } from "../../src/domain/facts/origin.ts";
import { nextDueMs, openOrders, type Market, type MarketTerms } from "../../src/domain/market.ts";
import type { RememberedLimits } from "../../src/domain/state/remembered.ts";
import { Random } from "../../src/memory/random.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import {
  openVirtualMarket,
  passTime,
  send,
  type VirtualMarket,
} from "../../src/scenario/virtual-market.ts";
import type { Heard } from "./streams.ts";

/** Who does what in which market: a seed, and how many deeds. */
export type CrowdPlan = {
  readonly seed: number;
  readonly terms: MarketTerms;
  readonly startMs: number;
  readonly deeds: number;
  /** Account keys; the members of them may be counterparties. */
  readonly holders: readonly string[];
  readonly symbols: readonly string[];
  readonly pricesPaise: readonly number[];
  /** Of a market that forgets; its senders' records have times, and some are old. */
  readonly limits?: RememberedLimits;
};

type Crowd = {
  readonly plan: CrowdPlan;
  readonly virtual: VirtualMarket;
  readonly chance: Random;
  readonly onCommand: Heard["onCommand"];
  /** Ids of the negotiated orders so far. */
  readonly negotiated: string[];
  nowMs: number;
  offset: number;
};

type Deed = (crowd: Crowd) => Command | null;

const minuteMs = 60_000;

/**
 * A crowd that does everything a market can be asked, much of it wrong, late or twice, in a market
 * of so little that everything lacks at times. Same plan, same steps. At the end each member
 * cancels all, as often as it has open orders, and some of that is refused like any deed: an order
 * may still be open. Everything that is due has happened.
 */
export function playCrowd(plan: CrowdPlan, { onStep, onCommand }: Heard): Market {
  const virtual = openVirtualMarket(plan.terms, onStep, plan);
  const chance = new Random(plan.seed);
  const begun = { negotiated: [], nowMs: plan.startMs, offset: 0 };
  const crowd: Crowd = { plan, virtual, chance, onCommand, ...begun };
  for (let done = 0; done < plan.deeds; done += 1) {
    const command = pickDeed(chance)(crowd);
    if (command !== null) decideOne(crowd, command);
  }
  for (const { participant } of openOrders(virtual.market))
    decideOne(crowd, { ...cancelAllOf(crowd, participant), client: null, symbol: null });
  for (let due = nextDueMs(virtual.market); due !== null; due = nextDueMs(virtual.market)) {
    crowd.nowMs = Math.max(crowd.nowMs, due);
    passTime(virtual, crowd.nowMs);
  }
  return virtual.market;
}

/** As the exchange does: what is decided is what came back from the command's bytes. */
function decideOne(crowd: Crowd, command: Command): void {
  const { virtual, nowMs, negotiated, onCommand } = crowd;
  passTime(virtual, nowMs);
  onCommand(command);
  const { cause } = send(virtual, readCommand(logKey, encodeCommand(command)), nowMs);
  const isNegotiated = command.type === "PlaceOrder" && command.counterparty !== null;
  if (isNegotiated) negotiated.push(`O-0-${cause.offset}`);
}

const deeds: readonly (readonly [weight: number, deed: Deed])[] = [
  [30, (crowd) => place(crowd)],
  [6, (crowd) => place(crowd, { isNegotiated: true })],
  [6, (crowd) => place(crowd, { isAffirmed: true })],
  [5, (crowd) => ({ type: "CancelOrder", ...requestOnOrder(crowd) })],
  [1, (crowd) => ({ type: "ModifyOrder", ...requestOnOrder(crowd) })],
  [1, (crowd) => cancelAllOf(crowd, holder(crowd).participant)],
  [8, answer],
  [6, affirm],
  [3, unreadable],
  [1, inputsMissing],
  [1, () => ({ type: "Tick" })],
  [6, offer],
  [3, payDues],
  [4, payInEarly],
  [3, (crowd) => moveFunds(crowd, "Deposit")],
  [3, (crowd) => moveFunds(crowd, "Withdraw")],
  [2, liftSuspension],
  [12, wait],
  [3, waitForAuction],
];

function pickDeed(chance: Random): Deed {
  let left = chance.between(
    1,
    deeds.reduce((sum, [weight]) => sum + weight, 0),
  );
  const found = deeds.find(([weight]) => (left -= weight) <= 0);
  if (found === undefined) throw new Error("no deed was picked");
  return found[1];
}

function place(
  crowd: Crowd,
  {
    isNegotiated = false,
    isAffirmed = false,
  }: { isNegotiated?: boolean; isAffirmed?: boolean } = {},
): PlaceOrder {
  const { chance, plan } = crowd;
  const symbol = rarely(chance, "NO SUCH") ?? chance.pick(plan.symbols);
  const order: PlaceOrder = {
    type: "PlaceOrder",
    ...holder(crowd),
    clientOrderId: chance.chance(0.1) ? null : id(crowd),
    symbol,
    symbolAsSent: symbol === "SBIN" ? "SBI" : symbol,
    side: isNegotiated && chance.chance(0.9) ? "BUY" : chance.pick(["BUY", "SELL"]),
    quantity: rarely(chance, 0, 2e9, 1e9) ?? chance.between(1, 9),
    pricePaise: chance.chance(0.04)
      ? chance.pick([null, 0, 13, 999_999_995])
      : chance.pick(plan.pricesPaise),
    counterparty: isNegotiated ? memberOf(chance.pick(plan.holders)) : null,
    custodian: isAffirmed ? (rarely(chance, "A", "B") ?? "BANK") : null,
    product: chance.chance(0.2) ? "MIS" : "CNC",
    unfit: null,
    source: origin(crowd),
  };
  const client = isAffirmed && chance.chance(0.95) ? "fund" : order.client;
  return { ...order, client, ...unfitted(chance) };
}

function unfitted(chance: Random): Partial<PlaceOrder> {
  const text = "1e99";
  return (
    rarely<Partial<PlaceOrder>>(
      chance,
      { quantity: 0, unfit: { field: "quantity", reason: "QUANTITY_OUT_OF_RANGE", text } },
      { pricePaise: null, unfit: { field: "price", reason: "PRICE_DECIMALS", text: "1.005" } },
      { pricePaise: null, unfit: { field: "price", reason: "PRICE_OUT_OF_RANGE", text } },
    ) ?? {}
  );
}

function requestOnOrder(crowd: Crowd) {
  const { chance, virtual, plan } = crowd;
  const own = request(crowd);
  const live = openOrders(virtual.market);
  const order = live.length === 0 || chance.chance(0.2) ? undefined : chance.pick(live);
  const known = order ?? { orderId: orderId(crowd), symbol: chance.pick(plan.symbols) };
  const { participant = own.participant } = chance.chance(0.9) ? (order ?? {}) : {};
  return { ...own, participant, origClientOrderId: known.orderId, symbol: known.symbol };
}

function cancelAllOf(crowd: Crowd, participant: string): Extract<Command, { type: "CancelAll" }> {
  const { chance, plan } = crowd;
  const symbol = chance.chance(0.5) ? null : chance.pick(plan.symbols);
  const client = chance.chance(0.8) ? null : "x";
  return { type: "CancelAll", ...request(crowd), participant, client, symbol };
}

function answer(crowd: Crowd): Command {
  const { chance, virtual, plan } = crowd;
  const waiting = openOrders(virtual.market).filter(({ counterparty }) => counterparty !== null);
  const order = waiting.length === 0 || chance.chance(0.2) ? undefined : chance.pick(waiting);

  const other = memberOf(chance.pick(plan.holders));
  const source = origin(crowd);
  const needsId = "requestId" in source || chance.chance(0.5);
  return {
    type: "AnswerOrder",
    answer: chance.pick(["CONFIRM", "CONFIRM", "REJECT"]),
    participant: chance.chance(0.9) ? (order?.counterparty ?? other) : other,
    clientOrderId: needsId ? id(crowd) : null,
    orderId: needsId || chance.chance(0.3) ? (order?.orderId ?? orderId(crowd)) : null,
    symbol: needsId ? (order?.symbol ?? chance.pick(plan.symbols)) : null,
    source,
    original: { keyBase64: null, valueBase64: "eA==" },
  };
}

function affirm(crowd: Crowd): Command | null {
  const { chance, virtual } = crowd;
  const settlements = [...virtual.market.clearing.settlements.values()];
  const sides = settlements.flatMap(({ pending, ended }) => [
    ...pending.entries(),
    ...[...ended.entries()].slice(-2),
  ]);
  const [name = "T-0-0-0-0/BUY", side = { custodian: "BANK", symbol: "SBIN" }] =
    sides.length === 0 || chance.chance(0.1) ? [] : chance.pick(sides);
  const [tradeId = "", of] = name.split("/");
  return {
    type: "AffirmTrade",
    ...request(crowd),
    answer: chance.pick(["AFFIRM", "AFFIRM", "REJECT"]),
    participant: rarely(chance, "A") ?? side.custodian,
    tradeId,
    side: of === "SELL" ? "SELL" : "BUY",
    symbol: side.symbol,
    reason: chance.chance(0.5) ? null : "not ours",
  };
}

function unreadable(crowd: Crowd): Command {
  const { chance } = crowd;
  const reason = chance.pick(unreadableReasons);
  const sha256 = "ab".repeat(32);
  const cut = { keyBytes: null, valueBytes: 99_999, headerBytes: 0, sha256 };
  const { offset } = position(crowd);
  const packed = { firstOffset: offset - 3, lastOffset: offset, packedBytes: 500, sha256 };
  return {
    type: "Unreadable",
    reason,
    detail: `the record is ${reason}`,
    source: reason === "UNREADABLE_COMMAND" ? null : position(crowd),
    original: { keyBase64: chance.chance(0.5) ? null : "aw==", valueBase64: "eyJ9" },
    ...(reason === "TOO_LARGE" ? { cut } : {}),
    ...(reason === "NOT_UNPACKED" ? { cut: packed } : {}),
  };
}

function inputsMissing(crowd: Crowd): Command {
  const source = position(crowd);
  return { type: "InputsMissing", from: Math.max(0, source.offset - 2), to: source.offset, source };
}

function offer(crowd: Crowd): Command {
  const { chance, plan, virtual } = crowd;
  const { market } = virtual;
  const auctions = [...market.clearing.shortfalls.auctions.keys()];
  return {
    type: "OfferInAuction",
    ...request(crowd),
    ...holder(crowd),
    symbol: auctions.length === 0 || chance.chance(0.1) ? "SBIN" : chance.pick(auctions),
    quantity: rarely(chance, 0, 1_000) ?? chance.between(1, 5),
    pricePaise: rarely(chance, 1, 1_000, 33) ?? chance.pick(plan.pricesPaise),
  };
}

function payDues(crowd: Crowd): Command {
  const { chance, virtual } = crowd;
  const debtors = [...virtual.market.clearing.shortfalls.debts.keys()];
  const owner = debtors.length === 0 || chance.chance(0.1) ? null : chance.pick(debtors);
  const own = owner === null ? holder(crowd) : holderIn(owner);
  const amountPaise = rarely(chance, 0) ?? chance.pick([1, 20, 300, 5_000]);
  return { type: "PayDues", ...request(crowd), ...own, amountPaise };
}

function payInEarly(crowd: Crowd): Command {
  const { chance, virtual } = crowd;
  const positions = [...virtual.market.clearing.margins.accounts.values()].flatMap(
    ({ participant, client, securities }) =>
      [...securities].flatMap(([symbol, security]) =>
        [...security.positions.keys()].map((settlementNumber) => ({
          participant,
          client,
          symbol,
          settlementNumber,
        })),
      ),
  );
  const none = { ...holder(crowd), symbol: "SBIN", settlementNumber: "M2026001" };
  const position = positions.length === 0 || chance.chance(0.1) ? none : chance.pick(positions);
  const quantity = rarely(chance, 0) ?? chance.between(1, 4);
  return { type: "PayInEarly", ...request(crowd), ...position, quantity };
}

function moveFunds(crowd: Crowd, type: "Deposit" | "Withdraw"): Command {
  const { chance, plan } = crowd;
  const asset = chance.pick(["INR", ...plan.symbols]);
  const amount = rarely(chance, 0, Number.MAX_SAFE_INTEGER) ?? chance.between(1, 60);
  return { type, ...request(crowd), ...holder(crowd), asset, amount, source: door(crowd) };
}

function liftSuspension(crowd: Crowd): Command {
  const { chance, virtual } = crowd;
  const suspended = [...virtual.market.clearing.shortfalls.suspended.keys()];
  const own = request(crowd);
  const participant = suspended.length === 0 ? own.participant : chance.pick(suspended);
  return { type: "LiftSuspension", ...own, participant, source: door(crowd) };
}

function wait(crowd: Crowd): null {
  crowd.nowMs += crowd.chance.pick([1, 1, 15, 60, 240, 900]) * minuteMs;
  passTime(crowd.virtual, crowd.nowMs);
  return null;
}

/** Time passes until an auction is open, at most two days. */
function waitForAuction(crowd: Crowd): null {
  const { virtual } = crowd;
  const untilMs = crowd.nowMs + 2_880 * minuteMs;
  for (;;) {
    const [auction] = virtual.market.clearing.shortfalls.auctions.values();
    if (auction !== undefined && !auction.isEnded) {
      crowd.nowMs = Math.max(crowd.nowMs, auction.opensAtMs);
      return null;
    }
    const dueMs = nextDueMs(virtual.market);
    if (dueMs === null || dueMs > untilMs) return null;
    crowd.nowMs = Math.max(crowd.nowMs, dueMs);
    passTime(virtual, crowd.nowMs);
  }
}

/** What every request says: whose it is, an id of its own, and where it came from. */
function request(crowd: Crowd) {
  const { participant } = holder(crowd);
  return { participant, clientOrderId: id(crowd), source: origin(crowd) };
}

function holder({ chance, plan }: Crowd): { participant: string; client: string | null } {
  return holderIn(rarely(chance, "NOBODY") ?? chance.pick(plan.holders));
}

function holderIn(account: string): { participant: string; client: string | null } {
  const [participant = "", client = null] = account.split("/");
  return { participant, client };
}

function memberOf(account: string): string {
  return holderIn(account).participant;
}

/** New, but now and then one that was used before, or that only the exchange may make. */
function id({ chance, offset }: Crowd): string {
  return rarely(chance, "c1", "c2", "A-0-1", "D-0-1-0-0") ?? `c${offset}-${chance.between(0, 9)}`;
}

function orderId({ chance, virtual, negotiated }: Crowd): string {
  if (negotiated.length > 0 && chance.chance(0.5)) return chance.pick(negotiated);
  return `O-0-${chance.between(0, virtual.steps)}`;
}

function origin(crowd: Crowd): Origin {
  return crowd.chance.chance(0.5) ? position(crowd) : door(crowd);
}

/** The next one of its topic, but now and then one that was taken before. */
function position(crowd: Crowd): SourcePosition {
  const { chance, plan, nowMs } = crowd;
  crowd.offset += 1;
  const offset = chance.chance(0.05) ? chance.between(0, crowd.offset) : crowd.offset;
  const topicId = chance.pick(["t1", "t2"]);
  return {
    topicId,
    topic: "sauda.orders",
    partition: chance.between(0, 1),
    offset,
    timestampMs: plan.limits === undefined ? 7 : nowMs - chance.pick([0, 0, 0, 1, 90]) * minuteMs,
  };
}

function door(crowd: Crowd): DoorOrigin {
  const { chance, nowMs } = crowd;
  crowd.offset += 1;
  return {
    requestId: `request ${crowd.offset}`,
    receivedAtMs: nowMs,
    deadlineMs: chance.chance(0.05) ? nowMs - 1 : nowMs + minuteMs,
    redriveOf: rarely(chance, position(crowd)) ?? null,
  };
}

/** One of these, seldom; else undefined. */
function rarely<Item>(chance: Random, ...items: readonly Item[]): Item | undefined {
  return chance.chance(0.06) ? chance.pick(items) : undefined;
}
