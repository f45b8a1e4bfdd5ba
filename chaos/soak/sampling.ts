import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { processesFrom } from "../../bench/process-cost.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { processesBelow, type TestMarket } from "../../test/acceptance/market-process.ts";

/** A process as it was at a moment. PostgreSQL's workers are counted with their first process. */
export type ProcessSample = {
  readonly pid: number;
  readonly name: string;
  /** Memory that is its own; neither files nor what is shared, as PostgreSQL's buffers. */
  readonly bytes: number;
  /** Open file descriptors: files, sockets, pipes, timers; PostgreSQL's workers are one each. */
  readonly handles: number;
};

/** Who reads what others write, and may be behind. */
export const followers = ["intake", "exchange", "publisher", "gateway", "books"] as const;
/** One of them. */
export type Follower = (typeof followers)[number];

/** A market at a moment, `atMs` since the soak began. */
export type Sample = {
  readonly atMs: number;
  readonly processes: readonly ProcessSample[];
  /** Seconds that each is behind; null where nobody could say: it is down, or who would say it. */
  readonly lagSeconds: Readonly<Record<Follower, number | null>>;
  readonly disk: { readonly kafkaBytes: number; readonly postgresBytes: number };
};

/** Looks at a market from outside. */
export type Sampler = {
  look(): Promise<Sample>;
  close(): Promise<void>;
};

/** How long a question may take before its answer counts as none. */
const answerMs = 3_000;
/** What a file system counts in. */
const blockBytes = 512;

/** Opens a sampler; `beganMs` is the soak's beginning by `performance.now()`. */
export async function openSampler(market: TestMarket, beganMs: number): Promise<Sampler> {
  const log = openKafkaLog({ bootstrap: market.bootstrap, clientId: "soak" });
  const sql = connectTo({ url: market.database ?? "", schema: booksSchema, role: null });
  const postgresDir = await findPostgresDir(market);
  /** When the log had grown to there. */
  const ends: { readonly atMs: number; readonly end: number }[] = [];

  async function booksLag(nowMs: number): Promise<number | null> {
    const { end } = await log.bounds(eventsTopic, 0);
    if (end !== ends.at(-1)?.end) ends.push({ atMs: nowMs, end });
    const [row] = await sql<{ next_offset: string }[]>`SELECT next_offset FROM readers`;
    if (row === undefined) return null;
    const place = Number(row.next_offset);
    while (ends[0] !== undefined && ends[0].end <= place) ends.shift();
    const [oldest] = ends;
    return oldest === undefined ? 0 : (nowMs - oldest.atMs) / 1000;
  }

  async function flowLags(): Promise<Partial<Record<Follower, number>>> {
    const answer = await fetch(`${market.http}/v1/flow`, {
      headers: { authorization: `Bearer ${market.key}` },
      signal: AbortSignal.timeout(answerMs),
    });
    const flow = (await answer.json()) as {
      readonly followers?: readonly { readonly name: Follower; readonly lag_seconds: number }[];
    };
    return Object.fromEntries(
      (flow.followers ?? []).map(({ name, lag_seconds: seconds }) => [name, seconds]),
    );
  }

  return {
    async look() {
      const atMs = Math.round(performance.now() - beganMs);
      const [flow, books] = await Promise.all([
        flowLags().catch(() => ({}) as Partial<Record<Follower, number>>),
        inTime(booksLag(atMs)).catch(() => null),
      ]);
      const { intake = null, exchange = null, publisher = null, gateway = null } = flow;
      return {
        atMs,
        processes: processesNow(market.up.pid),
        lagSeconds: { intake, exchange, publisher, gateway, books },
        disk: { kafkaBytes: sizeOf(market.dataDir), postgresBytes: sizeOf(postgresDir) },
      };
    },
    async close() {
      await Promise.all([log.close(), disconnect(sql)]);
    },
  };
}

async function inTime<Value>(asked: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer")), answerMs);
  return Promise.race([asked, promise]).finally(() => clearTimeout(timer));
}

async function findPostgresDir({ up }: TestMarket): Promise<string> {
  const all = await processesBelow(up.pid);
  const [, dir] = all.flatMap(({ args }) => / -D (\S+)/.exec(args) ?? []);
  if (dir === undefined) throw new Error("no PostgreSQL runs below the market");
  return dir;
}

/** Services, the broker, and PostgreSQL as one; not the program that keeps them. */
function processesNow(root: number): ProcessSample[] {
  const all = processesFrom(root).flatMap(({ pid, name }): ProcessSample[] => {
    const own = name === "other" ? null : lookAt(pid);
    return own === null ? [] : [{ pid, name, ...own }];
  });
  const postgres = all.filter(({ name }) => name === "postgres");
  const others = all.filter(({ name }) => name !== "postgres");
  const [first, ...workers] = postgres;
  if (first === undefined) return others;
  const bytes = postgres.reduce((sum, one) => sum + one.bytes, 0);
  return [...others, { ...first, bytes, handles: first.handles + workers.length }];
}

/** Null where it ended in between. */
function lookAt(pid: number): Pick<ProcessSample, "bytes" | "handles"> | null {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kibOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0);
    return { bytes: kibOf("Pss_Anon") * 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** Bytes on the disk of all files below; what goes meanwhile is not counted. */
function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    bytes += (file?.blocks ?? 0) * blockBytes; // indexes are made large and empty
  }
  return bytes;
}
