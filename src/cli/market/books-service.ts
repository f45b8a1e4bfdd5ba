import { openBooksStore } from "../../postgres/books-store.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { runBooks } from "../../services/books.ts";
import { realClock } from "../../services/clock.ts";
import type { MarketLog } from "../../services/log.ts";
import { Stop } from "../../services/stop.ts";
import { runShards, shardCount, type ServiceReport } from "./run-service.ts";

/** What a process of the books is made with. */
type BooksProcess = {
  readonly log: MarketLog;
  readonly database: string;
  readonly report: (report: ServiceReport) => void;
};

/**
 * Keeps the books of every shard until the signal ends it: joins the group of the books and
 * works where it says so. A database that is away is waited for. Throws `Stop` where only a
 * person may decide.
 */
export async function runBooksProcess(parts: BooksProcess, signal: AbortSignal): Promise<void> {
  const { log, database } = parts;
  const report = (message: { readonly type: string }): void =>
    parts.report({ service: "books", ...message });
  const problems = await log.findTopicProblems(shardCount, ["internal"]);
  if (problems.length > 0) throw new Stop(problems.join("\n"));
  const group = await log.join("sauda-books", [eventsTopic], "each");
  const store = openBooksStore(database);
  const shared = { log, store, group, clock: realClock, report };
  try {
    await runShards((shard, until) => runBooks({ ...shared, shard }, until), signal);
  } finally {
    await group.close();
  }
}
