import type { ChargeJournal } from "../../domain/charges/journal.ts";
import type { Step } from "../../domain/facts/event.ts";
import type { TradeExecuted, TradeSettled } from "../../domain/facts/trade-event.ts";
import type { Journal } from "../../domain/facts/journal.ts";

/** Where a row comes from: the step's number, the event's place in it from 0, the step's time. */
type RowPlace = { readonly seq: number; readonly index: number; readonly atMs: number };

/** A journal with its postings: the market's, or a member's of what its client's day cost. */
export type JournalRow = RowPlace & { readonly journal: Journal | ChargeJournal };
/** A trade, as its reports need it. */
export type TradeRow = RowPlace & { readonly trade: TradeExecuted };
/** A trade's settlement: which journal moved its shares and cash. */
export type SettlementRow = RowPlace & { readonly settled: TradeSettled };

/** What the books write down of some records of the log, each list in the order of the log. */
export type BooksRows = {
  readonly journals: JournalRow[];
  readonly trades: TradeRow[];
  readonly settlements: SettlementRow[];
};

/** No rows yet. */
export function newBooksRows(): BooksRows {
  return { journals: [], trades: [], settlements: [] };
}

/**
 * Adds what the step of this number says. The one place where a step becomes rows. Charges of the
 * days that it ended have the places after its events.
 */
export function addRows(
  rows: BooksRows,
  step: Step,
  seq: number,
  charges: readonly ChargeJournal[],
): void {
  for (const [index, event] of step.events.entries()) {
    const place = { seq, index, atMs: step.at };
    if (event.type === "JournalPosted") rows.journals.push({ ...place, journal: event.journal });
    if (event.type === "TradeExecuted") rows.trades.push({ ...place, trade: event });
    if (event.type === "TradeSettled") rows.settlements.push({ ...place, settled: event });
  }
  for (const [number, journal] of charges.entries())
    rows.journals.push({ seq, index: step.events.length + number, atMs: step.at, journal });
}

/** How many rows there are, postings counted one by one. */
export function countRows({ journals, trades, settlements }: BooksRows): number {
  let count = trades.length + settlements.length + journals.length;
  for (const { journal } of journals) count += journal.postings.length;
  return count;
}
