import { equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runBooksProcess } from "../../src/cli/market/books-service.ts";
import { readConfig } from "../../src/cli/config.ts";
import { openBooks } from "../../src/cli/market/kept-books.ts";
import { keepPostgres } from "../../src/cli/market/kept-postgres.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { findBooksState } from "../../src/postgres/books-store.ts";
import { hasEndedWithin } from "../../src/postgres/managed/state.ts";
import { postgresStatus, stopPostgres } from "../../src/postgres/managed/stop.ts";
import { until } from "../acceptance/market-process.ts";
import { clusterOf, logEnd, makeMarketLog, marketId } from "./market-log.ts";
import { testPostgres } from "./test-postgres.ts";

const forEver = new AbortController().signal;

describe("the database of a running market", () => {
  let dataDir: string;
  const warnings: string[] = [];
  const tell = { note: () => {}, warn: (line: string) => void warnings.push(line) };
  const options = (env: NodeJS.ProcessEnv = {}) => ({
    config: readConfig({ SAUDA_DATA_DIR: dataDir, ...env }),
    isEphemeral: false,
    tell,
    signal: forEver,
  });

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "sauda-kept-"));
  });
  after(async () => {
    await stopPostgres(join(dataDir, "postgres"), 1000);
    await rm(dataDir, { recursive: true, force: true });
  });

  test("is the given one, which is neither started nor stopped", async () => {
    const url = "postgres://user:secret@localhost:9/none";
    const kept = await keepPostgres(options({ DATABASE_URL: url }));
    equal(kept.url, url);
    equal(kept.pid, null);
    await kept.stop();
  });

  test("is ours where none is given: started again when it dies, and stopped at the end", async () => {
    const kept = await keepPostgres(options());
    const first = await postgresStatus(join(dataDir, "postgres"));
    ok(first.life === "running");
    equal(first.postgres.url, kept.url);
    process.kill(first.postgres.pid, "SIGKILL");
    await until("it is back", () => warnings.includes("PostgreSQL is back"));
    const second = await postgresStatus(join(dataDir, "postgres"));
    ok(second.life === "running" && second.postgres.url === kept.url);
    await kept.stop();
    equal((await postgresStatus(join(dataDir, "postgres"))).life, "stopped");
  });

  test("that ran before is used, and left running at the end", async () => {
    const first = await keepPostgres(options());
    const second = await keepPostgres(options());
    equal(second.url, first.url);
    await second.stop();
    equal((await postgresStatus(join(dataDir, "postgres"))).life, "running");
    await first.stop();
  });

  test("that our password does not open is told at once, not waited for", async () => {
    const kept = await keepPostgres(options());
    const file = join(dataDir, "postgres", "server.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/"password": "\w+"/, '"password": "wrong"'));
    warnings.length = 0;
    const began = performance.now();
    equal((await keepPostgres(options())).url, null);
    ok(performance.now() - began < 30_000);
    match(warnings.join("\n"), /runs, but .*does not let us in.*\nwhat you can do: .*reset --yes/);
    await writeFile(file, text);
    await kept.stop();
  });

  test("that dies and does not come back alike three times stays down, and that is said", async () => {
    const kept = await keepPostgres(options());
    ok(kept.pid !== null);
    const { global, away } = {
      global: join(dataDir, "postgres", "data", "global"),
      away: join(dataDir, "away"),
    };
    warnings.length = 0;
    await rename(global, away);
    process.kill(kept.pid, "SIGKILL");
    const fails = (): number =>
      warnings.filter((line) => line.includes("does not come back")).length;
    const isDown = (): boolean =>
      warnings.includes("PostgreSQL stays down: it failed alike three times");
    await until("it stays down", isDown, 60_000, () => warnings.join("\n"));
    equal(fails(), 3);
    await kept.stop();
    await rename(away, global);
  });

  test("cannot be started: it says why and what to do, and the market goes on without books", async () => {
    await rm(join(dataDir, "postgres", "data", "global"), { recursive: true });
    warnings.length = 0;
    const books = openBooks(options());
    equal(await books.database(), null);
    await books.begin("localhost:9");
    match(
      warnings.join("\n"),
      /no books: PostgreSQL died.*\nwhat you can do: .*postgres reset --yes/,
    );
    equal(Object.keys(books.pids()).length, 0);
    await books.stop();
  });
});

test("books that cannot be emptied are in nobody's way", async () => {
  const warnings: string[] = [];
  const tell = { note: () => {}, warn: (line: string) => void warnings.push(line) };
  const config = readConfig({ DATABASE_URL: "postgres://user@127.0.0.1:9/none" });
  const books = openBooks({ config, isEphemeral: false, tell, signal: forEver });
  await books.empty(marketId);
  match(warnings.join(), new RegExp(`${marketId} are kept, they could not be emptied`));
  await books.stop();
});

test("books whose database is away say so, wait for it, and then miss nothing", async () => {
  const server = await testPostgres();
  const { url, pid, dataDir } = server.postgres();
  const cluster = clusterOf(makeMarketLog(5, 100).records);
  const ended = new AbortController();
  const warnings: string[] = [];
  try {
    process.kill(pid, "SIGKILL");
    await hasEndedWithin(pid, dataDir, 5000);
    const running = runBooksProcess(
      {
        log: openMemoryLog(cluster, "books"),
        database: url,
        report: ({ type }) => void warnings.push(type),
      },
      ended.signal,
    );
    await until("they say so", () => warnings.includes("restart"));
    await server.restart();
    equal(server.postgres().url, url);
    const offset = async () => (await findBooksState(url, marketId, 0))?.offset;
    await until("they have read all", async () => (await offset()) === logEnd(cluster));
    ended.abort();
    await running;
    ok(warnings.includes("keeping"));
  } finally {
    await server.stop();
  }
});

test("a folder of another kind in the place of the data is not touched", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sauda-kept-"));
  const own = join(dataDir, "postgres", "data");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "mine.txt"), "mine");
  const warnings: string[] = [];
  const tell = { note: () => {}, warn: (line: string) => void warnings.push(line) };
  const config = readConfig({ SAUDA_DATA_DIR: dataDir });
  const kept = await keepPostgres({ config, isEphemeral: false, tell, signal: forEver });
  equal(kept.url, null);
  match(warnings.join("\n"), /no books: /);
  await kept.stop();
  await rm(dataDir, { recursive: true });
});
