import { readObject } from "../json-text.ts";
import { readRupees, rupeesForPeople } from "../rupees.ts";
import type { TopicName } from "../topics.ts";

/** Where the seeds' four output topics say what moved. */
type Layout =
  | { readonly leg: "DEMAT"; readonly quantity: string; readonly symbol: string }
  | { readonly leg: "DEBIT"; readonly amount: string };

const layouts: ReadonlyMap<TopicName, Layout> = new Map<TopicName, Layout>([
  ["Demat_allocation", { leg: "DEMAT", quantity: "qty", symbol: "symbol" }],
  ["Cash_movement", { leg: "DEBIT", amount: "amount" }],
  ["demat-transfers", { leg: "DEMAT", quantity: "quantity", symbol: "stock_symbol" }],
  ["cash-movements", { leg: "DEBIT", amount: "amount" }],
]);

/** The topics whose records are the buyer's legs, flow A's first, shares before cash. */
export const legTopics: readonly TopicName[] = [...layouts.keys()];

/**
 * A leg as people see it, `DEMAT 100 SBI` or `DEBIT 98500.50`, the same for both flows; null for
 * what is no leg. The id by which repeats are dropped is the record's header `sauda-id`.
 */
export function readLegLine(topic: TopicName, value: Buffer | null): string | null {
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

/**
 * A step on the way of a trade that does not settle at once as people see it, from
 * `sauda.settlements`: `NOVATED 100 SBIN into M2026100 (T-0-1-0-0)`,
 * `SHORT 60 of 100 SBIN (T-0-1-0-0)`. Null for what is none, and where nothing is said but that it
 * is settled: its legs say that.
 */
export function readWayLine(value: Buffer | null): string | null {
  const json = readObject(value);
  if (!json.ok || json.value.fields["type"] !== "Trade") return null;
  const { fields, numberTexts } = json.value;
  const { state, symbol, trade_id: tradeId, settlement_number: settlement } = fields;
  if (typeof state !== "string" || typeof symbol !== "string" || state === "Settled") return null;
  const words = state.replace(/(?<!^)[A-Z]/g, " $&").toUpperCase();
  const quantity = numberTexts.get("quantity") ?? "?";
  const part = numberTexts.get(partFields[state] ?? "");
  const of = part === undefined ? quantity : `${part} of ${quantity}`;
  const into = state === "Novated" ? ` into ${String(settlement)}` : "";
  return `${words} ${of} ${symbol}${into} (${String(tradeId)})`;
}

/** How many shares a state is about, where not all of the trade's. */
const partFields: Readonly<Record<string, string>> = {
  Short: "short_quantity",
  BoughtIn: "bought_in_quantity",
  PartiallySettled: "settled_quantity",
  ClosedOut: "closed_out_quantity",
};
