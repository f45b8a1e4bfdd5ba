import { accountKey, type Holder } from "../../facts/account.ts";
import { sideName, type AwaitedSide } from "../../facts/affirmation.ts";
import type { TradeDevolved } from "../../facts/affirmation-event.ts";
import { shown, type Refusal } from "../refusal.ts";
import type { AffirmTrade } from "../../facts/command.ts";
import { emit, freeAmount, hasRoomFor, openAccount, post, type Decision } from "../decision.ts";
import { moveAccount, moveBucket, type Asset } from "../../facts/journal.ts";
import { passes, refuseRequest, type Request } from "../request.ts";
import { findPosition, isNetted, type Settlement } from "../../state/settlement.ts";
import { failInvariant, groupedRupees } from "../../facts/units.ts";

/**
 * Decides a custodian's word on a side of a trade. AFFIRM takes what is due over into the account
 * of its client and blocks there what that needs; REJECT leaves it with the trading member. Source:
 * NSE, electronic reporting: what a custodian does not confirm devolves on the trading member.
 */
export function affirmTrade(decision: Decision, command: AffirmTrade): void {
  const request = affirmationRequestOf(command);
  if (!passes(decision, request)) return;
  const found = findAwaited(decision, command);
  if ("reason" in found) return refuseRequest(decision, request, found);
  const { settlement, side } = found;
  if (command.answer === "REJECT") {
    say(decision, command);
    return devolve(decision, settlement, side, "REJECTED");
  }
  const need = needOf(settlement, side);
  const lacking = findLack(decision, side, need);
  if (lacking !== undefined) return refuseRequest(decision, request, lacking);
  say(decision, command);
  takeOver(decision, settlement, side, need);
}

/** A side that nobody answered by the cut-off stays the trading member's. */
export function devolveSilent(decision: Decision, settlement: Settlement, name: string): void {
  const side = settlement.pending.get(name) ?? failInvariant(`${name} does not wait`);
  devolve(decision, settlement, side, "CUT_OFF");
}

/** What is told of a word on a trade where it is refused. */
export function affirmationRequestOf(command: AffirmTrade): Request {
  const { participant, clientOrderId, tradeId, side, symbol, source, answer } = command;
  const request = answer === "AFFIRM" ? "Affirm" : "RejectTrade";
  return { request, participant, clientOrderId, orderId: sideName(tradeId, side), symbol, source };
}

function findAwaited(
  { market }: Decision,
  command: AffirmTrade,
): { readonly settlement: Settlement; readonly side: AwaitedSide } | Refusal {
  const { participant, symbol } = command;
  const name = sideName(command.tradeId, command.side);
  const text = (what: string): string => `trade ${shown(name)} ${what}`;
  for (const settlement of market.clearing.settlements.values()) {
    const side = settlement.pending.get(name);
    const known = side ?? settlement.ended.get(name);
    if (known === undefined) continue;
    if (known.symbol !== symbol) break;
    if (known.custodian !== participant)
      return { reason: "NOT_YOUR_TRADE", text: text(`does not wait for ${participant}`) };
    const end = settlement.ended.get(name)?.end;
    if (side === undefined)
      return { reason: "AFFIRMATION_CLOSED", text: text(`is ${end} already`) };
    if (market.clockMs < side.affirmUntilMs) return { settlement, side };
    return {
      reason: "AFFIRMATION_CLOSED",
      text: text("was to be affirmed before the cut-off; it stays the trading member's"),
    };
  }
  const fix = `is no trade in ${shown(symbol)} that waits for a custodian; send one of your inbox`;
  return { reason: "UNKNOWN_TRADE", text: text(fix) };
}

/** What an affirmation blocks of the account that takes a side over. */
type Need = Holder & { readonly asset: Asset; readonly amount: number };

/**
 * What the account will deliver or pay beyond what is blocked for it already: its net with this
 * side in it, or all of the side where trades settle by themselves.
 */
function needOf(settlement: Settlement, side: AwaitedSide): Need {
  const { custodian: participant, client, symbol, quantity, amountPaise } = side;
  const [asset, given] = side.side === "BUY" ? ["INR", amountPaise] : [symbol, quantity];
  const holder = { participant, client };
  if (!isNetted(settlement)) return { ...holder, asset, amount: given };
  const { net, blocked } = findPosition(settlement, holder, asset) ?? { net: 0, blocked: 0 };
  return { ...holder, asset, amount: Math.max(0, given - net - blocked) };
}

function findLack(decision: Decision, side: AwaitedSide, need: Need): Refusal | undefined {
  const { participant, client, asset, amount } = need;
  const account = accountKey(participant, client);
  const free = freeAmount(decision, participant, client, asset);
  if (amount > free && asset === "INR")
    return {
      reason: "INSUFFICIENT_FUNDS",
      text: `the affirmation needs Rs ${groupedRupees(amount)} and Rs ${groupedRupees(free)} is free in ${account}: Rs ${groupedRupees(amount - free)} is missing`,
    };
  if (amount > free)
    return {
      reason: "INSUFFICIENT_HOLDINGS",
      text: `the affirmation needs ${amount} ${asset} and ${free} are free in ${account}: ${amount - free} are missing`,
    };
  const [taken, received] =
    side.side === "BUY" ? [side.symbol, side.quantity] : ["INR", side.amountPaise];
  if (hasRoomFor(decision, need, taken, received)) return undefined;
  return {
    reason: "VALUE_OUT_OF_RANGE",
    text: `the affirmation would lift ${taken} of ${account} above what can be counted exactly; reject it`,
  };
}

function say(decision: Decision, command: AffirmTrade): void {
  emit(decision, { ...command, type: "AffirmationAnswered" });
}

function takeOver(
  decision: Decision,
  { settlementNumber }: Settlement,
  side: AwaitedSide,
  need: Need,
): void {
  const { tradeId, participant: from, custodian, client, symbol, quantity, amountPaise } = side;
  openAccount(decision, custodian, client, symbol);
  const to = accountKey(custodian, client);
  const sign = side.side === "BUY" ? 1 : -1;
  const journalId = post(decision, "AFFIRM", tradeId, [
    ...moveAccount({ asset: "INR", bucket: "due", from, to, amount: 0 - sign * amountPaise }),
    ...moveAccount({ asset: symbol, bucket: "due", from, to, amount: sign * quantity }),
  ]);
  const { asset, amount } = need;
  const taken = { account: to, asset, from: "free", to: "blocked", amount } as const;
  if (amount > 0) post(decision, "BLOCK", tradeId, moveBucket(taken));
  const { blocked } = side;
  const given = { account: from, asset, from: "blocked", to: "free", amount: blocked } as const;
  if (blocked > 0) post(decision, "RELEASE", tradeId, moveBucket(given));
  emit(decision, {
    type: "TradeAffirmed",
    settlementNumber,
    tradeId,
    side: side.side,
    custodian,
    client,
    journalId,
    blocked: amount,
  });
}

function devolve(
  decision: Decision,
  { settlementNumber }: Settlement,
  { tradeId, side, custodian, participant }: AwaitedSide,
  reason: TradeDevolved["reason"],
): void {
  emit(decision, {
    type: "TradeDevolved",
    settlementNumber,
    tradeId,
    side,
    reason,
    custodian,
    participant,
  });
}
