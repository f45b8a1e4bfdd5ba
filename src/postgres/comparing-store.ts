import { accountKey } from "../domain/facts/account.ts";
import type { BooksRows } from "../services/books/books-rows.ts";
import type { BooksState, BooksStore } from "../services/books/books-store.ts";
import type { Sql } from "postgres";
import type { Column } from "./column.ts";
import { orderColumns, orderEndColumns, restingOrder, settlementOf } from "./order-columns.ts";

/**
 * Where something differs: the step's number, and the place in it from 0; null for what
 * has neither.
 */
type RecordPlace = { readonly seq: number; readonly index: number };
/** One difference, in words and by its place. */
export type Difference = { readonly what: string; readonly place: RecordPlace | null };
/** What differs between the log and the books, the first few of them told, all of them counted. */
export type Differences = { readonly told: Difference[]; count: number };

const toldMax = 10;

/** Notes one more difference. */
export function noteDifference(
  differences: Differences,
  what: string,
  place: RecordPlace | null = null,
): void {
  differences.count += 1;
  if (differences.told.length < toldMax) differences.told.push({ what, place });
}

/**
 * A store that is given the whole log, or what is behind a place of it, and writes nothing: it
 * compares what it should write with what the books of this reader hold, row by row, and notes
 * every difference.
 */
export function comparingStore(
  sql: Sql,
  reader: number,
  differences: Differences,
  from: BooksState | null,
): BooksStore {
  let seq = from?.seq ?? 0;
  return {
    open: async () => ({
      stored: from,
      write: async (next: BooksState, rows: BooksRows) => {
        const range = { reader, from: seq + 1, to: next.seq };
        seq = next.seq;
        compare(differences, linesOfLog(rows), await linesOfBooks(sql, range, differences));
        return true;
      },
      close: async () => {},
    }),
  };
}

/** Lines by their key: what stands at which place of the log. */
type Lines = ReadonlyMap<string, Line>;
type Line = { readonly text: string; readonly place: RecordPlace };

function compare(differences: Differences, log: Lines, books: Lines): void {
  for (const [key, { text, place }] of log) {
    const found = books.get(key)?.text;
    if (found === text) continue;
    const what = `${key}: the log says ${text}, the books ${found ?? "nothing"}`;
    noteDifference(differences, what, place);
  }
  for (const [key, { text, place }] of books)
    if (!log.has(key))
      noteDifference(differences, `${key}: the log says nothing, the books ${text}`, place);
}

type Part = string | number | null;

function linesOfLog(rows: BooksRows): Lines {
  const { journals, trades, settlements } = rows;
  const lines = new Map<string, Line>();
  const put = (key: string, place: RecordPlace, ...parts: readonly Part[]): void => {
    lines.set(key, { text: JSON.stringify(parts), place });
  };
  for (const { seq, index, atMs, journal } of journals) {
    const place = { seq, index };
    const { journalId, kind, reference, postings } = journal;
    put(keyOf("journal", place), place, journalId, kind, reference, atMs);
    for (const [number, { account, asset, bucket, amount }] of postings.entries())
      put(keyOf("posting", place, number), place, account, asset, bucket, amount);
  }
  for (const row of trades) {
    const { seq, index, atMs, trade, commandOffset, logOffset } = row;
    const { tradeId, symbol, isin, quantity, pricePaise, amountPaise, buy, sell } = trade;
    const sides = [buy, sell].map(({ participant, client }) => accountKey(participant, client));
    const orders = [buy.orderId, sell.orderId];
    const deal = [tradeId, symbol, isin, quantity, pricePaise, amountPaise];
    const place = { seq, index };
    const more = [commandOffset, logOffset, restingOrder(trade), buy.participant, sell.participant];
    const told = [...sides, ...orders, atMs, ...more, settlementOf(row)];
    put(keyOf("trade", place), place, ...deal, ...told);
  }
  for (const { seq, index, atMs, settled } of settlements) {
    const { settlementId, tradeId, journalId } = settled;
    const place = { seq, index };
    put(keyOf("settlement", place), place, settlementId, tradeId, journalId, atMs);
  }
  const putAll = <Row extends RecordPlace>(
    what: string,
    columns: readonly Column<Row>[],
    all: readonly Row[],
  ): void => {
    for (const row of all) {
      const place = { seq: row.seq, index: row.index };
      put(keyOf(what, place), place, ...columns.map((column) => column.of(row)));
    }
  };
  putAll("order", orderColumns, rows.orders);
  putAll("order's end", orderEndColumns, rows.orderEnds);
  return lines;
}

function keyOf(what: string, { seq, index }: RecordPlace, number?: number): string {
  const part = number === undefined ? "" : `, posting ${number}`;
  return `${what === "posting" ? "journal" : what} of step ${seq}, event ${index}${part}`;
}

type Range = { readonly reader: number; readonly from: number; readonly to: number };

/** No index of the books refuses a row that stands there already: one that does is noted. */
async function linesOfBooks(
  sql: Sql,
  { reader, from, to }: Range,
  differences: Differences,
): Promise<Lines> {
  const lines = new Map<string, Line>();
  for (const [what, text] of Object.entries(questions)) {
    const rows = await sql.unsafe<BooksLine[]>(text, [reader, from, to], { prepare: true });
    for (const { seq, index, number, line } of rows) {
      const place = { seq: Number(seq), index };
      const key = keyOf(what, place, number);
      if (lines.has(key)) noteDifference(differences, `${key}: stands in the books twice`, place);
      lines.set(key, { text: JSON.stringify(line), place });
    }
  }
  return lines;
}

type BooksLine = {
  readonly seq: string;
  readonly index: number;
  readonly number?: number;
  readonly line: readonly Part[];
};

const range = "reader = $1 AND seq BETWEEN $2 AND $3";
const named = (table: string, id: string): string =>
  `(SELECT name FROM ${table} n WHERE n.reader = r.reader AND n.id = r.${id})`;

/** Each line as a JSON array, whose numbers are safe integers. */
const questions: Readonly<Record<string, string>> = {
  journal: `
    SELECT seq, index, jsonb_build_array(journal_id, ${named("words", "kind")}, reference, at_ms) AS line
    FROM journals r WHERE ${range}`,
  posting: `
    SELECT seq, index, number, jsonb_build_array(${named("accounts", "account")},
      ${named("assets", "asset")}, ${named("words", "bucket")}, amount) AS line
    FROM postings r WHERE ${range}`,
  trade: `
    SELECT seq, index, jsonb_build_array(trade_id, ${named("assets", "symbol")}, isin, quantity, price_paise,
      amount_paise, ${named("accounts", "buyer")}, ${named("accounts", "seller")}, buy_order_id,
      sell_order_id, at_ms, command_offset, log_offset, resting_order, ${named("accounts", "buy_member")},
      ${named("accounts", "sell_member")}, settlement) AS line
    FROM trades r WHERE ${range}`,
  settlement: `
    SELECT seq, index, jsonb_build_array(settlement_id, trade_id, journal_id, at_ms) AS line
    FROM settlements r WHERE ${range}`,
  order: lineOf("orders", orderColumns),
  "order's end": lineOf("order_ends", orderEndColumns),
};

function lineOf(table: string, columns: readonly Column<never>[]): string {
  const values = columns.map(({ name }) => name).join(", ");
  return `SELECT seq, index, jsonb_build_array(${values}) AS line FROM ${table} r WHERE ${range}`;
}
