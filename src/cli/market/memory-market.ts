import { join } from "node:path";
import { z } from "zod";
import { findNote, noteOnFolder } from "./folder-note.ts";

const state = z.object({ pid: z.int().positive(), began: z.string(), http: z.string() });

/**
 * A market in memory that runs here: its process, when that began, and its gateway's address (""
 * while it starts).
 */
export type MemoryMarket = z.infer<typeof state>;

/** The note of a market in memory by which other commands know of it. */
export type MemoryNote = {
  /** Where its gateway listens, once it does. */
  setHttp(http: string): Promise<void>;
  remove(): Promise<void>;
};

function statePath(dataDir: string): string {
  return join(dataDir, "in-memory.json");
}

/**
 * Notes that this process runs a market in memory on the data folder. One at a time: throws
 * `Failure` that names the other one and the ways on. The note of one that died is replaced.
 */
export async function noteMemoryMarket(dataDir: string): Promise<MemoryNote> {
  const note = await noteOnFolder(statePath(dataDir), { http: "" }, async () => {
    const other = await findMemoryMarket(dataDir);
    return other === null ? null : alreadyRuns(other);
  });
  return { setHttp: (http) => note.setFacts({ http }), remove: note.remove };
}

/** The market in memory that runs on this data folder; null where none does. */
export function findMemoryMarket(dataDir: string): Promise<MemoryMarket | null> {
  return findNote(statePath(dataDir), state);
}

function alreadyRuns({ pid, http }: MemoryMarket): string {
  const there = http === "" ? "it still starts" : http;
  return `a market in memory already runs here (pid ${pid}, ${there}): use it, end it (${howToEnd(pid)}), or set SAUDA_DATA_DIR to another folder`;
}

/** How a market in memory is ended from outside of it. */
export function howToEnd(pid: number): string {
  return `Ctrl-C or \`exit\` in its own terminal, or \`kill ${pid}\``;
}

/** What a command that needs Kafka, or the books, says where a market in memory runs. */
export function memoryMarketWords({ pid, http }: MemoryMarket): string {
  return [
    `a market in memory runs here (process ${pid}), and this command needs one on Kafka`,
    `  ask it at ${http} (dashboard, HTTP, Kite; \`npx sauda keys desk --url ${http}\` prints a key),`,
    "  or at the prompt in its own terminal: the same commands without `npx sauda`",
    "  with Kafka: end it, then `npm start`; `--kafka <host:port>` names a Kafka that runs elsewhere",
  ].join("\n");
}
