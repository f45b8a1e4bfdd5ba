import { z } from "zod";
import type { Command } from "../../domain/facts/command.ts";
import { clientId, participantName, shares, symbolText, timestamp } from "../fields.ts";
import { readSeedOrder } from "./order.ts";
import type { InputRecord } from "../unreadable.ts";

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
  return readSeedOrder(record, sellOfferSchema, "quantity", (fields) => ({
    participant: fields.seller,
    clientOrderId: fields.offer_id,
    symbol: fields.stock_symbol,
    side: "SELL",
    price: null,
    counterparty: null,
  }));
}
