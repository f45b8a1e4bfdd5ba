import type { OrderJson } from "../wire.ts";

const columns = [
  "order_id",
  "client_order_id",
  "participant",
  "client",
  "symbol",
  "side",
  "quantity",
  "price_paise",
  "counterparty",
  "status",
  "cum_qty",
  "leaves_qty",
  "average_price_paise",
  "reason",
  "updated_at",
] as const satisfies readonly (keyof OrderJson)[];

/** The orders as CSV (RFC 4180), with a header. Money in paise, times UTC, as the API says them. */
export function ordersCsv(orders: readonly OrderJson[]): string {
  const rows = orders.map((order) => columns.map((column) => cell(order[column])));
  return [columns.map(String), ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would run as a formula gets an apostrophe: ids are the sender's to choose. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
