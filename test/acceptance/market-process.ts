import { execFile, spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findState } from "../../src/kafka/managed/state.ts";
import { builtDashboard } from "../built-dashboard.ts";

/** The folder of package.json. */
export const root = join(import.meta.dirname, "..", "..");
const launcher = join(root, "bin", "sauda.js");
/** Bounds every wait for something that must happen; far above what even a busy machine needs. */
export const timeoutMs = 60_000;
/** The same for the start of a whole market. */
export const startTimeoutMs = 180_000;

/** Bounds a whole group of tests, in case something waits that nobody thought of. */
export const groupLimitMs = 300_000;

/** How a process ended. */
type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A `sauda` process that runs, and what it has said so far. */
export type SaudaProcess = {
  readonly pid: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** The first line of stdout (with `among` "err": of stderr) that fits, also one already said. */
  line(fits: RegExp, among?: "out" | "err", withinMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  ended(withinMs?: number): Promise<End>;
};

/** What a process is started with besides its arguments. */
type Surroundings = {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
  /** A group of its own, as a terminal has it: a signal reaches every process of it. */
  readonly asGroup?: boolean;
};

/**
 * Starts `sauda` by its launcher, as `npx sauda` does, in this process's environment without a
 * given Kafka. Without `input` its stdin is empty.
 */
export function startSauda(args: readonly string[], around: Surroundings = {}): SaudaProcess {
  return startProgram(process.execPath, [launcher, ...args], around, `sauda ${args.join(" ")}`);
}

/** The same for any program. `name` is for messages. */
export function startProgram(
  program: string,
  args: readonly string[],
  { env, input = "", cwd, asGroup = false }: Surroundings = {},
  name: string = [program, ...args].join(" "),
): SaudaProcess {
  const {
    KAFKA_BOOTSTRAP_SERVERS: _,
    NODE_TEST_CONTEXT: __,
    NODE_COMPILE_CACHE: ___,
    ...rest
  } = process.env;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...rest, ...env },
    cwd,
    detached: asGroup,
  });
  child.stdin.on("error", () => {}); // it may have ended before it read
  child.stdin.end(input);
  const started = watchProcess(child, name);
  if (!asGroup) return started;
  return { ...started, signal: (signal) => void process.kill(-started.pid, signal) };
}

/** Collects what a process says and how it ends. `name` is for messages. */
export function watchProcess(child: ChildProcess, name: string): SaudaProcess {
  const lines: Record<"out" | "err", string[]> = { out: [], err: [] };
  let end: End | null = null;
  let failure: Error | null = null;
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => lines.out.push(line));
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on("line", (line) => lines.err.push(line));
  child.once("error", (error) => (failure = error));
  child.once("close", (code, signal) => (end = { code, signal }));
  const all = (): string => [...lines.out, ...lines.err.slice(-20)].join("\n");
  return {
    pid: child.pid ?? -1,
    out: lines.out,
    err: lines.err,
    signal: (signal) => void child.kill(signal),
    ended: async (withinMs = timeoutMs) => {
      const isOver = (): boolean => end !== null || failure !== null;
      await until(`${name} ends`, isOver, withinMs, all).catch((error: unknown) => {
        child.kill("SIGKILL"); // or it keeps the test's process waiting for ever
        throw error;
      });
      if (failure !== null) throw failure;
      return end ?? { code: null, signal: null };
    },
    line: async (fits, among = "out", withinMs = timeoutMs) => {
      const find = (): string | undefined => lines[among].find((line) => fits.test(line));
      const isOver = (): boolean => find() !== undefined || end !== null;
      await until(`${name} says ${String(fits)}`, isOver, withinMs, all);
      const line = find();
      if (line === undefined) throw new Error(`${name} ended without ${String(fits)}:\n${all()}`);
      return line;
    },
  };
}

/** Waits until it is so, at most `withinMs`; then throws, with `more` to look at. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number = timeoutMs,
  more: () => string = () => "",
): Promise<void> {
  const beganMs = performance.now();
  while (!(await isSo())) {
    const waitedMs = performance.now() - beganMs;
    if (waitedMs > withinMs) throw new Error(`not within ${withinMs / 1000} s: ${what}\n${more()}`);
    // Looking is work too: what takes long is looked at less often.
    await sleep(Math.min(Math.max(25, waitedMs / 20), 100));
  }
}

/**
 * The promise's value, at most after `withinMs`: for what others make, which may forget to settle.
 * Its timer also keeps this process until then: with nothing to wait for Node ends a test as
 * "still pending".
 */
export async function inTime<Value>(
  what: string,
  promise: PromiseLike<Value>,
  withinMs: number = timeoutMs,
): Promise<Value> {
  const settled = new AbortController();
  const tooLate = sleep(withinMs, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`not within ${withinMs / 1000} s: ${what}`);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    settled.abort();
    tooLate.catch(() => {}); // of the abort
  }
}

/** Runs a `sauda` command to its end. */
export async function sauda(
  args: readonly string[],
  around: Surroundings = {},
): Promise<{ code: number | null; out: readonly string[]; err: readonly string[] }> {
  const process = startSauda(args, around);
  const { code } = await process.ended();
  return { code, out: process.out, err: process.err };
}

/** A market of a test's own, on a Kafka of its own. */
export type TestMarket = {
  readonly bootstrap: string;
  readonly marketId: string;
  readonly dataDir: string;
  /** The gateway's address, and a key that may act for everybody. */
  readonly http: string;
  readonly key: string;
  /** Where its books lie; null without books. */
  readonly database: string | null;
  readonly up: SaudaProcess;
  /** Pid of a service as it runs now, or of Kafka; null between its death and its next start. */
  pid(name: ServiceOrKafka): Promise<number | null>;
  /** Runs a command against this market. */
  sauda(args: readonly string[], input?: string): ReturnType<typeof sauda>;
  stop(): Promise<void>;
};

/** What can be killed. */
export type ServiceOrKafka = "intake" | "exchange" | "publisher" | "gateway" | "books" | "kafka";

/**
 * Starts a market and waits until it is ready. It ends with this process at the latest. Without
 * books, unless they are asked for: most tests need none. `env` is what its processes have besides.
 */
export async function ephemeralMarket(
  args: readonly string[] = [],
  withBooks = false,
  env: NodeJS.ProcessEnv = {},
): Promise<TestMarket> {
  builtDashboard(); // `up` serves it
  const given = process.env["SAUDA_TEST_EXTERNAL"];
  const up =
    given === undefined
      ? startSauda(["up", "--ephemeral", "--json", ...(withBooks ? [] : ["--no-books"]), ...args], {
          env,
        })
      : await startOn(given, args);
  const ready = await readFact(up, "ready");
  const kafka = await readFact(up, "kafka");
  const { bootstrap = "" } = ready;
  const { dataDir = "" } = kafka;
  return {
    bootstrap,
    marketId: ready["market_id"] ?? "",
    http: ready["http"] ?? "",
    key: ready["key"] ?? "",
    database: ready["database"] ?? null,
    dataDir,
    up,
    pid: (name) => findPid(up.pid, name, dataDir),
    sauda: (args, input) =>
      sauda(args, {
        env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap },
        ...(input === undefined ? {} : { input }),
      }),
    stop: async () => {
      up.signal("SIGTERM");
      await up.ended();
    },
  };
}

/**
 * `npm run test:external`: a new market on a Kafka that is not ours. Its market's topics are
 * deleted first.
 */
async function startOn(bootstrap: string, args: readonly string[]): Promise<SaudaProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), "sauda-external-"));
  process.once("exit", () => rmSync(dataDir, { recursive: true, force: true }));
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap, SAUDA_DATA_DIR: dataDir };
  const { code, err } = await sauda(["reset", "--yes-delete-topics"], { env });
  if (code !== 0) throw new Error(err.join("\n"));
  return startSauda(["up", "--json", "--no-demo", "--no-books", "--http-port", "0", ...args], {
    env,
  });
}

async function readFact(up: SaudaProcess, type: string): Promise<Record<string, string>> {
  try {
    const line = await up.line(new RegExp(`"type":"${type}"`), "out", startTimeoutMs);
    return JSON.parse(line) as Record<string, string>;
  } catch (error) {
    up.signal("SIGTERM");
    await up.ended();
    throw error;
  }
}

/** The pid of a service that `up` keeps, or of its Kafka; null if none runs now. */
export async function findPid(
  upPid: number,
  name: ServiceOrKafka,
  kafkaDir: string,
): Promise<number | null> {
  if (name !== "kafka") {
    const ofName = new RegExp(`\\.(ts|js) ${name} --json`);
    const all = await processes();
    return all.find(({ parent, args }) => parent === upPid && ofName.test(args))?.pid ?? null;
  }
  const state = await findState(kafkaDir);
  return state !== undefined && !state.stopped && isAlive(state.pid) ? state.pid : null;
}

/** Pids of the processes that this process started, directly. */
export async function childrenOf(pid: number): Promise<number[]> {
  return (await processesBelow(pid)).map((one) => one.pid);
}

/** Those processes, with what they were started with. */
export async function processesBelow(
  pid: number,
): Promise<{ readonly pid: number; readonly args: string }[]> {
  return (await processes()).filter(({ parent }) => parent === pid);
}

async function processes(): Promise<{ pid: number; parent: number; args: string }[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,stat=,args="], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, stat = "", args = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isThere = pid !== undefined && !stat.startsWith("Z");
    return isThere ? [{ pid: Number(pid), parent: Number(parent), args }] : [];
  });
}

/** Whether a process of this pid runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until none of them runs any more. */
export async function allGone(
  pids: readonly number[],
  withinMs: number = timeoutMs,
): Promise<void> {
  const left = (): string => `still there: ${pids.filter(isAlive).join(", ")}`;
  await until("the processes are gone", () => !pids.some(isAlive), withinMs, left);
}
