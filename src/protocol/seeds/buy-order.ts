import { z } from "zod";
import type { Command } from "../../domain/facts/command.ts";
import {
  clientId,
  participantName,
  readPrice,
  rupees,
  shares,
  symbolText,
  timestamp,
} from "../fields.ts";
import { readSeedOrder } from "./order.ts";
import type { InputRecord } from "../unreadable.ts";

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
  return readSeedOrder(record, buyOrderSchema, "quantity", (fields, json) => ({
    participant: fields.buyer,
    clientOrderId: fields.order_id,
    symbol: fields.stock_symbol,
    side: "BUY",
    price: readPrice(json, "price_per_unit"),
    counterparty: null,
  }));
}
