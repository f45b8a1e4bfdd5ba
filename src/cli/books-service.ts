import { openBooksStore } from "../postgres/books-store.ts";
import { booksSchema } from "../postgres/connection.ts";
import { migrate, readMigrations } from "../postgres/migrate.ts";
import { eventsTopic } from "../protocol/topics.ts";
import { runBooks } from "../services/books.ts";
import { realClock } from "../services/clock.ts";
import type { MarketLog } from "../services/log.ts";
import { Stop } from "../services/stop.ts";
import { runShards, shardCount } from "./run-service.ts";
import type { ServiceReport } from "./run-service.ts";

/** How long the books wait for a database that is away, doubling. */
const migrateWaitMs = { first: 200, most: 5000 };

/** What a process of the books is made with. */
export type BooksProcess = {
  readonly log: MarketLog;
  readonly database: string;
  readonly report: (report: ServiceReport) => void;
};

/**
 * Keeps the books of every shard until the signal ends it: brings the schema up to date, joins the group
 * of the books and works where it says so. A database that is away is waited for. Throws `Stop` where
 * only a person may decide.
 */
export async function runBooksProcess(parts: BooksProcess, signal: AbortSignal): Promise<void> {
  const { log, database } = parts;
  const report = (said: { readonly type: string }): void =>
    parts.report({ service: "books", ...said });
  const problems = await log.findTopicProblems(shardCount);
  if (problems.length > 0) throw new Stop(problems.join("\n"));
  await migrateOnce(database, report, signal);
  const group = await log.join("sauda-books", [eventsTopic], "each");
  const store = openBooksStore(database);
  const shared = { log, store, group, clock: realClock, report };
  try {
    await runShards((shard, until) => runBooks({ ...shared, shard }, until), signal);
  } finally {
    await group.close();
  }
}

async function migrateOnce(
  database: string,
  report: (said: { readonly type: string; readonly why: string }) => void,
  signal: AbortSignal,
): Promise<void> {
  const migrations = await readMigrations();
  for (let waitMs = migrateWaitMs.first; !signal.aborted;) {
    try {
      return await migrate(database, booksSchema, migrations);
    } catch (error) {
      if (error instanceof Stop) throw error;
      report({ type: "restart", why: error instanceof Error ? error.message : String(error) });
      await realClock.sleep(waitMs, signal);
      waitMs = Math.min(migrateWaitMs.most, waitMs * 2);
    }
  }
}
