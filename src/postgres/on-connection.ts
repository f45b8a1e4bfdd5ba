import type { Sql } from "postgres";
import { connectTo, disconnect } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { troubleOf } from "./trouble.ts";

/**
 * Makes a connection, does the work on it and ends it. Throws `DatabaseTrouble` for what the database says, or
 * for its silence, and whatever else the work throws.
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
