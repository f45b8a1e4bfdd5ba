import { readdir, rm, rmdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { DatabaseTrouble } from "../database-trouble.ts";
import { PostgresProblem } from "./problem.ts";
import { findTrouble, urlOf, type ManagedPostgres } from "./server.ts";
import { findDataDirs, findRemembered, hasEndedWithin, readLife } from "./state.ts";

/** What the PostgreSQL of a folder is doing. `stale`: it ended without being stopped. */
type PostgresStatus =
  | {
      readonly life: "running";
      readonly postgres: ManagedPostgres;
      /** Why it does not answer; null when it does. */
      readonly trouble: DatabaseTrouble | null;
    }
  | { readonly life: "stopped" | "stale"; readonly dataDir: string | null };

/** A stop writes what is in memory to the disk first. */
const defaultGraceMs = 30_000;

/**
 * Stops the PostgreSQL of a folder, connections and all, and waits until it has ended; after
 * the grace at once, as a crash would. `stale`: there was one, and it had ended before without
 * being stopped.
 */
export async function stopPostgres(
  folder: string,
  graceMs: number = defaultGraceMs,
): Promise<"stopped" | "not running" | "stale"> {
  const ends: ("stopped" | "not running" | "stale")[] = [];
  for (const dataDir of await findDataDirs(resolve(folder)))
    ends.push(await stopServer(dataDir, graceMs));
  return ends.find((end) => end !== "not running") ?? "not running";
}

async function stopServer(
  dataDir: string,
  graceMs: number,
): Promise<"stopped" | "not running" | "stale"> {
  const life = await readLife(dataDir);
  if (life.life !== "running") return life.life === "stale" ? "stale" : "not running";
  // Its own words: SIGINT is a fast stop, SIGQUIT one without a last checkpoint.
  for (const [signal, limitMs] of [
    ["SIGINT", graceMs],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    sendSignal(life.pid, signal);
    if (await hasEndedWithin(life.pid, dataDir, limitMs)) return "stopped";
  }
  const message = `PostgreSQL (pid ${life.pid}) did not end 5 s after SIGKILL`;
  throw new PostgresProblem("BUSY", message, "its disk may hang; look at the process");
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
    if (signal !== "SIGKILL") process.kill(pid, "SIGCONT"); // a stopped process heeds no other
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Looks at the PostgreSQL of a folder. */
export async function postgresStatus(folder: string): Promise<PostgresStatus> {
  const remembered = await findRemembered(resolve(folder));
  if (remembered === null) return { life: "stopped", dataDir: null };
  const { dataDir } = remembered;
  const life = await readLife(dataDir);
  if (life.life !== "running") return { life: life.life, dataDir };
  const { pid, port } = life;
  const url = urlOf(remembered, port);
  const postgres = { url, pid, port, dataDir };
  return { life: "running", postgres, trouble: await findTrouble(url) };
}

/**
 * Removes the data of a stopped PostgreSQL for ever, wherever they lie, and the folder if nothing
 * else is in it. Breaks with RUNNING if it runs.
 */
export async function erasePostgres(folder: string): Promise<void> {
  const dir = resolve(folder);
  const dataDirs = await findDataDirs(dir);
  if (dataDirs.length === 0) return;
  for (const dataDir of dataDirs) {
    const life = await readLife(dataDir);
    if (life.life !== "running") continue;
    const message = `PostgreSQL runs on this folder (pid ${life.pid})`;
    throw new PostgresProblem("RUNNING", message, "stop it first: npx sauda postgres stop");
  }
  for (const dataDir of dataDirs) await rm(dataDir, { recursive: true, force: true });
  for (const name of await readdir(dir))
    if (/^server\.(json|log)$/.test(name)) await rm(`${dir}/${name}`);
  await rmdir(dir).catch(() => undefined);
}

/**
 * True if the PostgreSQL of the folder has ended without being stopped. Asks nobody but the system.
 */
export async function hasDied(folder: string): Promise<boolean> {
  const lives = await Promise.all((await findDataDirs(resolve(folder))).map(readLife));
  return lives.some(({ life }) => life === "stale");
}
