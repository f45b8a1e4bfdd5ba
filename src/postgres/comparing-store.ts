import { accountKey } from "../domain/account.ts";
import type { BooksRows } from "../services/books-rows.ts";
import type { BooksState, BooksStore } from "../services/books-store.ts";
import type { Sql } from "postgres";

/** What differs between the log and the books, the first few of them told, all of them counted. */
export type Differences = { readonly told: string[]; count: number };

const toldMax = 10;

/** Notes one more difference. */
export function noteDifference(differences: Differences, what: string): void {
  differences.count += 1;
  if (differences.told.length < toldMax) differences.told.push(what);
}

/**
 * A store that is given the whole log and writes nothing: it compares what it should write with what the
 * books of this reader hold, row by row, and notes every difference.
 */
export function comparingStore(sql: Sql, reader: number, differences: Differences): BooksStore {
  let seq = 0;
  return {
    open: async () => ({
      stored: null,
      write: async (next: BooksState, rows: BooksRows) => {
        const range = { reader, from: seq + 1, to: next.seq };
        seq = next.seq;
        compare(differences, linesOfLog(rows), await linesOfBooks(sql, range));
        return true;
      },
      close: async () => {},
    }),
  };
}

/** Lines by their key: what stands at which place of the log. */
type Lines = ReadonlyMap<string, string>;

function compare(differences: Differences, log: Lines, books: Lines): void {
  for (const [key, line] of log) {
    const found = books.get(key);
    if (found === line) continue;
    noteDifference(differences, `${key}: the log says ${line}, the books ${found ?? "nothing"}`);
  }
  for (const [key, line] of books)
    if (!log.has(key))
      noteDifference(differences, `${key}: the log says nothing, the books ${line}`);
}

type Part = string | number | null;

function lineOf(...parts: readonly Part[]): string {
  return JSON.stringify(parts);
}

function linesOfLog({ journals, trades, settlements }: BooksRows): Lines {
  const lines = new Map<string, string>();
  for (const { seq, index, atMs, journal } of journals) {
    const { journalId, kind, reference, postings } = journal;
    lines.set(keyOf("journal", seq, index), lineOf(journalId, kind, reference, atMs));
    for (const [number, { account, asset, bucket, amount }] of postings.entries())
      lines.set(keyOf("posting", seq, index, number), lineOf(account, asset, bucket, amount));
  }
  for (const { seq, index, atMs, trade } of trades) {
    const { tradeId, symbol, isin, quantity, pricePaise, amountPaise, buy, sell } = trade;
    const sides = [buy, sell].map(({ participant, client }) => accountKey(participant, client));
    const orders = [buy.orderId, sell.orderId];
    const deal = [tradeId, symbol, isin, quantity, pricePaise, amountPaise];
    lines.set(keyOf("trade", seq, index), lineOf(...deal, ...sides, ...orders, atMs));
  }
  for (const { seq, index, atMs, settled } of settlements) {
    const { settlementId, tradeId, journalId } = settled;
    lines.set(keyOf("settlement", seq, index), lineOf(settlementId, tradeId, journalId, atMs));
  }
  return lines;
}

function keyOf(what: string, seq: number, index: number, number?: number): string {
  const part = number === undefined ? "" : `, posting ${number}`;
  return `${what === "posting" ? "journal" : what} of step ${seq}, event ${index}${part}`;
}

type Range = { readonly reader: number; readonly from: number; readonly to: number };

async function linesOfBooks(sql: Sql, { reader, from, to }: Range): Promise<Lines> {
  const lines = new Map<string, string>();
  for (const [what, text] of Object.entries(questions)) {
    const rows = await sql.unsafe<BooksLine[]>(text, [reader, from, to], { prepare: true });
    for (const { seq, index, number, line } of rows)
      lines.set(keyOf(what, Number(seq), index, number), JSON.stringify(line));
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
      sell_order_id, at_ms) AS line
    FROM trades r WHERE ${range}`,
  settlement: `
    SELECT seq, index, jsonb_build_array(settlement_id, trade_id, journal_id, at_ms) AS line
    FROM settlements r WHERE ${range}`,
};
