import type { Sql } from "postgres";
import type { BooksRows } from "../services/books/books-rows.ts";
import type { BooksState, BooksStore, OpenBooks } from "../services/books/books-store.ts";
import { Stop } from "../services/stop.ts";
import { insertText } from "./column.ts";
import { answerInTime, booksRole, booksSchema, connectTo, disconnect } from "./connection.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { readNames } from "./names.ts";
import { readState, stateColumns, stateNames, stateValues } from "./reader-state.ts";
import { strayRowsText } from "./stray-rows.ts";
import { columnValues, rowTables } from "./row-columns.ts";
import { askBooks } from "./on-connection.ts";
import { DatabaseTrouble } from "./database-trouble.ts";
import { sqlState, troubleOf } from "./trouble.ts";

/**
 * The books in a database. Each opening brings the schema up to date first: an older or
 * another database may have been put under books that had migrated before, or a crash may have
 * taken it back.
 */
export function openBooksStore(url: string, schema: string = booksSchema): BooksStore {
  return {
    async open(marketId, shard) {
      await migrate(url, schema, await readMigrations());
      const sql = connectTo({ url, schema, role: booksRole });
      try {
        return await answerInTime(openShard(sql, { url, marketId, shard }));
      } catch (error) {
        await disconnect(sql);
        throw troubleOf(error, url);
      }
    },
  };
}

type ShardBooks = { readonly url: string; readonly marketId: string; readonly shard: number };

async function openShard(sql: Sql, { url, marketId, shard }: ShardBooks): Promise<OpenBooks> {
  const { stored, names } = await readStored(sql, marketId, shard);
  let last: Pick<BooksState, "offset" | "chain"> | null = stored?.state ?? null;

  async function write(next: BooksState, rows: BooksRows): Promise<boolean> {
    const values = [
      marketId,
      shard,
      last?.offset ?? null,
      last?.chain ?? null,
      ...stateValues(next),
      ...columnValues(rows, names),
    ];
    const text = last === null ? firstWriteText : nextWriteText;
    try {
      const asked = sql.unsafe(text, values, { prepare: true });
      const places = await answerInTime(asked);
      last = next;
      return places.length === 1;
    } catch (error) {
      throw explain(troubleOf(error, url), next);
    }
  }

  return { stored: stored?.state ?? null, write, close: () => disconnect(sql) };
}

type Stored = {
  readonly stored: Awaited<ReturnType<typeof readState>>;
  readonly names: Awaited<ReturnType<typeof readNames>>;
};

/**
 * What is stored of a shard, at one moment: others may be writing. Throws `Stop` for rows that the
 * place does not know of, as half a restore leaves them: it would write them a second time.
 */
function readStored(sql: Sql, marketId: string, shard: number): Promise<Stored> {
  return sql.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", async (transaction) => {
    const stored = await readState(transaction, marketId, shard);
    const names = await readNames(transaction, stored?.reader ?? null);
    if (stored === null) return { stored, names };
    const { reader, state } = stored;
    const [stray] = await transaction.unsafe<{ what: string }[]>(
      `SELECT what FROM (${strayRowsText}) AS stray LIMIT 1`,
      [reader, state.seq],
    );
    if (stray === undefined) return { stored, names };
    throw new Stop(`the books of shard ${shard} do not fit the log: ${stray.what}; ${rebuildWay}`);
  });
}

/**
 * The first of the state's parameters: before it come market, shard, and the place that was
 * written last.
 */
const firstOfState = 5;

const stateParameters = stateColumns
  .map(([, type], index) => `$${firstOfState + index}::${type === "jsonb" ? "text::jsonb" : type}`)
  .join(", ");

/** The place is made, where there is none yet. */
const firstWriteText = writeText(`
  INSERT INTO readers (market, shard, ${stateNames})
  SELECT $1::text, $2::int, ${stateParameters} WHERE $3::bigint IS NULL AND $4::text IS NULL
  ON CONFLICT (market, shard) DO NOTHING RETURNING reader`);

/** The place moves, where it is still the one that was written last. */
const nextWriteText = writeText(`
  UPDATE readers SET (${stateNames}) = ROW (${stateParameters})
  WHERE market = $1::text AND shard = $2::int AND next_offset = $3::bigint AND chain = $4::text
  RETURNING reader`);

/**
 * One statement, so one transaction in one round trip. Rows come in only where `place` holds a
 * reader; a second one at the same place waits for the first, and then finds none.
 */
function writeText(place: string): string {
  let next = firstOfState + stateColumns.length;
  const inserts = rowTables.map(({ table, columns }) => {
    const first = next;
    next += columns.length;
    return `new_${table} AS (${insertText(table, columns, first)})`;
  });
  return `WITH place AS (${place}), ${inserts.join(", ")} SELECT reader FROM place`;
}

const rebuildWay = "`npx sauda books rebuild` compares the books with the log";

/**
 * Rows that the database refuses will be refused again: only a person may go on. What is missing is
 * made again.
 */
function explain(error: unknown, { offset }: BooksState): unknown {
  if (!(error instanceof DatabaseTrouble) || error.mayPass || error.isMissing) return error;
  const isStatementFault = ["22", "23", "42", "P0"].includes((sqlState(error) ?? "").slice(0, 2));
  if (!isStatementFault || sqlState(error) === "42501") return error;
  return new Stop(
    `PostgreSQL refused what stands before offset ${offset} of the log: ${error.message}; ${rebuildWay}`,
  );
}

/** How far the books of a shard are; null where nothing was read, or no books were ever kept. */
export async function findBooksState(
  url: string,
  marketId: string,
  shard: number,
): Promise<BooksState | null> {
  const found = await askBooks(url, (sql) => answerInTime(readState(sql, marketId, shard)));
  return found?.state ?? null;
}
