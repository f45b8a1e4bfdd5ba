import type { OrderJson } from "../wire.ts";

/** Which fields of an order the CSV has, in its order. Of a new field the compiler asks here. */
const isInCsv = {
  order_id: true,
  client_order_id: true,
  participant: true,
  client: true,
  symbol: true,
  side: true,
  quantity: true,
  price_paise: true,
  counterparty: true,
  custodian: false,
  product: false,
  status: true,
  cum_qty: true,
  leaves_qty: true,
  average_price_paise: true,
  reason: true,
  text: false,
  expires_at: false,
  updated_at: true,
  trade_ids: false,
  origin: false,
  place: false,
} as const satisfies Record<keyof OrderJson, boolean>;

type Fields = typeof isInCsv;
type Field = { [Each in keyof Fields]: Fields[Each] extends true ? Each : never }[keyof Fields];

const columns = Object.entries(isInCsv).flatMap(([field, isIn]) => (isIn ? [field as Field] : []));

/** The orders as CSV (RFC 4180), with a header. Money in paise, times UTC, as the API says them. */
export function ordersCsv(orders: readonly OrderJson[]): string {
  const rows = orders.map((order) => columns.map((column) => cell(order[column])));
  return [columns, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/**
 * A text that a spreadsheet would run as a formula gets an apostrophe: ids are the sender's to
 * choose.
 */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
