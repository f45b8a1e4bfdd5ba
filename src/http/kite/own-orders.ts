import { newestFirst } from "../../services/records/arrivals.ts";
import type { Gateway } from "../../services/gateway.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { noOrder, notKept } from "../routes/not-kept.ts";
import { KiteError } from "./kite-error.ts";

/** So many of the newest are listed: Kite lists a day's, and days come with market sessions. */
const listedMax = 1_000;

/** The member's own orders, oldest first: the newest ones where there are many. */
export function ownOrders({ records }: Gateway, user: string): OrderRecord[] {
  const all = newestFirst(records.orders.ofParticipant.get(user));
  const newest = all.filter(({ client }) => client === null).take(listedMax);
  return newest.toArray().toReversed();
}

/**
 * The member's own order. Throws `KiteError` 404: another's is as unknown as one that never was.
 */
export function findOwnOrder({ records }: Gateway, user: string, orderId: string): OrderRecord {
  const order = records.orders.byId.get(orderId);
  if (order?.participant === user && order.client === null) return order;
  const { message } = notKept(records.orders, orderId, noOrder(`${user} has no such order`));
  throw new KiteError(404, "OrderException", `order_${message}`);
}
