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

/** What it meets: at most so many resting orders together. `isCut`: it would meet more. */
export type Met = Taking & { readonly isCut: boolean };

/** What the order would take of the book, as far as `most` resting orders go. */
export function findTaking(decision: Decision, book: Book, incoming: Incoming, most: number): Met {
  const unable = new Set<Order>();
  for (;;) {
    const room = most - unable.size;
    const met = findFills(book, incoming, room, unable);
    const fills = met.slice(0, room);
    const found = findUnable(decision, incoming, fills);
    if (found.length === 0) return { fills, unable: [...unable], isCut: met.length > room };
    for (const order of found) unable.add(order);
  }
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

/** Nearly always nobody: as if each received all of it, without a map of sums. */
function findUnable(
  decision: Decision,
  { side, symbol }: Incoming,
  fills: readonly Fill[],
): Order[] {
  const asset = side === "BUY" ? "INR" : symbol;
  const amountOf = ({ pricePaise, quantity }: Fill): number =>
    side === "BUY" ? pricePaise * quantity : quantity;
  let all = 0;
  for (const fill of fills) all += amountOf(fill);
  const suspects = fills.filter(
    ({ resting }) => !hasRoomFor(decision, holderOf(resting), asset, all),
  );
  const room = new Map<string, number>();
  const unable: Order[] = [];
  for (const fill of suspects) {
    const holder = holderOf(fill.resting);
    const key = accountKey(holder.participant, holder.client);
    const left = (room.get(key) ?? roomFor(decision, holder, asset)) - amountOf(fill);
    if (left < 0) unable.push(fill.resting);
    else room.set(key, left);
  }
  return unable;
}
