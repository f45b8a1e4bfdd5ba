import { findBooksState } from "../../postgres/books-store.ts";
import { findBinaries } from "../../postgres/managed/binaries.ts";
import { PostgresProblem } from "../../postgres/managed/problem.ts";
import { findTrouble, postgresFolder } from "../../postgres/managed/server.ts";
import { postgresStatus } from "../../postgres/managed/stop.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import type { Clock } from "../../services/clock.ts";
import { shownDatabase } from "../market/books-database.ts";
import type { Config } from "../config.ts";
import { failed, fine, type Check } from "./doctor-machine.ts";
import type { LogClient } from "../log-client.ts";

const what = "PostgreSQL";
/** Books that are behind are looked at again after this. */
const secondLookMs = 2500;
/** How long the log's first claim is waited for: an empty log has none. */
const claimWaitMs = 2000;

/** Looks at the database of the books: the given one, or ours, which need not run. */
export async function checkPostgres({ givenDatabase, dataDir }: Config): Promise<Check> {
  if (givenDatabase !== null) {
    const shown = shownDatabase(givenDatabase);
    const trouble = await findTrouble(givenDatabase);
    if (trouble === null) return fine(what, `${shown} answers`);
    const fix = "what it says; or unset DATABASE_URL to have one started";
    return failed(what, trouble.message, fix);
  }
  try {
    return await checkOurs(dataDir);
  } catch (error) {
    if (!(error instanceof PostgresProblem)) throw error;
    const level = error.code === "NO_BINARIES" ? "warn" : "FAIL";
    return { level, what, detail: error.message, fix: error.wayOn };
  }
}

async function checkOurs(dataDir: string): Promise<Check> {
  const status = await postgresStatus(postgresFolder(dataDir));
  if (status.life === "running") {
    const { pid, port, dataDir: data } = status.postgres;
    const detail = `ours, pid ${pid}, port ${port}, data ${data}`;
    if (status.trouble === null) return fine(what, detail);
    const fix = "npx sauda postgres stop, then npm start";
    return failed(what, `${detail}: ${status.trouble.message}`, fix);
  }
  if (status.life === "stale") {
    const detail = `ended without being stopped, data ${status.dataDir}`;
    return { level: "warn", what, detail, fix: "npm start goes on from its data" };
  }
  const { version } = await findBinaries();
  const data = status.dataDir === null ? "no data yet" : `data ${status.dataDir}`;
  return fine(what, `${version} is here, does not run, ${data}`);
}

/** Looks how far the books are behind the log, where their database runs. */
export async function* checkBooks(
  config: Config,
  { log, shards }: LogClient,
  clock: Clock,
): AsyncGenerator<Check> {
  const database = await findRunning(config);
  if (database === null) return;
  for (let shard = 0; shard < shards; shard += 1) {
    const marketId = await readMarketId({ log, shard }, AbortSignal.timeout(claimWaitMs));
    if (marketId === null) continue;
    const name = `books of shard ${shard}`;
    const { end } = await log.bounds(eventsTopic, shard);
    const state = await findBooksState(database, marketId, shard);
    const offset = state?.offset ?? 0;
    const detail = `read to offset ${offset} of ${end}`;
    if (offset === end) {
      yield fine(name, detail);
      continue;
    }
    // Books that nobody has begun are no fault; those that stand still are, and those ahead of
    // the log.
    await clock.sleep(secondLookMs);
    const later = (await findBooksState(database, marketId, shard))?.offset ?? 0;
    const isMoving = state === null || (offset < end && later > offset);
    const level = isMoving ? "warn" : "FAIL";
    yield { level, what: name, detail, fix: waysToCatchUp(offset > end, isMoving) };
  }
}

function waysToCatchUp(isAhead: boolean, isMoving: boolean): string {
  if (isAhead)
    return "the log is shorter than it was: keep a copy; npx sauda books rebuild --replace makes the books fit it";
  if (isMoving) return "they catch up while npm start or npx sauda books runs";
  return "run npm start or npx sauda books: they catch up, or say what stops them";
}

async function findRunning({ givenDatabase, dataDir }: Config): Promise<string | null> {
  if (givenDatabase !== null)
    return (await findTrouble(givenDatabase)) === null ? givenDatabase : null;
  // What is wrong with ours, `checkPostgres` has said.
  const status = await postgresStatus(postgresFolder(dataDir)).catch((error: unknown) => {
    if (error instanceof PostgresProblem) return null;
    throw error;
  });
  return status?.life === "running" && status.trouble === null ? status.postgres.url : null;
}
