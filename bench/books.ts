import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { encodeCommand } from "../src/protocol/log/command-record.ts";
import { logKey } from "../src/protocol/log/log-record.ts";
import { commandsTopic } from "../src/protocol/topics.ts";
import { localTerms } from "../src/domain/facts/terms.ts";
import { openKafkaLog, type KafkaLog } from "../src/kafka/kafka-log.ts";
import { openBooksStore } from "../src/postgres/books-store.ts";
import { booksSchema, connectTo, disconnect } from "../src/postgres/connection.ts";
import { emptyMarket } from "../src/postgres/empty.ts";
import { startPostgres } from "../src/postgres/managed/server.ts";
import { stopPostgres } from "../src/postgres/managed/stop.ts";
import { endWithThisProcess } from "../src/cli/market/watchdog.ts";
import { migrate, readMigrations } from "../src/postgres/migrate.ts";
import { newBooksRows, type JournalRow } from "../src/services/books/books-rows.ts";
import type { BooksState } from "../src/services/books/books-store.ts";
import { realClock } from "../src/services/clock.ts";
import { runExchange } from "../src/services/exchange.ts";
import { makePairs } from "./orders.ts";

/** Journals of four postings per second: the books, and a writer of single postings beside them. */
type BooksWrites = { readonly books: number; readonly single: number };

/** Journals in one round, as many as ten seconds of 8,000 a second. */
export const benchedJournals = 80_000;
/** Journals in one write of the books, about what a full batch of the log holds. */
const batchJournals = 4000;
const singlesMs = 3000;

/** A PostgreSQL as `npm start` runs it, with an empty schema, for as long as the work takes. */
export async function withPostgres(work: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-bench-postgres-"));
  const called = endWithThisProcess("postgres", folder);
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const given = { folder, base: folder, isDurable: true, onProgress, env: process.env };
    const { postgres } = await startPostgres(given);
    await migrate(postgres.url, booksSchema, await readMigrations());
    await work(postgres.url);
  } finally {
    await stopPostgres(folder);
    await rm(folder, { recursive: true, force: true });
    called();
  }
}

/**
 * One round: writes so many journals as the books do, then for three seconds single postings, each
 * in a statement and so a transaction of its own, into a table with the same columns and indexes.
 * Neither waits for the disk.
 */
export async function measureWrites(url: string, journals: number): Promise<BooksWrites> {
  await emptyMarket(url, "bench");
  const open = await openBooksStore(url).open("bench", 0);
  const startedAtMs = performance.now();
  for (let from = 1; from <= journals; from += batchJournals) {
    const rows = Array.from({ length: batchJournals }, (_, index) => makeJournal(from + index));
    const to = from + batchJournals - 1;
    const isWritten = await open.write(stateAt(to), { ...newBooksRows(), journals: rows });
    if (!isWritten) throw new Error("nobody else writes here");
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  await open.close();
  return { books: journals / seconds, single: await measureSingles(url) };
}

async function measureSingles(url: string): Promise<number> {
  const sql = connectTo({ url, schema: booksSchema, role: null });
  await sql
    .unsafe(`
    DROP TABLE IF EXISTS single_postings;
    CREATE TABLE single_postings (LIKE postings INCLUDING ALL)`)
    .simple();
  const startedAtMs = performance.now();
  let journals = 0;
  for (; performance.now() - startedAtMs < singlesMs; journals += 1) {
    const { seq, journal } = makeJournal(journals + 1);
    for (const [number, { amount }] of journal.postings.entries())
      await sql`INSERT INTO single_postings
        VALUES (${seq}, ${amount}, 1, 0, ${(seq * 7) % 400}, ${seq % 50}, 1, ${number})`;
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  await disconnect(sql);
  return journals / seconds;
}

/** A delivery against payment between two of 400 accounts in one of 50 symbols. */
function makeJournal(seq: number): JournalRow {
  const [buyer, seller] = [`B${(seq * 7) % 200}`, `S${(seq * 11) % 200}`];
  const asset = `SYMBOL${seq % 50}`;
  const amount = 98_500;
  return {
    seq,
    index: 2,
    atMs: seq,
    journal: {
      journalId: `J-0-${seq}-0-2`,
      kind: "DVP",
      reference: `T-0-${seq}-0-0`,
      postings: [
        { account: buyer, asset: "INR", bucket: "blocked", amount: -amount },
        { account: seller, asset: "INR", bucket: "free", amount },
        { account: seller, asset, bucket: "blocked", amount: -100 },
        { account: buyer, asset, bucket: "free", amount: 100 },
      ],
    },
  };
}

function stateAt(seq: number): BooksState {
  const place = { topicId: "bench", offset: seq, epoch: 1, nonce: "bench", seq };
  return {
    ...place,
    chain: String(seq),
    lastCause: null,
    genesis: null,
    checkpoint: null,
    charges: null,
  };
}

/**
 * How far the books were behind the market's clock, looked at every 100 ms, and the trades
 * they hold.
 */
type BooksLag = { readonly lagsMs: readonly number[]; readonly trades: number };

/**
 * Runs the exchange here and `sauda books` as a process, both on this Kafka, and sends so many
 * pairs of orders a second that trade at once. The lag is the age of the newest step in the books,
 * by the time written into it, while the load goes on; not counted during the warm-up.
 */
export async function measureLag(
  bootstrap: string,
  url: string,
  load: {
    readonly tradesPerSecond: number;
    readonly seconds: number;
    readonly warmUpSeconds: number;
  },
): Promise<BooksLag> {
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  await log.deleteMarket(["sauda-exchange"]);
  await log.createTopics(1);
  const ended = new AbortController();
  const exchange = runBenchedExchange(log, ended.signal);
  const books = spawn(process.execPath, ["bin/sauda.js", "books", "--kafka", bootstrap, "--json"], {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const sql = connectTo({ url, schema: booksSchema, role: null });
  try {
    for await (const line of createInterface({ input: books.stdout }))
      if (line.includes('"keeping"')) break;
    const sending = sendPairs(log, load.tradesPerSecond, load.seconds + load.warmUpSeconds);
    await sleep(load.warmUpSeconds * 1000);
    const lagsMs = await watchLag(sql, load.seconds);
    const sent = await sending;
    return { lagsMs, trades: await awaitTrades(sql, sent) };
  } finally {
    ended.abort();
    const gone = once(books, "exit");
    books.kill("SIGTERM");
    await Promise.all([exchange, gone]);
    await disconnect(sql);
    await log.close();
  }
}

async function runBenchedExchange(log: KafkaLog, signal: AbortSignal): Promise<void> {
  const group = await log.join("sauda-exchange", [commandsTopic], "each");
  const own = { terms: localTerms, termsDigest: "bench", owner: "bench" };
  const randomHex = (bytes: number): string => "ab".repeat(bytes);
  const report = (): void => {};
  const parts = { log, group, shard: 0, shards: 1, clock: realClock, randomHex, report, ...own };
  try {
    await runExchange(parts, signal);
  } finally {
    await group.close();
  }
}

/** Two commands a trade, in one append every 10 ms or so. Returns how many trades that makes. */
async function sendPairs(log: KafkaLog, perSecond: number, seconds: number): Promise<number> {
  const appender = await log.appender(commandsTopic, 0);
  const pairs = makePairs();
  const startedAtMs = performance.now();
  let sent = 0;
  for (;;) {
    const passed = (performance.now() - startedAtMs) / 1000;
    if (passed > seconds) break;
    const due = Math.floor(passed * perSecond) - sent;
    const commands = Array.from({ length: due }, () => pairs()).flat();
    const records = commands.map((one) => ({ key: logKey, value: encodeCommand(one) }));
    if (records.length > 0) {
      const result = await appender.append(records);
      if (result.type !== "at") throw new Error(`append ${result.type}: ${result.why}`);
    }
    sent += due;
    await sleep(10);
  }
  await appender.close();
  return sent;
}

/** Among so many steps there is one with a journal. */
const lastSteps = 100;

async function watchLag(sql: Sql, seconds: number): Promise<number[]> {
  const lagsMs: number[] = [];
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    const [place] = await sql<
      { seq: string }[]
    >`SELECT seq FROM readers ORDER BY reader DESC LIMIT 1`;
    const from = Number(place?.seq ?? 0) - lastSteps;
    const [newest] = await sql<{ at_ms: string | null }[]>`
      SELECT max(at_ms) AS at_ms FROM journals WHERE seq > ${from}`;
    if (typeof newest?.at_ms === "string") lagsMs.push(Date.now() - Number(newest.at_ms));
    await sleep(100);
  }
  return lagsMs;
}

async function awaitTrades(sql: Sql, expected: number): Promise<number> {
  for (const untilMs = performance.now() + 60_000; ;) {
    const [found] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM trades`;
    if ((found?.count ?? 0) >= expected) return found?.count ?? 0;
    if (performance.now() > untilMs)
      throw new Error(`the books hold ${found?.count} trades, ${expected} were sent`);
    await sleep(100);
  }
}
