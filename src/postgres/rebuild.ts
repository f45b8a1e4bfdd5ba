import type { Sql, TransactionSql } from "postgres";
import { failInvariant } from "../domain/facts/units.ts";
import { eventsTopic } from "../protocol/topics.ts";
import { keepBooks } from "../services/books/books-life.ts";
import type { BooksState } from "../services/books/books-store.ts";
import { Stop } from "../services/stop.ts";
import { openBooksStore } from "./books-store.ts";
import { booksSchema, rebuildSchema } from "./connection.ts";
import { digestBooks, type TableDigest } from "./digest.ts";
import { removeReaders } from "./empty.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { onConnection } from "./on-connection.ts";
import { differingFields, readState, stateNames } from "./reader-state.ts";
import { rowTables } from "./row-columns.ts";
import type { ShardBooks } from "./verify.ts";

/** The books of a shard at one place of the log: the digests of their tables. */
type BooksDigest = { readonly state: BooksState; readonly tables: readonly TableDigest[] };

/** What a rebuild found. `stored` null: there were no books, or their place is not in this log. */
type Rebuilt = {
  readonly stored: BooksDigest | null;
  readonly rebuilt: BooksDigest;
  /** The tables in which they differ; `state` for the place itself. */
  readonly differing: readonly string[];
  readonly replaced: boolean;
};

/**
 * Makes the books of a shard anew from the log in a second schema, up to where the stored ones are
 * (or to the log's end, where those do not fit the log), and compares. Others may go on writing
 * meanwhile. With `mayReplace` books that differ are replaced by the new ones in one transaction.
 * The second schema is gone afterwards, or at the next rebuild when this one fails. Throws `Stop`
 * while another one runs.
 */
export async function rebuildBooks(
  books: ShardBooks,
  mayReplace: boolean,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const { url } = books;
  const migrations = await readMigrations();
  // Also where books were never kept, or an older database was restored: both sides have the
  // same tables.
  await migrate(url, booksSchema, migrations);
  return onConnection({ url, schema: booksSchema, role: null }, (owner) =>
    rebuildBy(owner, books, mayReplace, signal),
  );
}

async function rebuildBy(
  owner: Sql,
  books: ShardBooks,
  mayReplace: boolean,
  signal: AbortSignal,
): Promise<Rebuilt> {
  const { url, log, marketId, shard } = books;
  await takeTurn(owner);
  await owner.unsafe(`DROP SCHEMA IF EXISTS ${rebuildSchema} CASCADE`);
  const [found, { end }] = await Promise.all([
    digestAt(owner, booksSchema, books),
    log.bounds(eventsTopic, shard),
  ]);
  const stored = found !== null && found.state.offset <= end ? found : null;
  const store = openBooksStore(url, rebuildSchema);
  const life = { isOurs: () => true, endOffset: stored?.state.offset ?? end };
  await keepBooks({ log, store, shard }, life, signal);
  signal.throwIfAborted();
  const rebuilt = await digestAt(owner, rebuildSchema, books);
  if (rebuilt === null) throw new Error(`market ${marketId}: nothing was read from the log`);
  const differing = stored === null ? ["state"] : differences(stored, rebuilt);
  const replaced = mayReplace && differing.length > 0;
  if (replaced) await owner.begin((transaction) => replace(transaction, books));
  await owner.unsafe(`DROP SCHEMA ${rebuildSchema} CASCADE`);
  return { stored, rebuilt, differing, replaced };
}

/** There is one second schema: who finds another at work on it goes away. */
async function takeTurn(owner: Sql): Promise<void> {
  const [turn] = await owner<{ isOurs: boolean }[]>`
    SELECT pg_try_advisory_lock(hashtext(${rebuildSchema})) AS "isOurs"`;
  if (turn?.isOurs !== true)
    throw new Stop("another rebuild is under way in this database: wait for it");
}

/** One snapshot: the digests are those of the state. */
async function digestAt(
  owner: Sql,
  schema: string,
  { marketId, shard }: ShardBooks,
): Promise<BooksDigest | null> {
  return owner.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", async (transaction) => {
    await transaction.unsafe(`SET LOCAL search_path TO ${schema}`);
    const stored = await readState(transaction, marketId, shard);
    if (stored === null) return null;
    const tables = await digestBooks(transaction, stored.reader);
    return { state: stored.state, tables };
  });
}

function differences(stored: BooksDigest, rebuilt: BooksDigest): string[] {
  const tables = stored.tables
    .filter(({ table, rows, digest }) => {
      const other = rebuilt.tables.find((one) => one.table === table);
      return other?.rows !== rows || other.digest !== digest;
    })
    .map(({ table }) => table);
  const isSameState = differingFields(stored.state, rebuilt.state).length === 0;
  return isSameState ? tables : [...tables, "state"];
}

/**
 * The rebuilt rows in place of the stored ones. The balances come by themselves, from the postings.
 */
async function replace(
  transaction: TransactionSql,
  { marketId, shard }: ShardBooks,
): Promise<void> {
  // Before anything else, so that books at work wait, and then find that they were overtaken.
  await transaction`LOCK TABLE readers IN EXCLUSIVE MODE`;
  const stored = await readState(transaction, marketId, shard);
  if (stored !== null) await removeReaders(transaction, [stored.reader]);
  const state = `market, shard, ${stateNames}`;
  const [made] = await transaction.unsafe<{ reader: number }[]>(
    `INSERT INTO readers (${state}) SELECT ${state} FROM ${rebuildSchema}.readers
     WHERE market = $1 AND shard = $2 RETURNING reader`,
    [marketId, shard],
  );
  if (made === undefined) failInvariant("what was rebuilt has a place");
  for (const { table, columns } of rowTables) {
    const names = columns.map(({ name }) => name).join(", ");
    await transaction.unsafe(
      `INSERT INTO ${table} (reader, ${names}) SELECT $1::int, ${names} FROM ${rebuildSchema}.${table}`,
      [made.reader],
    );
  }
}
