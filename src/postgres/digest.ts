import type { Sql, TransactionSql } from "postgres";
import { failInvariant } from "../domain/facts/units.ts";
import type { Column } from "./column.ts";
import { orderColumns, orderEndColumns } from "./order-columns.ts";

/** One table's digest: how many rows, and 128 bits over all of them, whatever their order. */
export type TableDigest = {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
};

/**
 * What each table says of a reader, in names and not in numbers, so that books made twice from one
 * log are equal wherever they lie. Two sums of 64-bit hashes of the rows: against accidents, not
 * against a forger.
 */
export async function digestBooks(
  sql: Sql | TransactionSql,
  reader: number,
): Promise<readonly TableDigest[]> {
  const digests: TableDigest[] = [];
  for (const [table, lines] of Object.entries(tableLines)) {
    const [found] = await sql.unsafe<{ rows: string; one: string; other: string }[]>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended(line, 1)), 0) AS one,
        coalesce(sum(hashtextextended(line, 2)), 0) AS other FROM (${lines}) AS lines`,
      [reader],
    );
    if (found === undefined) failInvariant("an aggregate has one row");
    const digest = [found.one, found.other].map((sum) => hex64(BigInt(sum))).join("");
    digests.push({ table, rows: Number(found.rows), digest });
  }
  return digests;
}

function hex64(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}

/** A name that is missing becomes a null, which no whole books have. */
const tableLines: Readonly<Record<string, string>> = {
  journals: `
    SELECT (j.seq, j.index, j.at_ms, k.name, j.journal_id, j.reference)::text AS line FROM journals j
    LEFT JOIN words k ON k.reader = j.reader AND k.id = j.kind WHERE j.reader = $1`,
  postings: `
    SELECT (p.seq, p.index, p.number, a.name, s.name, w.name, p.amount)::text AS line FROM postings p
    LEFT JOIN accounts a ON a.reader = p.reader AND a.id = p.account
    LEFT JOIN assets s ON s.reader = p.reader AND s.id = p.asset
    LEFT JOIN words w ON w.reader = p.reader AND w.id = p.bucket WHERE p.reader = $1`,
  balances: `
    SELECT (a.name, a.kind, s.name, w.name, b.amount)::text AS line FROM balances b
    LEFT JOIN accounts a ON a.reader = b.reader AND a.id = b.account
    LEFT JOIN assets s ON s.reader = b.reader AND s.id = b.asset
    LEFT JOIN words w ON w.reader = b.reader AND w.id = b.bucket WHERE b.reader = $1`,
  trades: `
    SELECT (t.seq, t.index, t.at_ms, t.trade_id, s.name, t.isin, t.quantity, t.price_paise,
      t.amount_paise, b.name, e.name, t.buy_order_id, t.sell_order_id, t.command_offset, t.log_offset, t.resting_order,
      m.name, n.name, t.settlement)::text AS line
    FROM trades t
    LEFT JOIN assets s ON s.reader = t.reader AND s.id = t.symbol
    LEFT JOIN accounts b ON b.reader = t.reader AND b.id = t.buyer
    LEFT JOIN accounts e ON e.reader = t.reader AND e.id = t.seller
    LEFT JOIN accounts m ON m.reader = t.reader AND m.id = t.buy_member
    LEFT JOIN accounts n ON n.reader = t.reader AND n.id = t.sell_member WHERE t.reader = $1`,
  settlements: `
    SELECT (s.seq, s.index, s.at_ms, s.settlement_id, s.trade_id, s.journal_id)::text AS line
    FROM settlements s WHERE s.reader = $1`,
  orders: linesOf("orders", orderColumns),
  order_ends: linesOf("order_ends", orderEndColumns),
};

/** Of a table whose columns are all its own, with no numbers of names. */
function linesOf(table: string, columns: readonly Column<never>[]): string {
  const names = columns.map(({ name }) => name).join(", ");
  return `SELECT (${names})::text AS line FROM ${table} WHERE reader = $1`;
}
