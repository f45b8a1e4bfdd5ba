/**
 * Why the market refused an order or a request. Closed list; the order here is the order of checks.
 * `TOO_MANY_FILLS` is given no more: by rules 4 an order that would take more than 1,000 resting
 * orders was refused whole, and so it stands in logs.
 */
export type RejectReason =
  | "QUARANTINED"
  | "SYMBOL_HALTED"
  | "RESERVED_ID"
  | "DUPLICATE_ID"
  | "TOO_OLD_TO_CHECK"
  | "DEADLINE_PASSED"
  | "NOT_SUPPORTED"
  | "UNKNOWN_PARTICIPANT"
  | "MEMBER_SUSPENDED"
  | "UNKNOWN_SYMBOL"
  | "QUANTITY_OUT_OF_RANGE"
  | "PRICE_MISSING"
  | "PRICE_DECIMALS"
  | "PRICE_OUT_OF_RANGE"
  | "PRICE_OFF_TICK"
  | "VALUE_OUT_OF_RANGE"
  | "COUNTERPARTY_NOT_ALLOWED"
  | "PRODUCT_NOT_ALLOWED"
  | "CUSTODIAN_NOT_ALLOWED"
  | "TOO_MANY_FILLS"
  | "INSUFFICIENT_FUNDS"
  | "INSUFFICIENT_HOLDINGS"
  | "INSUFFICIENT_MARGIN"
  | "UNKNOWN_ORDER"
  | "ORDER_CLOSED"
  | "NOT_YOUR_ORDER"
  | "UNKNOWN_TRADE"
  | "NOT_YOUR_TRADE"
  | "AFFIRMATION_CLOSED"
  | "NO_AUCTION"
  | "DEFAULTING_MEMBER"
  | "PRICE_OUT_OF_BAND"
  | "NOTHING_DUE"
  | "DUES_OWED"
  | "NOT_SUSPENDED"
  | "NOT_HALTED";

const leaving: ReadonlySet<RejectReason> = new Set([
  "QUARANTINED",
  "RESERVED_ID",
  "DUPLICATE_ID",
  "TOO_OLD_TO_CHECK",
]);

/** True where a refusal leaves the id as it was: what it said before, or that it never was used. */
export function leavesId(reason: RejectReason): boolean {
  return leaving.has(reason);
}
