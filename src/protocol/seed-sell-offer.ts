import { z } from "zod";
import type { Command } from "../domain/command.ts";
import { clientId, participantName, readFields, readWhole } from "./fields.ts";
import { shares, symbolText, timestamp } from "./fields.ts";
import { readObject } from "./json-text.ts";
import { orderFields } from "./order-fields.ts";
import { unreadable } from "./unreadable.ts";
import type { InputRecord } from "./unreadable.ts";

/** Flow B's offer: an unpriced sell for the book. */
export const sellOfferSchema = z.object({
  offer_id: clientId,
  seller: participantName,
  stock_symbol: symbolText,
  quantity: shares,
  timestamp,
});

/** Reads a record of `sell-offers`. */
export function readSellOffer(record: InputRecord): Command {
  const json = readObject(record.value);
  if (!json.ok) return unreadable(record, json.problem);
  const read = readFields(sellOfferSchema, json.value);
  if (!read.ok) return unreadable(record, read.problem);
  const quantity = readWhole(json.value, "quantity", "quantity");
  if (!quantity.ok) return unreadable(record, quantity.problem);
  const fields = read.value;
  return {
    type: "PlaceOrder",
    ...orderFields({
      participant: fields.seller,
      client: null,
      clientOrderId: fields.offer_id,
      symbol: fields.stock_symbol,
      side: "SELL",
      quantity: quantity.value,
      price: null,
      counterparty: null,
    }),
    source: record.source,
  };
}
