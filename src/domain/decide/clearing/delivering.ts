import { accountKey, clearingCorporation } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { closeOutTrade, undoing } from "./closing-out-trade.ts";
import { creditShares, postCredit } from "../funds/crediting.ts";
import { emit, openBalance, post, type Decision } from "../decision.ts";
import { collect, collectablePaise, sayLack } from "../funds/defaulting.ts";
import { moveBucket, type Bucket, type Posting } from "../../facts/journal.ts";
import type { GrossTrade, Settlement } from "../../state/settlement.ts";
import { failInvariant } from "../../facts/units.ts";

/**
 * Settles one trade by itself: shares and cash in one journal, through the clearing corporation.
 * Where the seller lacks shares it is closed out at once; where the buyer lacks cash its member
 * stands in.
 */
export function deliverTrade(decision: Decision, settlement: Settlement, tradeId: string): void {
  const { settlementNumber, settlementType } = settlement;
  const trade =
    settlement.trades.get(tradeId) ?? failInvariant(`${tradeId} is not in ${settlementNumber}`);
  if (settlementType === "A") return deliver(decision, settlement, trade, fromAuction(trade));
  if (freeAndBlocked(decision, trade) < trade.quantity)
    return closeOutTrade(decision, settlement, trade);
  const cash = bringCash(decision, settlement, trade);
  if (cash === null) failTrade(decision, settlement, trade);
  else deliver(decision, settlement, trade, cash);
}

/** What an auction's trade costs was taken from the short member when it was bought. */
function fromAuction({ amountPaise }: GrossTrade): readonly Posting[] {
  return cashOf(clearingCorporation, "blocked", amountPaise);
}

/**
 * The buyer's cash, blocked for the trade or brought together by its member; null where nobody
 * has it.
 */
function bringCash(
  decision: Decision,
  { settlementNumber }: Settlement,
  { tradeId, amountPaise, buyer }: GrossTrade,
): readonly Posting[] | null {
  const { participant, client } = buyer;
  const account = accountKey(participant, client);
  if (buyer.blocked === amountPaise) return cashOf(account, "blocked", amountPaise);
  openBalance(decision, participant, null, "INR");
  const free = findBalance(decision.market.accounts, account, "INR")?.free ?? 0;
  const ownPaise = client === null ? 0 : Math.min(free, amountPaise);
  const lackPaise = amountPaise - ownPaise;
  if (lackPaise > collectablePaise(decision, participant)) return null;
  if (lackPaise > 0)
    collect(decision, participant, lackPaise, { settlementNumber, reference: tradeId });
  const debt = { debtor: account, creditor: participant, paise: lackPaise, settlementNumber };
  if (lackPaise > 0 && client !== null)
    emit(decision, { type: "DebtIncurred", ...debt, reason: "MONY" });
  return [...cashOf(account, "free", ownPaise), ...cashOf(participant, "transit", lackPaise)];
}

function cashOf(account: string, from: Bucket, paise: number): readonly Posting[] {
  if (paise === 0) return [];
  return moveBucket({ account, asset: "INR", from, to: "due", amount: paise });
}

function deliver(
  decision: Decision,
  { settlementNumber }: Settlement,
  { tradeId, symbol, quantity, amountPaise, buyer, seller }: GrossTrade,
  cash: readonly Posting[],
): void {
  const from = accountKey(seller.participant, seller.client);
  const to = accountKey(buyer.participant, buyer.client);
  const { posting, held } = creditShares(decision, buyer, symbol, quantity);
  const fromFree = quantity - seller.blocked;
  const shares: Posting[] = [
    { account: from, asset: symbol, bucket: "blocked", amount: 0 - seller.blocked },
    { account: from, asset: symbol, bucket: "free", amount: 0 - fromFree },
  ];
  const postings: Posting[] = [
    ...cash,
    ...shares.filter(({ amount }) => amount !== 0),
    posting,
    { account: from, asset: "INR", bucket: "due", amount: 0 - amountPaise },
    { account: from, asset: symbol, bucket: "due", amount: quantity },
    { account: to, asset: symbol, bucket: "due", amount: 0 - quantity },
  ];
  const credit = { account: from, paise: amountPaise };
  const journalId = postCredit(decision, "DVP", tradeId, postings, credit, held);
  emit(decision, { type: "TradeDelivered", settlementNumber, tradeId, journalId });
}

/**
 * Nobody has the buyer's cash: neither side owes the other any more, and the seller has its
 * shares back.
 */
function failTrade(decision: Decision, { settlementNumber }: Settlement, trade: GrossTrade): void {
  const { tradeId, amountPaise, buyer } = trade;
  const { participant } = buyer;
  sayLack(decision, participant, settlementNumber, amountPaise);
  post(decision, "DEFAULT", tradeId, undoing(trade));
  emit(decision, { type: "TradeFailed", settlementNumber, tradeId, reason: "MONY" });
}

function freeAndBlocked({ market }: Decision, { seller, symbol }: GrossTrade): number {
  const account = accountKey(seller.participant, seller.client);
  return seller.blocked + (findBalance(market.accounts, account, symbol)?.free ?? 0);
}
