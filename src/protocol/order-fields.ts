import type { OrderFields } from "../domain/facts/command.ts";
import { canonicalSymbol } from "../domain/facts/instrument.ts";
import type { OrderNumber } from "./fields.ts";

/** What a reader found in a record of an order, before symbol and numbers are made the market's. */
export type OrderAsSent = {
  readonly participant: string;
  readonly client: string | null;
  readonly clientOrderId: string | null;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: OrderNumber;
  /** Null: unpriced. */
  readonly price: OrderNumber | null;
  readonly counterparty: string | null;
  /** Absent where the topic knows none. */
  readonly custodian?: string | null;
  /** CNC is what is meant where nothing is said. */
  readonly product?: "CNC" | "MIS" | null;
};

/** The order's fields as the market takes them. Of two unfit numbers the quantity is named. */
export function orderFields(sent: OrderAsSent): OrderFields {
  return {
    participant: sent.participant,
    client: sent.client,
    clientOrderId: sent.clientOrderId,
    symbol: canonicalSymbol(sent.symbol),
    symbolAsSent: sent.symbol,
    side: sent.side,
    quantity: sent.quantity.value ?? 0,
    pricePaise: sent.price?.value ?? null,
    counterparty: sent.counterparty,
    custodian: sent.custodian ?? null,
    ...(sent.product === "MIS" ? { product: sent.product } : {}),
    unfit: sent.quantity.unfit ?? sent.price?.unfit ?? null,
  };
}
