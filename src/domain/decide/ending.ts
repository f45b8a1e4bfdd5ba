import type { OrderExpired } from "../facts/event.ts";
import type { Order } from "../state/order.ts";

/** What every reader needs to say that an order has ended. */
export function endedFields(order: Order): Omit<OrderExpired, "type" | "reason"> {
  const { orderId, clientOrderId, participant, client, symbol, side, quantity, pricePaise } = order;
  const cumQuantity = quantity - order.leavesQuantity;
  return {
    orderId,
    clientOrderId,
    participant,
    client,
    symbol,
    side,
    quantity,
    pricePaise,
    cumQuantity,
  };
}
