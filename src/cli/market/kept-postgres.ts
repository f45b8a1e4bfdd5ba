import { PostgresProblem } from "../../postgres/managed/problem.ts";
import { postgresFolder, startPostgres } from "../../postgres/managed/server.ts";
import { hasDied, stopPostgres } from "../../postgres/managed/stop.ts";
import { Away } from "../../services/log-errors.ts";
import { traceOf } from "../../services/why.ts";
import { foldersOf, type Config } from "../config.ts";
import { describeMachineFault } from "../machine-faults.ts";
import { keptFolder, temporaryFolder } from "./data-folder.ts";
import { watchServer, type ServerOptions } from "./kept-server.ts";
import { endWithThisProcess } from "./watchdog.ts";

/** One that does not come back is tried less and less often. */
const mostWaitMs = 30_000;

/** The database of a running market. */
type KeptPostgres = {
  /** Its address; null where it could not be started, which was said. */
  readonly url: string | null;
  /** Null for one that is not ours. */
  readonly pid: number | null;
  /** Ends it, when this process started it. */
  stop(): Promise<void>;
};

/**
 * Finds the database of the books: DATABASE_URL, else a PostgreSQL of ours, which is started, kept
 * alive and stopped. Does not throw: a market without books is a market.
 */
export async function keepPostgres(options: ServerOptions): Promise<KeptPostgres> {
  const { config, isEphemeral, tell, signal } = options;
  if (config.givenDatabase !== null && !isEphemeral)
    return { url: config.givenDatabase, pid: null, stop: async () => {} };
  const { folder, erase } = isEphemeral
    ? await temporaryFolder("sauda-postgres-", (made) => endWithThisProcess("postgres", made))
    : keptFolder(postgresFolder(config.dataDir));
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
    const watch = watchServer(
      {
        name: "PostgreSQL",
        hasDied: () => hasDied(folder),
        start: (ended) => startAgain({ ...start, signal: ended }, config),
        mostWaitMs,
        mayStayDown: true,
      },
      tell,
    );
    const stop = async (): Promise<void> => {
      await watch.end();
      if (!reused) await stopPostgres(folder);
      await erase();
    };
    return { url: postgres.url, pid: postgres.pid, stop };
  } catch (error) {
    if (!signal.aborted) tell.warn(`no books: ${explain(error, config)}`);
    return { url: null, pid: null, stop: erase };
  }
}

function explain(error: unknown, config: Config): string {
  if (error instanceof PostgresProblem) return `${error.message}\nwhat you can do: ${error.wayOn}`;
  return describeMachineFault(error, foldersOf(config)) ?? traceOf(error);
}

/**
 * On its port, where the books look for it. A full disk is waited for, and a port that is taken.
 */
async function startAgain(
  start: Parameters<typeof startPostgres>[0],
  config: Config,
): Promise<void> {
  try {
    await startPostgres(start);
  } catch (error) {
    const mayPass = error instanceof PostgresProblem && ["DISK_FULL", "BUSY"].includes(error.code);
    throw mayPass
      ? new Away(explain(error, config))
      : new Error(explain(error, config), { cause: error });
  }
}
