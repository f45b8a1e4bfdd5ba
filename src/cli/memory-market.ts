import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

const state = z.object({ pid: z.int().positive(), http: z.string() });

/** A market in memory that runs here: its process, and the address of its gateway. */
export type MemoryMarket = z.infer<typeof state>;

function statePath(dataDir: string): string {
  return join(dataDir, "in-memory.json");
}

/** Notes that this process runs a market in memory, so that other commands can say so. Returns how to end it. */
export async function noteMemoryMarket(
  dataDir: string,
  http: string,
): Promise<() => Promise<void>> {
  const path = statePath(dataDir);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ pid: process.pid, http }), { mode: 0o600 });
  return async () => {
    // Another may have begun since: the note is then its own.
    if ((await readState(path))?.pid === process.pid) await rm(path, { force: true });
  };
}

/** The market in memory that runs on this data folder; null where none does. */
export async function findMemoryMarket(dataDir: string): Promise<MemoryMarket | null> {
  const found = await readState(statePath(dataDir));
  if (found === null) return null;
  try {
    process.kill(found.pid, 0);
    return found;
  } catch {
    return null; // it died without a word
  }
}

async function readState(path: string): Promise<MemoryMarket | null> {
  const text = await readFile(path, "utf8").catch(() => "null");
  try {
    return state.parse(JSON.parse(text));
  } catch {
    return null; // half written, or another's: no market is known
  }
}

/** What a command that needs Kafka says where a market in memory runs. */
export function memoryMarketWords({ pid, http }: MemoryMarket): string {
  return [
    `a market in memory runs here (process ${pid}), and this command needs one on Kafka`,
    `  its doors: ${http} (dashboard, HTTP, Kite; \`npx sauda keys desk --url ${http}\` prints a key),`,
    "  and the prompt in its own terminal: the same commands without `npx sauda`",
    "  with Kafka: end it, then `npm start`; `--kafka <host:port>` names a Kafka that runs elsewhere",
  ].join("\n");
}
