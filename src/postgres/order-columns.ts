import { isAtDoor } from "../domain/facts/origin.ts";
import type { TradeExecuted } from "../domain/facts/trade-event.ts";
import { dateMs } from "../protocol/moment.ts";
import type { OrderEndRow, OrderRow, TradeRow } from "../services/books/books-rows.ts";
import { commandOffsetOf } from "../services/records/forgotten.ts";
import type { Column } from "./column.ts";

/** An order as it came. */
export const orderColumns: readonly Column<OrderRow>[] = [
  { name: "seq", type: "bigint", of: ({ seq }) => seq },
  { name: "index", type: "int", of: ({ index }) => index },
  { name: "at_ms", type: "bigint", of: ({ atMs }) => atMs },
  { name: "command_offset", type: "bigint", of: ({ commandOffset }) => commandOffset },
  { name: "log_offset", type: "bigint", of: ({ logOffset }) => logOffset },
  { name: "participant", type: "text", of: ({ order }) => order.participant },
  { name: "terms", type: "text", of: termsOf },
];

/** Its end otherwise than by a trade. */
export const orderEndColumns: readonly Column<OrderEndRow>[] = [
  { name: "seq", type: "bigint", of: ({ seq }) => seq },
  { name: "index", type: "int", of: ({ index }) => index },
  { name: "at_ms", type: "bigint", of: ({ atMs }) => atMs },
  { name: "command_offset", type: "bigint", of: ({ commandOffset }) => commandOffset },
  { name: "part", type: "int", of: ({ part }) => part },
  { name: "log_offset", type: "bigint", of: ({ logOffset }) => logOffset },
  { name: "order_offset", type: "bigint", of: ({ orderOffset }) => orderOffset },
  { name: "status", type: "text", of: ({ end }) => end.status },
  { name: "reason", type: "text", of: ({ end }) => end.reason },
  { name: "text", type: "text", of: ({ end }) => end.text },
];

/** The offset of the command of the side that rested, or that has an order at all. */
export function restingOrder({ buy, sell }: TradeExecuted): number | null {
  if (buy.orderId === null || sell.orderId === null) {
    const only = buy.orderId ?? sell.orderId;
    return only === null ? null : commandOffsetOf(only);
  }
  return Math.min(commandOffsetOf(buy.orderId), commandOffsetOf(sell.orderId));
}

/** Number and date of the settlement it went into; null where it settled at once. */
export function settlementOf({ novated }: TradeRow): string | null {
  return novated === null ? null : `${novated.settlementNumber} ${novated.settlementDate}`;
}

/** A control character, which no text of an order has. */
export const termSeparator = "\u001f";

/** The terms in the order of the view `placed_orders`; what there is none of is empty. */
function termsOf({ order }: OrderRow): string {
  const { symbol, side, quantity, pricePaise, client, clientOrderId, source } = order;
  const asked = isAtDoor(source) ? source : null;
  const record = isAtDoor(source) ? null : source;
  const refused = order.type === "OrderRejected" ? order : null;
  const terms = [
    symbol,
    side,
    quantity,
    pricePaise,
    client,
    clientOrderId,
    order.counterparty,
    order.custodian,
    order.product,
    order.type === "OrderAccepted" ? order.expiresAtMs : null,
    record?.topic,
    record?.partition,
    record?.offset,
    // Kafka takes any number of a stranger, and a bigint does not.
    asked?.receivedAtMs ?? dateMs(record?.timestampMs ?? 0),
    asked?.requestId,
    asked?.deadlineMs,
    refused?.reason,
    refused?.text.replaceAll(termSeparator, " "),
  ];
  return terms.join(termSeparator); // what there is none of becomes nothing
}
