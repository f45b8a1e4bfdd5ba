import type { z } from "zod";
import { canonicalSymbol } from "../domain/facts/instrument.ts";
import type { OrderFields } from "../domain/facts/order-fields.ts";
import type { OrderNumber } from "./fields.ts";

/** What a reader found in a record of an order, before symbol and numbers are made the market's. */
export type OrderAsSent = Omit<
  OrderFields,
  "symbolAsSent" | "quantity" | "pricePaise" | "unfit"
> & {
  readonly quantity: OrderNumber;
  /** Null: unpriced. */
  readonly price: OrderNumber | null;
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
    custodian: sent.custodian,
    product: sent.product,
    unfit: sent.quantity.unfit ?? sent.price?.unfit ?? null,
  };
}

/** A field's name in JSON: `pricePaise` is `price_paise`. */
export type JsonName<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${JsonName<Rest>}`
  : "";

/**
 * A schema of an order has these fields of it under their names in JSON, beside others. It does not
 * compile while one is missing, or may be what the order's cannot.
 */
export type OrderShape<Name extends keyof OrderFields> = z.ZodRawShape & {
  readonly [Field in Name as JsonName<Field>]: z.ZodType<OrderFields[Field] | null | undefined>;
};
