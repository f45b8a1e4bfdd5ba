import { allRows } from "../client/pages.ts";
import {
  addAskingCommand,
  askFound,
  type AskingOptions,
  type Unsent,
} from "../client/ask-either.ts";
import type { MarketContext } from "../client/market-context.ts";
import type { AffirmationJson } from "../../http/schemas.ts";
import { sideOption } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";

/** What may be said beside the trade's id. */
type AffirmOptions = AskingOptions & {
  readonly side?: string;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly participant?: string;
};

/** `sauda affirm TRADE_ID`: a custodian's yes or no to a trade made for its client. */
export function registerAffirm(registry: Registry): void {
  addAskingCommand(registry, {
    name: "affirm",
    examples: [
      "npx sauda affirm T-0-12-0-0",
      'npx sauda affirm T-0-12-0-0 --reject --reason "not our trade"',
      "npx sauda affirm T-0-12-0-0 --side SELL --participant CUST",
    ],
    more:
      "Side, custodian and symbol are looked up. What nobody affirms before the cut-off " +
      "stays the trading member's.",
  })
    .argument("<trade-id>", "the trade (T-...)")
    .addOption(sideOption("the side to settle, where the trade waits for both"))
    .option("--reject", "say no: the trade stays with its trading member")
    .option("--reason <text>", "why not, for people")
    .option("--participant <name>", "who says so (default: the side's custodian)")
    .action((tradeId: string, options: AffirmOptions) => affirm(registry, tradeId, options));
}

async function affirm(registry: Registry, tradeId: string, options: AffirmOptions): Promise<void> {
  const { reject = false, reason } = options;
  if (reason !== undefined && !reject)
    throw new Failure("--reason says why not: add --reject, or leave it out", exitCode.usage);
  const requestFor = (sides: readonly AffirmationJson[]): Unsent => {
    const { side, custodian, symbol } = chosenSide(sides, tradeId, options.side);
    return {
      type: reject ? "RejectTrade" : "Affirm",
      participant: options.participant ?? custodian,
      trade_id: tradeId,
      side,
      symbol,
      reason,
    };
  };
  await askFound(registry, options, {
    gateway: async (context) => requestFor(await sidesOfMarket(context, options.participant)),
    log: async (context) => {
      const { sidesOfLog } = await import("./sides-of-log.ts");
      return requestFor(await sidesOfLog(context));
    },
  });
}

/** Of the named custodian, else of the key's own member, or of all. */
function sidesOfMarket(
  { market }: MarketContext,
  participant: string | undefined,
): Promise<readonly AffirmationJson[]> {
  const asked = { participant, query: { status: "all" } };
  return allRows<AffirmationJson>(market, "/v1/affirmations", "affirmations", asked);
}

function chosenSide(
  all: readonly AffirmationJson[],
  tradeId: string,
  side: string | undefined,
): AffirmationJson {
  const isWaiting = ({ status }: AffirmationJson): boolean => status === "AwaitingAffirmation";
  const named = all.filter(
    (each) => each.trade_id === tradeId && (side ?? each.side) === each.side,
  );
  const waiting = named.filter(isWaiting);
  const [found, other] = waiting.length > 0 ? waiting : named;
  if (found === undefined) {
    const ids = all.filter(isWaiting).map((each) => `${each.trade_id} ${each.side}`);
    const others = ids.length === 0 ? "no trade waits" : `what waits: ${ids.join(", ")}`;
    throw new Failure(`no custodian is to affirm ${tradeId}${side ? ` ${side}` : ""}; ${others}`);
  }
  if (other !== undefined)
    throw new Failure(`${tradeId} waits on both sides: add --side BUY or SELL`, exitCode.usage);
  return found;
}
