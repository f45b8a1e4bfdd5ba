import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answerInTime } from "../connection.ts";
import { onConnection } from "../on-connection.ts";
import { DatabaseTrouble } from "../database-trouble.ts";
import { findBinaries } from "./binaries.ts";
import { initOnce } from "./init.ts";
import { launch } from "./launch.ts";
import { findOwner } from "./owner.ts";
import { chooseDataDir, reachableBinaries } from "./data-folder.ts";
import { findFreePort, isFree } from "./port.ts";
import { PostgresProblem, refused } from "./problem.ts";
import { readLife, remember, rememberPort, type Remembered } from "./state.ts";

/** A PostgreSQL of ours that runs. */
export type ManagedPostgres = {
  /** With its user and password: who has it may read and write. */
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
};

/** What a start needs to know. */
export type PostgresStart = {
  /** What is ours of it: its password, its log, and mostly its data. */
  readonly folder: string;
  /**
   * The topmost folder that is ours: it and those below may be opened for another user to
   * pass through.
   */
  readonly base: string;
  /** False for data that nobody needs after a power cut: then it never waits for the disk. */
  readonly isDurable: boolean;
  readonly onProgress: (line: string) => void;
  /** Where PATH stands. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
};

/** How long a server may take until it answers; recovery after a kill is the longest. */
const readyLimitMs = 60_000;
/** A port that was free may be taken before the server has it. */
const portTries = 5;

/**
 * Starts the PostgreSQL of a folder on loopback and waits until it answers, or finds it running and
 * uses it. It outlives this process. Breaks with PostgresProblem, or the signal's reason; then
 * nothing is left running.
 */
export async function startPostgres(
  start: PostgresStart,
): Promise<{ readonly postgres: ManagedPostgres; readonly reused: boolean }> {
  const { onProgress, signal, env } = start;
  signal?.throwIfAborted();
  const folder = resolve(start.folder);
  const owner = await findOwner(onProgress, env);
  const chosen = await chooseDataDir(folder, resolve(start.base), owner);
  const remembered = await remember(folder, chosen.dataDir);
  const { dataDir } = remembered;
  const life = await readLife(dataDir);
  if (life.life === "running") {
    const postgres = await findAnswering(remembered, signal);
    if (postgres !== null) return { postgres, reused: true };
  }
  if (life.life === "stale")
    onProgress(`PostgreSQL (pid ${life.pid}) ended without being stopped: starting it again`);
  if (chosen.closed !== null)
    onProgress(
      `${chosen.closed} is closed to the user postgres: PostgreSQL's data lie in ${dataDir}`,
    );
  const programs = await reachableBinaries(await findBinaries(), owner, onProgress);
  const { password } = remembered;
  await initOnce({ programs, dataDir, owner, password, isDurable: start.isDurable, signal });
  return begin(start, { folder, programs, remembered, owner });
}

type Beginning = {
  readonly folder: string;
  readonly programs: string;
  readonly remembered: Remembered;
  readonly owner: Awaited<ReturnType<typeof findOwner>>;
};

async function begin(
  { isDurable, onProgress, signal }: PostgresStart,
  { folder, programs, remembered, owner }: Beginning,
): ReturnType<typeof startPostgres> {
  const { dataDir } = remembered;
  for (let attempt = 1; ; attempt += 1) {
    const last = remembered.port;
    const port =
      attempt === 1 && last !== null && (await isFree(last)) ? last : await findFreePort();
    const server = { folder, programs, dataDir, owner, port, isDurable };
    const answers = (): Promise<DatabaseTrouble | null> => findTrouble(urlOf(remembered, port));
    const outcome = await launch(server, { answers, limitMs: readyLimitMs, onProgress, signal });
    if (outcome.type === "ready") {
      await rememberPort(folder, port);
      const postgres = { url: urlOf(remembered, port), pid: outcome.pid, port, dataDir };
      return { postgres, reused: false };
    }
    if (outcome.type === "already runs") {
      const postgres = await findAnswering(remembered, signal);
      if (postgres !== null) return { postgres, reused: true };
    }
    if (attempt === portTries) {
      const message = `PostgreSQL found no port to listen on in ${portTries} tries`;
      throw new PostgresProblem("DIED", message, `see ${folder}/server.log`);
    }
  }
}

/** The server that another start has begun, once it answers; null if it ends before it does. */
async function findAnswering(
  remembered: Remembered,
  signal: AbortSignal | undefined,
): Promise<ManagedPostgres | null> {
  const { dataDir } = remembered;
  const deadline = performance.now() + readyLimitMs;
  for (;;) {
    signal?.throwIfAborted();
    const life = await readLife(dataDir);
    if (life.life !== "running") return null;
    const url = urlOf(remembered, life.port);
    const trouble = life.port > 0 ? await findTrouble(url) : undefined;
    if (trouble === null) return { url, pid: life.pid, port: life.port, dataDir };
    if (trouble !== undefined && !trouble.mayPass) throw refused(trouble);
    if (performance.now() >= deadline) {
      const message = `our PostgreSQL runs (pid ${life.pid}), but does not answer`;
      throw new PostgresProblem("NOT_READY", message, "npx sauda postgres stop, then start again");
    }
    await sleep(50);
  }
}

/** Where a server of ours listens. */
export function urlOf({ password }: Remembered, port: number): string {
  return `postgres://sauda:${password}@127.0.0.1:${port}/postgres`;
}

/** Why it does not let us in, or does not answer; null when it does. */
export async function findTrouble(url: string): Promise<DatabaseTrouble | null> {
  try {
    await onConnection({ url, schema: "public", role: null }, (sql) => answerInTime(sql`SELECT 1`));
    return null;
  } catch (error) {
    if (error instanceof DatabaseTrouble) return error;
    throw error;
  }
}

/** The folder that holds everything of a managed PostgreSQL, in the data folder of a market. */
export function postgresFolder(dataDir: string): string {
  return resolve(dataDir, "postgres");
}
