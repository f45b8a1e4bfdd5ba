import { z } from "zod";
import type { Command } from "../domain/command.ts";
import { clientId, participantName, readFields, readPrice, readWhole, rupees } from "./fields.ts";
import { shares, symbolText, timestamp } from "./fields.ts";
import { readObject } from "./json-text.ts";
import { orderFields } from "./order-fields.ts";
import { unreadable } from "./unreadable.ts";
import type { InputRecord } from "./unreadable.ts";

/** Flow B's buy order: limited, for the book. */
export const buyOrderSchema = z.object({
  order_id: clientId,
  buyer: participantName,
  stock_symbol: symbolText,
  quantity: shares,
  price_per_unit: rupees,
  timestamp,
});

/** Reads a record of `buy-orders`. */
export function readBuyOrder(record: InputRecord): Command {
  const json = readObject(record.value);
  if (!json.ok) return unreadable(record, json.problem);
  const read = readFields(buyOrderSchema, json.value);
  if (!read.ok) return unreadable(record, read.problem);
  const quantity = readWhole(json.value, "quantity", "quantity");
  if (!quantity.ok) return unreadable(record, quantity.problem);
  const fields = read.value;
  return {
    type: "PlaceOrder",
    ...orderFields({
      participant: fields.buyer,
      client: null,
      clientOrderId: fields.order_id,
      symbol: fields.stock_symbol,
      side: "BUY",
      quantity: quantity.value,
      price: readPrice(json.value, "price_per_unit"),
      counterparty: null,
    }),
    source: record.source,
  };
}
