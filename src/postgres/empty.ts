import type { TransactionSql } from "postgres";
import { askBooks } from "./on-connection.ts";

/** The tables of rows, those first that refer to others. */
const tables = [
  "order_ends",
  "orders",
  "settlements",
  "trades",
  "balances",
  "postings",
  "journals",
  "accounts",
  "assets",
  "words",
  "readers",
] as const;

/**
 * Takes the rows of these readers out of every table, as their owner. Quick where there are
 * no others.
 */
export async function removeReaders(
  transaction: TransactionSql,
  readers: readonly number[],
): Promise<void> {
  if (readers.length === 0) return;
  const [others] = await transaction<{ count: string }[]>`
    SELECT count(*) AS count FROM readers WHERE NOT reader IN ${transaction(readers)}`;
  if (others?.count === "0") {
    await transaction.unsafe(`TRUNCATE ${tables.join(", ")}`);
    return;
  }
  for (const table of tables)
    await transaction`DELETE FROM ${transaction(table)} WHERE reader IN ${transaction(readers)}`;
}

/**
 * Empties the books of a market, all shards; its books must not be at work. Books that were never
 * made are empty. Returns how many shards' books there were.
 */
export async function emptyMarket(url: string, marketId: string): Promise<number> {
  const emptied = await askBooks(url, (sql) =>
    sql.begin(async (transaction) => {
      const found = await transaction<{ reader: number }[]>`
        SELECT reader FROM readers WHERE market = ${marketId} FOR UPDATE`;
      await removeReaders(
        transaction,
        found.map(({ reader }) => reader),
      );
      return found.length;
    }),
  );
  return emptied ?? 0;
}
