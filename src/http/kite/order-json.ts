import { isAtDoor } from "../../domain/facts/origin.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { readKiteMark } from "./client-order-id.ts";
import type { InstrumentTokens } from "./instrument-tokens.ts";
import { kiteTime } from "./kite-time.ts";
import { averagePaise, rupeeNumber } from "./rupee-numbers.ts";

/**
 * The order in Kite's fields. Source: Kite Connect v3, "Orders". Prices in rupees.
 * `orderedAtMs`: when it came, or in its history when it became so.
 */
export function kiteOrder(
  order: OrderRecord,
  tokens: InstrumentTokens,
  orderedAtMs: number = cameAtMs(order),
) {
  const { orderId, participant, symbol, pricePaise, quantity, cumQuantity } = order;
  const isEnded = order.status === "Canceled" || order.status === "Expired";
  return {
    placed_by: participant,
    order_id: orderId,
    exchange_order_id: orderId,
    parent_order_id: null,
    status: kiteStatus(order),
    status_message: statusMessage(order),
    status_message_raw: order.reason,
    order_timestamp: kiteTime(orderedAtMs),
    exchange_update_timestamp: kiteTime(order.updatedAtMs),
    exchange_timestamp: kiteTime(order.place.atMs),
    variety: "regular",
    modified: false,
    exchange: "NSE",
    tradingsymbol: symbol,
    instrument_token: tokens.tokenOf(symbol),
    order_type: pricePaise === null ? "MARKET" : "LIMIT",
    transaction_type: order.side,
    validity: "DAY",
    product: order.product,
    quantity,
    disclosed_quantity: 0,
    price: rupeeNumber(pricePaise ?? 0),
    trigger_price: 0,
    average_price: rupeeNumber(averagePaise(order.filledPaise, cumQuantity)),
    filled_quantity: cumQuantity,
    pending_quantity: order.leavesQuantity,
    cancelled_quantity: isEnded ? quantity - cumQuantity : 0,
    market_protection: 0,
    meta: {},
    tag: readKiteMark(order.clientOrderId)?.tag ?? null,
    guid: order.clientOrderId,
  };
}

/** Kite's word for what an order is now; an expired one was cancelled, by nobody's wish. */
function kiteStatus({ status }: OrderRecord): "OPEN" | "COMPLETE" | "CANCELLED" | "REJECTED" {
  switch (status) {
    case "New":
    case "AwaitingConfirmation":
    case "PartiallyFilled":
      return "OPEN";
    case "Filled":
      return "COMPLETE";
    case "Canceled":
    case "Expired":
      return "CANCELLED";
    case "Rejected":
      return "REJECTED";
  }
}

function statusMessage({ status, counterparty, text }: OrderRecord): string | null {
  if (status === "AwaitingConfirmation") return `waits for the confirmation of ${counterparty}`;
  if (status === "Expired") return `${counterparty} did not answer in time`;
  return text;
}

function cameAtMs({ source, place }: OrderRecord): number {
  return isAtDoor(source) ? source.receivedAtMs : place.atMs;
}
