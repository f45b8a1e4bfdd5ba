import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../src/memory/random.ts";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { emptyMarket } from "../../src/postgres/empty.ts";
import { hasEndedWithin } from "../../src/postgres/managed/state.ts";
import { migrate, readMigrations } from "../../src/postgres/migrate.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, makeMarketLog, marketId } from "./market-log.ts";
import type { TestPostgres } from "./test-postgres.ts";

/**
 * Who is killed with SIGKILL: the books, the server's first process, or one of its workers for
 * the books.
 */
type Victim = "books" | "server" | "backend";

/** What the kills did. */
type KillReport = {
  readonly kills: Readonly<Record<Victim, number>>;
  /** Logs read from the first record to the last, with kills all the way. */
  readonly logs: number;
  readonly commits: number;
};

/** Logs of so many orders: some hundred commits of two records each. */
const orders = 1500;

/**
 * Kills books and PostgreSQL so many times in all, at random moments of reading one log after the
 * other. After each log the books must be right, and equal to books made anew. Throws where they
 * are not.
 */
export async function killBooks(
  server: TestPostgres,
  count: number,
  seed: number,
  tell: (line: string) => void,
): Promise<KillReport> {
  const random = new Random(seed);
  const kills = { books: 0, server: 0, backend: 0 };
  let [logs, commits] = [0, 0];
  await migrate(server.postgres().url, booksSchema, await readMigrations());
  for (let done = 0; done < count; logs += 1) {
    const { records } = makeMarketLog(seed + logs, orders);
    const cluster = clusterOf(records);
    const file = join(server.folder, "records.json");
    await writeFile(file, JSON.stringify(records.map(({ value }) => value.toString("base64"))));
    await emptyMarket(server.postgres().url, marketId);
    for (let isRead = false; !isRead;) {
      const victim = done < count ? random.pick(victims) : null;
      const life = await oneLife(server, file, victim, random);
      commits += life.commits;
      isRead = life.isRead;
      if (victim === null || life.isRead) continue;
      kills[victim] += 1;
      done += 1;
    }
    await booksOf(server.postgres().url, cluster).areRight();
    tell(`log ${logs + 1} of ${records.length} records is right after ${done} kills`);
  }
  return { kills, logs, commits };
}

const victims: readonly Victim[] = ["books", "books", "server", "backend"];

/** One process of the books, until it has read the log or its victim was killed. */
async function oneLife(
  server: TestPostgres,
  file: string,
  victim: Victim | null,
  random: Random,
): Promise<{ readonly isRead: boolean; readonly commits: number }> {
  const { url, pid, dataDir } = server.postgres();
  const script = join(import.meta.dirname, "books-process.ts");
  const books = spawn(process.execPath, [script, file, url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(books, "exit");
  let commits = 0;
  books.stdout.on("data", (chunk: Buffer) => {
    commits += chunk.toString().split("\n").length - 1;
  });
  if (victim !== null) {
    await Promise.race([once(books.stdout, "data"), ended]);
    await sleep(random.between(0, 120));
  }
  if (victim === null || books.exitCode !== null) {
    const [code] = await ended;
    if (code !== 0) throw new Error(`the books ended with exit code ${String(code)}`);
    return { isRead: true, commits };
  }
  if (victim === "server") {
    process.kill(pid, "SIGKILL");
    await hasEndedWithin(pid, dataDir, 10_000);
    await server.restart();
  }
  if (victim === "backend") await killBackend(url);
  // They go on by themselves when the database is back on its port; here their life ends all
  // the same.
  if (victim !== "books" && server.postgres().url === url) await sleep(random.between(0, 300));
  await kill(books, ended);
  return { isRead: false, commits };
}

async function kill(books: ChildProcess, ended: Promise<unknown>): Promise<void> {
  books.kill("SIGKILL");
  await ended;
}

/**
 * The worker that the books talk to: the server then takes all of them down and begins anew
 * by itself.
 */
async function killBackend(url: string): Promise<void> {
  const sql = connectTo({ url, schema: booksSchema, role: null });
  try {
    const [found] = await sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity
      WHERE application_name = 'sauda' AND pid <> pg_backend_pid()
      ORDER BY backend_start DESC LIMIT 1`;
    if (found !== undefined) process.kill(found.pid, "SIGKILL");
  } finally {
    await disconnect(sql);
  }
}
