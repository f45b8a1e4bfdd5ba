import { readObject } from "./json-text.ts";
import type { Result } from "./result.ts";
import { readRupees, rupeesForPeople } from "./rupees.ts";

/** A leg of a settled trade as people see it, `DEMAT 100 SBI` or `DEBIT 98500`, and its id to drop repeats by. */
export type LegLine = { readonly id: string | null; readonly line: string };

/** The fields in which the seeds' four output topics say the same things. */
const layouts: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ["Demat_allocation", { leg: "DEMAT", quantity: "qty", symbol: "symbol", id: "transfer_id" }],
  [
    "demat-transfers",
    { leg: "DEMAT", quantity: "quantity", symbol: "stock_symbol", id: "transfer_id" },
  ],
  ["Cash_movement", { leg: "DEBIT", id: "movement_id" }],
  ["cash-movements", { leg: "DEBIT", id: "movement_id" }],
]);

type Layout =
  | {
      readonly leg: "DEMAT";
      readonly quantity: string;
      readonly symbol: string;
      readonly id: string;
    }
  | { readonly leg: "DEBIT"; readonly id: string };

/** The topics whose records are the buyer's legs. */
export const legTopics: readonly string[] = [...layouts.keys()];

/** Reads a record of one of the seeds' four output topics as the line that people see. */
export function readLegLine(topic: string, value: Buffer | null): Result<LegLine> {
  const layout = layouts.get(topic);
  if (layout === undefined) return { ok: false, problem: `${topic}: not a topic of legs` };
  const json = readObject(value);
  if (!json.ok) return { ok: false, problem: `${topic}: ${json.problem.detail}` };
  const { fields, numberTexts } = json.value;
  const givenId = fields[layout.id];
  const id = typeof givenId === "string" ? givenId : null;
  if (layout.leg === "DEMAT") {
    const quantity = numberTexts.get(layout.quantity);
    const symbol = fields[layout.symbol];
    if (quantity === undefined || typeof symbol !== "string")
      return { ok: false, problem: `${topic}: ${layout.quantity} or ${layout.symbol} is missing` };
    return { ok: true, value: { id, line: `DEMAT ${quantity} ${symbol}` } };
  }
  const amount = readRupees(numberTexts.get("amount") ?? "");
  if (!amount.ok) return { ok: false, problem: `${topic}: amount is no amount of rupees` };
  return { ok: true, value: { id, line: `DEBIT ${rupeesForPeople(amount.value)}` } };
}
