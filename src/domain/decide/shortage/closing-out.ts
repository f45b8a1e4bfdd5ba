import { accountKey, clearingCorporation, type Holder } from "../../facts/account.ts";
import type { Lot } from "../../state/buy-in.ts";
import { dateOf, dayAt } from "../../facts/calendar.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import { postCredit } from "../funds/crediting.ts";
import { owedBy } from "../../state/debt.ts";
import { emit, roomFor, type Decision } from "../decision.ts";
import { collect } from "../funds/defaulting.ts";
import type { Posting } from "../../facts/journal.ts";
import { clearingTerms } from "../cycle.ts";
import { amountOf, closeOutPricePaise } from "./shortage-price.ts";
import { quantity, type PricePaise } from "../../facts/units.ts";

/**
 * Settles a lot in cash: the receiver gets the close-out price from the seller's member. What was
 * debited for the lot is used first; what is left of it goes back.
 */
export function closeOutLot(decision: Decision, lot: Lot): void {
  const { lotId, settlementNumber, symbol, seller, heldPaise, deliveryId, receiptId } = lot;
  const { participant } = seller;
  const price = closeOutPriceOf(decision, lot);
  const fullPaise = amountOf(price, lot.quantity);
  const amountPaise = Math.min(fullPaise, mostPaise(decision, seller, lot.receiver));
  const fromHeld = Math.min(heldPaise, amountPaise);
  const purpose = { settlementNumber, reference: lotId };
  const rest = amountPaise - fromHeld;
  const collected = rest === 0 ? 0 : collect(decision, participant, rest, purpose);
  const paidPaise = fromHeld + collected;
  const closed = { lotId, settlementNumber, deliveryId, receiptId, symbol };
  postCloseOut(decision, lot, { fromHeld, collected, lackPaise: amountPaise - paidPaise });
  emit(decision, {
    type: "ClosedOut",
    ...closed,
    quantity: quantity(lot.quantity),
    pricePaise: price,
    amountPaise,
    paidPaise,
  });
  giveBack(decision, seller, heldPaise - fromHeld, lotId);
}

/**
 * The most that a close-out may cost: what an account owes and what one is owed stays countable,
 * however many close-outs there are. Only the absurd comes near it.
 */
export function mostPaise(decision: Decision, seller: Holder, receiver: Holder): number {
  const { debts } = decision.market.clearing.shortfalls;
  const owed = Math.max(owedBy(debts, keyOf(seller)), owedBy(debts, seller.participant));
  const room = Math.min(owedMaxPaise - owed, roomFor(decision, receiver, "INR"));
  return Math.max(0, room);
}

/**
 * The most that close-outs let an account owe: half of the safe integers, so that it can
 * still trade.
 */
const owedMaxPaise = 2 ** 52;

/** The close-out price of what was not delivered since the lot's trade date. */
export function closeOutPriceOf(
  decision: Decision,
  { symbol, tradeDate }: Pick<Lot, "symbol" | "tradeDate">,
): PricePaise {
  const { market } = decision;
  const { shortageRates } = clearingTerms(decision);
  const { closeOutPercent } = inForce(shortageRates, dateOf(dayAt(market.clockMs)));
  return closeOutPricePaise(market, symbol, tradeDate, closeOutPercent);
}

/** Gives what was debited too much to whom it was debited: its member's claim on it first. */
export function giveBack(
  decision: Decision,
  { participant, client }: Lot["seller"],
  paise: number,
  reference: string,
): void {
  if (paise === 0) return;
  const account = accountKey(participant, client);
  const held: Posting = {
    account: clearingCorporation,
    asset: "INR",
    bucket: "blocked",
    amount: 0 - paise,
  };
  postCredit(decision, "VALUATION_DEBIT", reference, [held], { account, paise });
}

/**
 * What a close-out cost: brought together by the seller's member, and what even the guarantee
 * fund lacked.
 */
type CloseOutCost = { readonly collected: number; readonly lackPaise: number };

/** What is due after it: a client owes its member all that the member paid or owes for it. */
export function duesOf(
  seller: Holder,
  receiver: Holder,
  { collected, lackPaise }: CloseOutCost,
): Posting[] {
  const { participant } = seller;
  const [debtor, creditor] = [keyOf(seller), keyOf(receiver)];
  return [
    { account: debtor, asset: "INR", bucket: "due", amount: 0 - collected - lackPaise },
    { account: participant, asset: "INR", bucket: "due", amount: collected },
    { account: creditor, asset: "INR", bucket: "due", amount: lackPaise },
  ];
}

/** Says the same as debts. */
export function sayCloseOutDebts(
  decision: Decision,
  settlementNumber: string,
  [seller, receiver]: readonly [Holder, Holder],
  { collected, lackPaise }: CloseOutCost,
): void {
  const { participant, client } = seller;
  const creditor = keyOf(receiver);
  const owed = collected + lackPaise;
  const debt = { type: "DebtIncurred", reason: "LACK", settlementNumber } as const;
  if (owed > 0 && client !== null)
    emit(decision, { ...debt, debtor: keyOf(seller), creditor: participant, paise: owed });
  if (lackPaise > 0 && creditor !== participant)
    emit(decision, { ...debt, debtor: participant, creditor, paise: lackPaise });
}

function postCloseOut(
  decision: Decision,
  { lotId, symbol, seller, receiver, settlementNumber, quantity: shares }: Lot,
  paid: CloseOutCost & { readonly fromHeld: number },
): void {
  const { fromHeld, collected } = paid;
  const postings: Posting[] = [
    { account: keyOf(seller), asset: symbol, bucket: "due", amount: shares },
    { account: keyOf(receiver), asset: symbol, bucket: "due", amount: 0 - shares },
    { account: clearingCorporation, asset: "INR", bucket: "blocked", amount: 0 - fromHeld },
    { account: seller.participant, asset: "INR", bucket: "transit", amount: 0 - collected },
    ...duesOf(seller, receiver, paid),
  ];
  const credit = { account: keyOf(receiver), paise: fromHeld + collected };
  const moved = postings.filter(({ amount }) => amount !== 0);
  postCredit(decision, "CLOSE_OUT", lotId, moved, credit);
  sayCloseOutDebts(decision, settlementNumber, [seller, receiver], paid);
}

function keyOf({ participant, client }: Holder): string {
  return accountKey(participant, client);
}
