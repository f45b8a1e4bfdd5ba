import { accountKey } from "../../domain/facts/account.ts";
import type { SettlementCompleted } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import { isMarginEvent } from "../../domain/facts/margin-event.ts";
import { groupedRupees, rupees } from "../../domain/facts/units.ts";
import { writtenEvent } from "../../protocol/log/order-record.ts";
import { kolkataTime, utcTime } from "../../protocol/moment.ts";
import { isFlowName } from "../../scenario/flow.ts";
import type { OpenDue } from "../../scenario/run.ts";
import type { TrialBalance } from "../../services/trial-balance.ts";
import type { Fact } from "../actors/fact.ts";
import { amountWords, counted, percentWords } from "../../scenario/words/amounts.ts";
import { wordsOf } from "../../scenario/words/words.ts";

/** What of a step is told. */
type Telling = {
  readonly withJournals: boolean;
  /**
   * Accounts of the crowd, by key: what concerns only them is left out. Empty: everything is told.
   */
  readonly crowd: ReadonlySet<string>;
};

/**
 * What a step did, one fact an event, each line with India's time. A text is empty where only
 * programs care.
 */
export function stepFacts(step: Step, seq: number, { withJournals, crowd }: Telling): Fact[] {
  const ist = kolkataTime(step.at).slice(0, 19).replace("T", " ");
  const isQuiet = !withJournals || step.events.some((event) => isCrowds(event, crowd));
  return step.events
    .filter((event) => (event.type === "JournalPosted" ? !isQuiet : !isCrowds(event, crowd)))
    .map((event) => ({
      text: wordsOf(event)
        .map((line) => `${ist}  ${line}`)
        .join("\n"),
      json: { type: "event", seq, at: utcTime(step.at), event: writtenEvent(event) },
    }));
}

/** One asset of the trial balance on a line; the sum is zero. */
export function balanceFact({ asset, amounts, total }: TrialBalance): Fact {
  const say = (amount: bigint): string => (asset === "INR" ? rupees(amount) : String(amount));
  const kinds = [...amounts].map(([kind, amount]) => `${kind} ${say(amount)}`);
  return {
    text: [`BALANCE ${asset}`, ...kinds, `sum ${say(total)}`].join("   "),
    json: {
      type: "trial_balance",
      asset,
      amounts: Object.fromEntries([...amounts].map(([kind, amount]) => [kind, String(amount)])),
      sum: String(total),
    },
  };
}

/** What netting saved in a settlement. */
export function nettingFact(completed: SettlementCompleted): Fact {
  const { settlementNumber, trades, grossPaise, netPaise, savedBasisPoints } = completed;
  return {
    text: [
      `NETTING ${settlementNumber}`,
      counted(trades, "trade"),
      `gross Rs ${groupedRupees(grossPaise)}`,
      `net Rs ${groupedRupees(netPaise)}`,
      `saved ${percentWords(savedBasisPoints)}`,
    ].join("   "),
    json: { ...completed, type: "netting" },
  };
}

/** What an account is still owed, or owes (below zero), at the end. */
export function dueFact({ account, asset, amount }: OpenDue): Fact {
  return {
    text: `DUE ${account} ${amountWords(asset, amount)}`,
    json: { type: "due", account, asset, amount },
  };
}

/** True for what happens within the crowd alone. */
function isCrowds(event: MarketEvent, crowd: ReadonlySet<string>): boolean {
  if (crowd.size === 0) return false;
  if (event.type === "TradeExecuted") return isIn(crowd, event.buy) && isIn(crowd, event.sell);
  if (event.type === "TradeNovated") return isIn(crowd, event.buyer) && isIn(crowd, event.seller);
  if (event.type === "MemberObligationDetermined" || event.type === "MemberPaid")
    return crowd.has(event.participant);
  if (event.type === "ObligationDetermined") return isIn(crowd, event);
  if (isMarginEvent(event) && "client" in event) return isIn(crowd, event);
  if (event.type === "InstructionUpdated") return event.status === "Settled" && isIn(crowd, event);
  return "clientOrderId" in event && isFlowName(event.clientOrderId ?? "");
}

function isIn(
  crowd: ReadonlySet<string>,
  { participant, client }: { readonly participant: string; readonly client: string | null },
): boolean {
  return crowd.has(accountKey(participant, client));
}
