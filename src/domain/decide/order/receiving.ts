import { accountKey, type Holder } from "../../facts/account.ts";
import { findFills, type Book, type Fill } from "../../state/book.ts";
import { hasRoomFor, roomFor, type Decision } from "../decision.ts";
import { expireOrder } from "../ending.ts";
import type { Side } from "../../facts/side.ts";
import { holderOf, type Order } from "../../state/order.ts";
import type { PricePaise, Ticker } from "../../facts/units.ts";

/** An order on its way into the book, as far as it matters who can receive what. */
type Incoming = Holder & {
  readonly custodian: string | null;
  readonly symbol: Ticker;
  readonly side: Side;
  readonly quantity: number;
  readonly pricePaise: PricePaise | null;
};

/**
 * What an incoming order takes. `unable`: resting orders that it would have met before, whose
 * accounts cannot receive what they would get and stay exact. They leave the book for it: whose
 * account it is, is told; who comes to the book neither waits for a stranger's account nor hears
 * of it.
 */
export type Taking = { readonly fills: readonly Fill[]; readonly unable: readonly Order[] };

/** An order that meets nothing. */
export const nothingTaken: Taking = { fills: [], unable: [] };

/**
 * All that the order would take of the book, however much, and who leaves it instead. Nearly always
 * that is nobody: as if each received all of it, without a map of sums.
 */
export function findTaking(decision: Decision, book: Book, incoming: Incoming): Taking {
  const { side, symbol } = incoming;
  const asset = side === "BUY" ? "INR" : symbol;
  const amountOf = ({ pricePaise, quantity }: Fill): number =>
    side === "BUY" ? pricePaise * quantity : quantity;
  const met = findFills(book, incoming);
  let all = 0;
  for (const fill of met) all += amountOf(fill);
  const isSafe = ({ resting }: Fill): boolean =>
    hasRoomFor(decision, holderOf(resting), asset, all);
  if (met.every(isSafe)) return { fills: met, unable: [] };
  const room = new Map<string, number>();
  const unable: Order[] = [];
  const isAble = (fill: Fill): boolean => {
    const holder = holderOf(fill.resting);
    const key = accountKey(holder.participant, holder.client);
    const left = (room.get(key) ?? roomFor(decision, holder, asset)) - amountOf(fill);
    if (left < 0) unable.push(fill.resting);
    else room.set(key, left);
    return left >= 0;
  };
  return { fills: findFills(book, incoming, Infinity, isAble), unable };
}

/**
 * True if the order's own account can receive all that it may bring: the shares of a buy, the money
 * of a sell, the rest of it at its limit.
 */
export function canReceive(
  decision: Decision,
  incoming: Incoming,
  fills: readonly Fill[],
): boolean {
  const { side, symbol, quantity, pricePaise } = incoming;
  const holder = holderOf(incoming);
  if (side === "BUY") return hasRoomFor(decision, holder, symbol, quantity);
  let left = quantity;
  for (const fill of fills) left -= fill.quantity;
  return hasRoomFor(decision, holder, "INR", valueOf(fills) + left * (pricePaise ?? 0));
}

/** Takes the orders out that cannot receive, each with the reason for its owner. */
export function endUnable(decision: Decision, orders: readonly Order[]): void {
  for (const order of orders) expireOrder(decision, order, { reason: "VALUE_OUT_OF_RANGE" });
}

/** What the fills cost together, in paise. */
export function valueOf(fills: readonly Fill[]): number {
  let amountPaise = 0;
  for (const fill of fills) amountPaise += fill.pricePaise * fill.quantity;
  return amountPaise;
}
