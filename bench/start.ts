import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

/**
 * One line and what its processes took, user and system, in seconds of CPU: the median of several.
 */
export type Start = { readonly line: string; readonly cpuSeconds: number };

/**
 * What is started: help, a command that asks a running market, one that asks Kafka (there is none).
 */
const lines = ["--help", "orders", "topics --kafka 127.0.0.1:1"] as const;

/**
 * Measures what the start of a command costs, each beside Node alone: by the sources, as a clone
 * runs them, and by the bundle, as a package does, which is built first; then through npx. Kept
 * code is there, as from the second run on; for help also without.
 */
export async function measureStarts(rounds: number): Promise<readonly Start[]> {
  await run(process.execPath, ["build/package.ts"], { cwd: root });
  const cache = await mkdtemp(join(tmpdir(), "sauda-bench-start-"));
  const market = await startMarket();
  try {
    const kept = { ...market.env, NODE_COMPILE_CACHE: cache };
    const none = { NODE_DISABLE_COMPILE_CACHE: "1" };
    const node = [process.execPath];
    const ways = [
      { name: "sources", command: [...node, "src/cli/main.ts"] },
      { name: "bundle", command: [...node, "dist/main.js"] },
    ];
    const starts = [await measure("node -e 0", [...node, "-e", "0"], kept, rounds)];
    for (const words of lines)
      for (const { name, command } of ways)
        starts.push(
          await measure(`${name}: sauda ${words}`, [...command, ...words.split(" ")], kept, rounds),
        );
    for (const { name, command } of ways)
      starts.push(
        await measure(`${name}: sauda --help, no code kept`, [...command, "--help"], none, rounds),
      );
    starts.push(await measure("npx node -e 0", ["npx", "node", "-e", "0"], kept, rounds));
    starts.push(await measure("npx sauda --help", ["npx", "sauda", "--help"], kept, rounds));
    return starts;
  } finally {
    await market.stop();
    await rm(cache, { recursive: true, force: true });
  }
}

/** A market in memory, and by which environment commands find it. */
async function startMarket(): Promise<{
  readonly env: NodeJS.ProcessEnv;
  readonly stop: () => Promise<void>;
}> {
  const words = ["bin/sauda.js", "up", "--ephemeral", "--in-memory", "--json"];
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const up = spawn(process.execPath, words, { cwd: root, stdio: [...stdio] });
  const ended = once(up, "exit");
  const stop = async (): Promise<void> => {
    up.kill("SIGTERM");
    await ended;
  };
  if (up.stdout === null) throw new Error("broken invariant: stdout is a pipe");
  for await (const line of createInterface({ input: up.stdout })) {
    const { http, key } = JSON.parse(line) as { readonly http: string; readonly key: string };
    return { env: { SAUDA_URL: http, SAUDA_KEY: key }, stop };
  }
  throw new Error("the market has ended before it was ready");
}

/** What a command costs that asks a market, from the sources: what lives, and what was. */
export async function measureAsking(
  market: { readonly http: string; readonly key: string },
  rounds: number,
): Promise<readonly Start[]> {
  const cache = await mkdtemp(join(tmpdir(), "sauda-bench-start-"));
  const env = { SAUDA_URL: market.http, SAUDA_KEY: market.key, NODE_COMPILE_CACHE: cache };
  const starts: Start[] = [await measure("node -e 0", [process.execPath, "-e", "0"], env, rounds)];
  try {
    for (const words of ["orders", "orders --all --limit 20", "trades --limit 20"]) {
      const command = [process.execPath, "src/cli/main.ts", ...words.split(" ")];
      starts.push(await measure(`sauda ${words}`, command, env, rounds));
    }
    return starts;
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

async function measure(
  line: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  rounds: number,
): Promise<Start> {
  const taken: number[] = [];
  // The first is not counted: it fills what is kept.
  for (let round = 0; round <= rounds; round += 1) taken.push(await cpuSecondsOf(command, env));
  const sorted = taken.slice(1).toSorted((one, other) => one - other);
  return { line, cpuSeconds: sorted[Math.floor(rounds / 2)] ?? 0 };
}

/** The shell counts the processes below the command too, as those of npx. */
async function cpuSecondsOf(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1 </dev/null; true';
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: 60_000 };
  const { stderr } = await run("bash", ["-c", script, "time", ...command], options);
  return stderr
    .trim()
    .split(" ")
    .map(Number)
    .reduce((user, system) => user + system);
}
