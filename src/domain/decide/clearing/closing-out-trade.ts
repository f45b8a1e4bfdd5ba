import { accountKey } from "../../facts/account.ts";
import { closeOutPriceOf, duesOf, mostPaise, sayCloseOutDebts } from "../shortage/closing-out.ts";
import { postCredit } from "../funds/crediting.ts";
import { emit, type Decision } from "../decision.ts";
import { collect } from "../funds/defaulting.ts";
import { moveAccount, moveBucket, type Posting } from "../../facts/journal.ts";
import type { GrossTrade, Settlement } from "../../state/settlement.ts";
import { amountOf } from "../shortage/shortage-price.ts";
import { pricePaise } from "../../facts/units.ts";

/**
 * Ends in cash a trade that settles by itself and whose seller lacks the shares. The buyer
 * keeps what it had to pay, and the seller's member pays it what the close-out price is above
 * the trade's.
 */
export function closeOutTrade(
  decision: Decision,
  { settlementNumber, tradeDate }: Settlement,
  trade: GrossTrade,
): void {
  const { tradeId, symbol, quantity, amountPaise, buyer, seller } = trade;
  const { participant } = seller;
  const traded = pricePaise(amountPaise / quantity);
  const closeOut = closeOutPriceOf(decision, { symbol, tradeDate });
  const price = closeOut > traded ? closeOut : traded;
  const fullPaise = Math.max(0, amountOf(price, quantity) - amountPaise);
  const differencePaise = Math.min(fullPaise, mostPaise(decision, seller, buyer));
  const purpose = { settlementNumber, reference: tradeId };
  const collected =
    differencePaise === 0 ? 0 : collect(decision, participant, differencePaise, purpose);
  const cost = { collected, lackPaise: differencePaise - collected };
  const postings: Posting[] = [
    ...undoing(trade),
    { account: participant, asset: "INR", bucket: "transit", amount: 0 - collected },
    ...duesOf(seller, buyer, cost),
  ];
  const credit = { account: accountKey(buyer.participant, buyer.client), paise: collected };
  const moved = postings.filter(({ amount }) => amount !== 0);
  postCredit(decision, "CLOSE_OUT", tradeId, moved, credit);
  sayCloseOutDebts(decision, settlementNumber, [seller, buyer], cost);
  const closed = { settlementNumber, tradeId, pricePaise: price, differencePaise };
  emit(decision, { type: "TradeClosedOut", ...closed, paidPaise: collected });
}

/** Postings that take back what a trade made due, and free what was blocked for it. */
export function undoing({ symbol, quantity, amountPaise, buyer, seller }: GrossTrade): Posting[] {
  const from = accountKey(seller.participant, seller.client);
  const to = accountKey(buyer.participant, buyer.client);
  const freed = { from: "blocked", to: "free" } as const;
  const postings: Posting[] = [
    ...moveAccount({ asset: "INR", bucket: "due", from: to, to: from, amount: 0 - amountPaise }),
    ...moveAccount({ asset: symbol, bucket: "due", from, to, amount: 0 - quantity }),
    ...moveBucket({ ...freed, account: to, asset: "INR", amount: buyer.blocked }),
    ...moveBucket({ ...freed, account: from, asset: symbol, amount: seller.blocked }),
  ];
  return postings.filter(({ amount }) => amount !== 0);
}
