import type { RejectReason } from "../domain/facts/reject-reason.ts";

/**
 * The field of a request over HTTP that a refusal of the market is about; undefined where it is
 * about what the request does not say (an account, a member, the hour). `id` is the order's or the
 * trade's in the path.
 */
export function fieldOf(reason: string): string | undefined {
  return fields[reason as RejectReason];
}

/** In the order of `RejectReason`. Whatever has the field, all of these are about it. */
const fields: Partial<Record<RejectReason, string>> = {
  SYMBOL_HALTED: "symbol",
  RESERVED_ID: "client_order_id",
  DUPLICATE_ID: "client_order_id",
  TOO_OLD_TO_CHECK: "client_order_id",
  UNKNOWN_SYMBOL: "symbol",
  QUANTITY_OUT_OF_RANGE: "quantity",
  PRICE_MISSING: "price_paise",
  PRICE_OFF_TICK: "price_paise",
  COUNTERPARTY_NOT_ALLOWED: "counterparty",
  PRODUCT_NOT_ALLOWED: "product",
  CUSTODIAN_NOT_ALLOWED: "custodian",
  TOO_MANY_FILLS: "quantity",
  UNKNOWN_ORDER: "id",
  ORDER_CLOSED: "id",
  NOT_YOUR_ORDER: "id",
  UNKNOWN_TRADE: "id",
  NOT_YOUR_TRADE: "id",
  AFFIRMATION_CLOSED: "id",
  NO_AUCTION: "symbol",
  PRICE_OUT_OF_BAND: "price_paise",
  NOT_HALTED: "symbol",
};
