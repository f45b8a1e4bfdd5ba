import type { OrderExpired } from "../facts/event.ts";
import { orderFacts } from "../state/order.ts";
import type { Order } from "../state/order.ts";

/** What every reader needs to say that an order has ended. */
export function endedFields(order: Order): Omit<OrderExpired, "type" | "reason"> {
  return { ...orderFacts(order), cumQuantity: order.quantity - order.leavesQuantity };
}
