import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Owner } from "./owner.ts";
import type { DatabaseTrouble } from "../database-trouble.ts";
import { PostgresProblem, refused } from "./problem.ts";

/** A server to be launched: its data folder is made. */
type Launch = {
  readonly folder: string;
  readonly programs: string;
  readonly dataDir: string;
  readonly owner: Owner;
  readonly port: number;
  readonly isDurable: boolean;
};

type Watch = {
  /** Why it does not answer; null when it does. */
  readonly answers: () => Promise<DatabaseTrouble | null>;
  readonly limitMs: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
};

/** What became of a launch. `already runs`: another start was first. */
type Launched =
  | { readonly type: "ready"; readonly pid: number }
  | { readonly type: "already runs" }
  | { readonly type: "port taken" };

/** A longer log of the server is begun anew at its next start. */
const logBytesMax = 8 * 1024 * 1024;
/** Processes of a killed server end by themselves, soon, and until then no other may begin. */
const oldProcessesLimitMs = 15_000;
/** How long a server may take to end without a last checkpoint. */
const quitLimitMs = 5000;
/** A server that says no for so long will not say yes. */
const refusedLimitMs = 3000;

/**
 * Runs the server until it answers. Breaks with PostgresProblem in the server's own words; then it
 * is gone.
 */
export async function launch(server: Launch, watch: Watch): Promise<Launched> {
  const began = performance.now();
  for (;;) {
    const death = await runOnce(server, watch);
    if (typeof death === "object") return death;
    if (/lock file "postmaster.pid" already exists/.test(death)) return { type: "already runs" };
    if (/could not create any TCP\/IP sockets/.test(death)) return { type: "port taken" };
    const isWaiting = /pre-existing shared memory block/.test(death);
    if (!isWaiting || performance.now() - began > oldProcessesLimitMs)
      throw explainDeath(server, death);
    await sleep(100);
  }
}

/** Ready, or what it said before it died. */
async function runOnce(server: Launch, watch: Watch): Promise<Launched | string> {
  const logFile = join(server.folder, "server.log");
  const last = await stat(logFile).catch(() => null);
  const log = await open(logFile, (last?.size ?? 0) > logBytesMax ? "w" : "a", 0o600);
  try {
    const { size } = await log.stat();
    const child = await run(server, log.fd);
    try {
      if (await waitFor(child, watch)) return { type: "ready", pid: child.pid ?? 0 };
      return (await readFile(logFile)).toString("utf8", size);
    } catch (error) {
      if (child.exitCode === null && child.signalCode === null) await end(child);
      throw error;
    }
  } finally {
    await log.close();
  }
}

/** Nothing is left running by a start that failed: what does not heed SIGQUIT is killed. */
async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.ref();
  child.kill("SIGQUIT");
  const kill = setTimeout(() => child.kill("SIGKILL"), quitLimitMs);
  await gone;
  clearTimeout(kill);
}

/**
 * In a session and group of its own: Ctrl-C at our terminal must not reach it before those that
 * use it.
 */
async function run(server: Launch, log: number): Promise<ChildProcess> {
  const { programs, dataDir, owner, port, isDurable } = server;
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 40,
    wal_level: "minimal",
    max_wal_senders: 0,
    io_method: "sync",
    jit: "off",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
    ...(isDurable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(programs, "bin", "postgres"), ["-D", dataDir, ...words], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    detached: true,
    stdio: ["ignore", log, log],
    ...owner,
  });
  await once(child, "spawn");
  child.unref();
  return child;
}

/** True once the server answers, false if it died before. */
async function waitFor(child: ChildProcess, watch: Watch): Promise<boolean> {
  const began = performance.now();
  let progressAtMs = began;
  let refusedSince: number | null = null;
  for (;;) {
    watch.signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) return false;
    // Another one that was first on this folder would let us in too: ours must still be alive.
    const trouble = await watch.answers();
    if (trouble === null && child.exitCode === null) return true;
    // Perhaps another one's server was met, on the port that ours then does not get.
    if (trouble?.mayPass !== false) refusedSince = null;
    else refusedSince ??= performance.now();
    if (trouble !== null && performance.now() - (refusedSince ?? Infinity) > refusedLimitMs)
      throw refused(trouble);
    const waitedMs = performance.now() - began;
    if (waitedMs > watch.limitMs) {
      const message = `PostgreSQL did not answer within ${watch.limitMs / 1000} s and was ended`;
      throw new PostgresProblem("NOT_READY", message, "see server.log in its folder; start again");
    }
    if (performance.now() - progressAtMs > 10_000) {
      progressAtMs = performance.now();
      watch.onProgress(`PostgreSQL is still starting (${Math.round(waitedMs / 1000)} s)`);
    }
    await sleep(20, undefined, { signal: watch.signal }).catch(() => undefined);
  }
}

function explainDeath({ folder, dataDir }: Launch, death: string): PostgresProblem {
  const lines = death.split("\n");
  const line = lines.find((one) => /FATAL|PANIC/.test(one)) ?? lines.findLast((one) => one !== "");
  const sentence = `PostgreSQL died while it started: ${line?.replace(/^.*?(FATAL|PANIC)/, "$1") ?? "without a word"}`;
  if (death.includes("No space left")) {
    const message = `the disk of ${dataDir} is full. ${sentence}`;
    return new PostgresProblem("DISK_FULL", message, "free some space and start again");
  }
  const way = `see ${join(folder, "server.log")}; the books can be made anew from the log: npx sauda postgres reset --yes`;
  return new PostgresProblem("DIED", sentence, way);
}
