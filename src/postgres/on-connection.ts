import type { Sql } from "postgres";
import { booksSchema, connectTo, disconnect, type ConnectionOptions } from "./connection.ts";
import { sqlState, troubleOf } from "./trouble.ts";

/**
 * Makes a connection, does the work on it and ends it. Throws `DatabaseTrouble` for what the
 * database says, or for its silence, and whatever else the work throws.
 */
export async function onConnection<Answer>(
  options: ConnectionOptions,
  work: (sql: Sql) => Promise<Answer>,
): Promise<Answer> {
  const sql = connectTo(options);
  try {
    return await work(sql);
  } catch (error) {
    throw troubleOf(error, options.url);
  } finally {
    await disconnect(sql);
  }
}

/** Asks the books of a market, all shards. Null where no books were ever kept in this database. */
export function askBooks<Answer>(
  url: string,
  ask: (sql: Sql) => Promise<Answer>,
): Promise<Answer | null> {
  return unlessNoTables(onConnection({ url, schema: booksSchema, role: null }, ask));
}

/** What was asked of the books; null where there are no tables yet. */
export async function unlessNoTables<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (error) {
    if (sqlState(error) === "42P01") return null;
    throw error;
  }
}
