import { everyMember } from "../facts/account.ts";
import type { CancelAllScope } from "../facts/clearing-command.ts";
import { isOverdue, type Order } from "./order.ts";
import { valuesOf } from "./queue.ts";
import type { Market } from "./market-state.ts";

/** The orders in the books, and those that wait for their counterparty, that fit; oldest first. */
export function liveOrders(
  { books, confirmations }: Market,
  fits: (order: Order) => boolean,
): Order[] {
  const found: Order[] = [];
  const add = (orders: readonly Order[]): void => {
    for (const order of orders) if (fits(order)) found.push(order);
  };
  for (const { bids, asks, unpriced } of books.values()) {
    for (const levels of [bids, asks]) for (const { orders } of levels) add(valuesOf(orders));
    add(valuesOf(unpriced));
  }
  add(valuesOf(confirmations.ordersDue));
  return found.toSorted((one, other) => one.arrival - other.arrival);
}

/**
 * The live orders that a cancel-all is about. One whose time is over ends by itself, as for
 * a cancel.
 */
export function ordersMeant(market: Market, scope: CancelAllScope): Order[] {
  const { participant, client, symbol } = scope;
  return liveOrders(
    market,
    (order) =>
      (participant === everyMember || order.participant === participant) &&
      (client === null || order.client === client) &&
      (symbol === null || order.symbol === symbol) &&
      !isOverdue(order, market.clockMs),
  );
}
