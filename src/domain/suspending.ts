import { happen, release } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { endedFields } from "./ending.ts";
import { coverOf, isNegotiated } from "./order.ts";
import type { Order } from "./order.ts";
import { valuesOf } from "./queue.ts";
import type { Market } from "./state.ts";
import type { Participant } from "./units.ts";

/** Takes the orders of a suspended member out of the market, at most so many; the last time says so. */
export function withdrawOrders(decision: Decision, participant: Participant, most: number): void {
  const orders = ordersOf(decision.market, participant);
  for (const order of orders.slice(0, most)) {
    happen(decision, { type: "OrderExpired", ...endedFields(order) });
    release(decision, order, coverOf(order, order.leavesQuantity));
  }
  if (orders.length <= most) happen(decision, { type: "SuspensionDone", participant });
}

/** The member's orders in the books, and those that wait for their counterparty; oldest first. */
function ordersOf({ books, confirmations }: Market, participant: Participant): Order[] {
  const all: Order[] = [];
  for (const { bids, asks, unpriced } of books.values()) {
    for (const { orders } of [...bids, ...asks]) all.push(...valuesOf(orders));
    all.push(...valuesOf(unpriced));
  }
  all.push(...valuesOf(confirmations.ordersDue));
  const isOwn = (order: Order): boolean =>
    order.participant === participant ||
    (isNegotiated(order) && order.counterparty === participant);
  return all.filter(isOwn).toSorted((one, other) => one.arrival - other.arrival);
}
