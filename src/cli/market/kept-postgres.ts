import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresProblem } from "../../postgres/managed/problem.ts";
import { postgresFolder, startPostgres } from "../../postgres/managed/server.ts";
import { hasDied, stopPostgres } from "../../postgres/managed/stop.ts";
import { endWithThisProcess } from "../../postgres/managed/watchdog.ts";
import { realClock } from "../../services/clock.ts";
import { newFailures, waitAfter } from "../../services/failures.ts";
import { Away } from "../../services/log-errors.ts";
import type { Config } from "../config.ts";
import type { ServicesTell } from "./kept-services.ts";

/** How often a managed PostgreSQL is looked at, and started again if it has died. */
const watchMs = 1000;
/** One that does not come back is tried less and less often. */
const watchMostMs = 30_000;

/** What a PostgreSQL of a running market is made with. */
export type PostgresOptions = {
  readonly config: Config;
  /** A temporary folder, erased at the end. Ignores a given database. */
  readonly isEphemeral: boolean;
  readonly tell: ServicesTell;
  readonly signal: AbortSignal;
};

/** The database of a running market. */
export type KeptPostgres = {
  /** Its address; null where it could not be started, which was said. */
  readonly url: string | null;
  /** Null for one that is not ours. */
  readonly pid: number | null;
  /** Ends it, when this process started it. */
  stop(): Promise<void>;
};

/**
 * Finds the database of the books: DATABASE_URL, else a PostgreSQL of ours, which is started, kept alive
 * and stopped. Does not throw: a market without books is a market.
 */
export async function keepPostgres(options: PostgresOptions): Promise<KeptPostgres> {
  const { config, isEphemeral, tell, signal } = options;
  if (config.givenDatabase !== null && !isEphemeral)
    return { url: config.givenDatabase, pid: null, stop: async () => {} };
  const folder = isEphemeral
    ? await mkdtemp(join(tmpdir(), "sauda-postgres-"))
    : postgresFolder(config.dataDir);
  const release = isEphemeral ? endWithThisProcess(folder) : null;
  const erase = async (): Promise<void> => {
    if (isEphemeral) await rm(folder, { recursive: true, force: true });
    release?.();
  };
  const start = {
    folder,
    base: isEphemeral ? folder : config.dataDir,
    isDurable: !isEphemeral,
    onProgress: tell.note,
    env: process.env,
    signal,
  };
  try {
    const { postgres, reused } = await startPostgres(start);
    const watch = watchPostgres(start, tell);
    const stop = async (): Promise<void> => {
      await watch.end();
      if (!reused) await stopPostgres(folder);
      await erase();
    };
    return { url: postgres.url, pid: postgres.pid, stop };
  } catch (error) {
    if (!signal.aborted) tell.warn(`no books: ${explain(error)}`);
    return { url: null, pid: null, stop: erase };
  }
}

function explain(error: unknown): string {
  if (error instanceof PostgresProblem) return `${error.message}\nwhat you can do: ${error.wayOn}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Starts a managed PostgreSQL again when it has died: on its port, where the books look for it. One that fails
 * alike three times stays down, and it is said; a full disk is waited for.
 */
function watchPostgres(
  start: Parameters<typeof startPostgres>[0],
  tell: ServicesTell,
): { end(): Promise<void> } {
  const ended = new AbortController();
  const { signal } = ended;
  const failures = newFailures();
  const watch = async (): Promise<void> => {
    for (let waitMs = watchMs; !signal.aborted;) {
      await realClock.sleep(waitMs, signal);
      waitMs = watchMs;
      // Not one that was stopped: whoever did that wants it so.
      if (signal.aborted || !(await hasDied(start.folder))) continue;
      try {
        tell.warn("PostgreSQL died; starting it again");
        await startPostgres({ ...start, signal });
        failures.worked();
        tell.warn("PostgreSQL is back");
      } catch (error) {
        if (signal.aborted) return;
        const failure = failures.note(mayPass(error) ? new Away(explain(error)) : error, "start");
        tell.warn(`PostgreSQL does not come back: ${explain(error)}`);
        if (failure.isStuck) return tell.warn("PostgreSQL stays down: it failed alike three times");
        waitMs = waitAfter(failure, { first: watchMs, most: watchMostMs });
      }
    }
  };
  const watching = watch();
  return {
    end: async () => {
      ended.abort();
      await watching;
    },
  };
}

function mayPass(error: unknown): boolean {
  return error instanceof PostgresProblem && ["DISK_FULL", "BUSY"].includes(error.code);
}
