import { randomUUID } from "node:crypto";
import { allRows } from "../client/pages.ts";
import { addMarketCommand, onMarket } from "../client/market-context.ts";
import type { AskingOptions } from "../client/ask-either.ts";
import type { MarketContext } from "../client/market-context.ts";
import type { AffirmationJson } from "../../http/schemas.ts";
import type { Request } from "./ask-market.ts";
import type { OpenDoor } from "../door.ts";
import { answerTimeout, sideOption } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import { summaries } from "../summaries.ts";
import type { Terminal } from "../terminal.ts";
import type { Registry } from "../registry.ts";

/** What may be said beside the trade's id. */
type AffirmOptions = AskingOptions & {
  readonly side?: string;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly participant?: string;
  readonly clientOrderId?: string;
};

/** `sauda affirm TRADE_ID`: a custodian's yes or no to a trade made for its client. */
export function registerAffirm({ program, open, terminal }: Registry): void {
  addMarketCommand(program, {
    name: "affirm",
    summary: summaries.affirm,
    examples: [
      "npx sauda affirm T-0-12-0-0",
      'npx sauda affirm T-0-12-0-0 --reject --reason "not our trade"',
      "npx sauda affirm T-0-12-0-0 --side SELL --participant CUST",
    ],
    more:
      "Side, custodian and symbol are looked up. What nobody affirms before the cut-off " +
      "stays the trading member's. Exit code 0: accepted; 1: refused, or unknown because no answer came in time.",
  })
    .argument("<trade-id>", "the trade (T-...)")
    .addOption(sideOption("the side to settle, where the trade waits for both"))
    .option("--reject", "say no: the trade stays with its trading member")
    .option("--reason <text>", "why not, for people")
    .option("--participant <name>", "who says so (default: the side's custodian)")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((tradeId: string, options: AffirmOptions) => affirm(open, terminal, tradeId, options));
}

async function affirm(
  open: OpenDoor,
  terminal: Terminal,
  tradeId: string,
  options: AffirmOptions,
): Promise<void> {
  const { reject = false, reason, timeout } = options;
  if (reason !== undefined && !reject)
    throw new Failure("--reason says why not: add --reject, or leave it out", exitCode.usage);
  const requestFor = (sides: readonly CustodianSide[]): Request => {
    const { side, custodian, symbol } = chosenSide(sides, tradeId, options.side);
    return {
      type: reject ? "RejectTrade" : "Affirm",
      participant: options.participant ?? custodian,
      client_order_id: options.clientOrderId ?? randomUUID(),
      trade_id: tradeId,
      side,
      symbol,
      reason,
    };
  };
  await onMarket(open, terminal, options, {
    gateway: async (context) => {
      const { askGateway } = await import("../client/ask-gateway.ts");
      const sides = await sidesOfMarket(context, options.participant);
      return askGateway(context, requestFor(sides), timeout);
    },
    log: async (context) => {
      const { askMarket } = await import("./ask-market.ts");
      const { listSides } = await import("./sides-of-log.ts");
      return askMarket(context, requestFor(await listSides(context.door)), timeout);
    },
  });
}

/** A side of a trade that a custodian is to affirm, or had to. */
export type CustodianSide = {
  readonly tradeId: string;
  readonly side: "BUY" | "SELL";
  readonly custodian: string;
  readonly symbol: string;
  readonly isWaiting: boolean;
};

/** Of the named custodian, else of the key's own member, or of all. */
async function sidesOfMarket(
  { market }: MarketContext,
  participant: string | undefined,
): Promise<CustodianSide[]> {
  const asked = { participant, query: { status: "all" } };
  const rows = await allRows<AffirmationJson>(market, "/v1/affirmations", "affirmations", asked);
  return rows.map(({ trade_id: tradeId, side, custodian, symbol, status }) => ({
    tradeId,
    side,
    custodian,
    symbol,
    isWaiting: status === "AwaitingAffirmation",
  }));
}

function chosenSide(
  all: readonly CustodianSide[],
  tradeId: string,
  side: string | undefined,
): CustodianSide {
  const named = all.filter((each) => each.tradeId === tradeId && (side ?? each.side) === each.side);
  const waiting = named.filter(({ isWaiting }) => isWaiting);
  const [found, other] = waiting.length > 0 ? waiting : named;
  if (found === undefined) {
    const ids = all
      .filter(({ isWaiting }) => isWaiting)
      .map((each) => `${each.tradeId} ${each.side}`);
    const others = ids.length === 0 ? "no trade waits" : `what waits: ${ids.join(", ")}`;
    throw new Failure(`no custodian is to affirm ${tradeId}${side ? ` ${side}` : ""}; ${others}`);
  }
  if (other !== undefined)
    throw new Failure(`${tradeId} waits on both sides: add --side BUY or SELL`, exitCode.usage);
  return found;
}
