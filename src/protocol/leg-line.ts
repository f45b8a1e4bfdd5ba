import { readObject } from "./json-text.ts";
import { readRupees, rupeesForPeople } from "./rupees.ts";

/** Where the seeds' four output topics say what moved. */
type Layout =
  | { readonly leg: "DEMAT"; readonly quantity: string; readonly symbol: string }
  | { readonly leg: "DEBIT"; readonly amount: string };

const layouts: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ["Demat_allocation", { leg: "DEMAT", quantity: "qty", symbol: "symbol" }],
  ["Cash_movement", { leg: "DEBIT", amount: "amount" }],
  ["demat-transfers", { leg: "DEMAT", quantity: "quantity", symbol: "stock_symbol" }],
  ["cash-movements", { leg: "DEBIT", amount: "amount" }],
]);

/** The topics whose records are the buyer's legs, flow A's first, shares before cash. */
export const legTopics: readonly string[] = [...layouts.keys()];

/**
 * A leg as people see it, `DEMAT 100 SBI` or `DEBIT 98500.50`, the same for both flows; null for what
 * is no leg. The id by which repeats are dropped is the record's header `sauda-id`.
 */
export function readLegLine(topic: string, value: Buffer | null): string | null {
  const layout = layouts.get(topic);
  const json = readObject(value);
  if (layout === undefined || !json.ok) return null;
  const { fields, numberTexts } = json.value;
  if (layout.leg === "DEBIT") {
    const amount = readRupees(numberTexts.get(layout.amount) ?? "");
    return amount.ok ? `DEBIT ${rupeesForPeople(amount.value)}` : null;
  }
  const quantity = numberTexts.get(layout.quantity);
  const symbol = fields[layout.symbol];
  return quantity === undefined || typeof symbol !== "string"
    ? null
    : `DEMAT ${quantity} ${symbol}`;
}
