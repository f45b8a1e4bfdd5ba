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

/** Flow A's order: negotiated, bought by HDFC from COUNTERPARTY unless the record says who. */
export const tradeOrderSchema = z.object({
  type: z.literal("Trade_Order").describe('"Trade_Order"'),
  qty: shares,
  symbol: symbolText,
  price: rupees,
  order_id: clientId.nullish().describe("the order's id, or nothing"),
  buyer: participantName.nullish().describe("the buying member, HDFC if missing"),
  counterparty: participantName.nullish().describe("the selling member, COUNTERPARTY if missing"),
  timestamp,
});

/** Who buys in flow A where the record does not say. */
const defaultBuyer = "HDFC";
/** Who sells and answers in flow A where the record does not say. */
export const defaultCounterparty = "COUNTERPARTY";

/** Reads a record of `Trade_Order`. */
export function readTradeOrder(record: InputRecord): Command {
  return readSeedOrder(record, tradeOrderSchema, "qty", (fields, json) => ({
    participant: fields.buyer ?? defaultBuyer,
    clientOrderId: fields.order_id ?? null,
    symbol: fields.symbol,
    side: "BUY",
    price: readPrice(json, "price"),
    counterparty: fields.counterparty ?? defaultCounterparty,
  }));
}
