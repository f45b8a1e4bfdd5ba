import type { OrderCanceled, OrderDeclined, OrderExpired } from "../facts/event.ts";
import { coverOf, orderFacts, type Order } from "../state/order.ts";
import { emit, release, type Decision } from "./decision.ts";

/** What every reader needs to say that an order has ended. */
export function endedFields(order: Order): Omit<OrderExpired, "type" | "reason"> {
  return { ...orderFacts(order), cumQuantity: order.quantity - order.leavesQuantity };
}

/** Emits the event by which an order ends, and gives back what is blocked for the rest of it. */
export function endOrder(
  decision: Decision,
  order: Order,
  end: OrderCanceled | OrderExpired | OrderDeclined,
): void {
  emit(decision, end);
  release(decision, order, coverOf(order, order.leavesQuantity));
}

/**
 * Ends an order that nobody took out: its time is over, its member is suspended, or by the
 * reason given.
 */
export function expireOrder(
  decision: Decision,
  order: Order,
  why: Pick<OrderExpired, "reason"> = {},
): void {
  endOrder(decision, order, { type: "OrderExpired", ...endedFields(order), ...why });
}
