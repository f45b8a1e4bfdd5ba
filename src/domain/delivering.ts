import { accountKey } from "./account.ts";
import { happen, post } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { Settlement } from "./settlement.ts";
import { broken } from "./units.ts";

/** Settles one trade by itself: shares and cash in one journal, through the clearing corporation. */
export function deliverTrade(decision: Decision, settlement: Settlement, tradeId: string): void {
  const { settlementNumber } = settlement;
  const trade =
    settlement.trades.get(tradeId) ?? broken(`${tradeId} is not in ${settlementNumber}`);
  const { symbol, quantity, amountPaise } = trade;
  const buyer = accountKey(trade.buyer.participant, trade.buyer.client);
  const seller = accountKey(trade.seller.participant, trade.seller.client);
  const journalId = post(decision, "DVP", tradeId, [
    { account: buyer, asset: "INR", bucket: "blocked", amount: 0 - amountPaise },
    { account: seller, asset: "INR", bucket: "free", amount: amountPaise },
    { account: seller, asset: symbol, bucket: "blocked", amount: 0 - quantity },
    { account: buyer, asset: symbol, bucket: "free", amount: quantity },
    { account: buyer, asset: "INR", bucket: "due", amount: amountPaise },
    { account: seller, asset: "INR", bucket: "due", amount: 0 - amountPaise },
    { account: seller, asset: symbol, bucket: "due", amount: quantity },
    { account: buyer, asset: symbol, bucket: "due", amount: 0 - quantity },
  ]);
  happen(decision, { type: "TradeDelivered", settlementNumber, tradeId, journalId });
}
