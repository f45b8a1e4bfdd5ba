import { equal, ok } from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Sql } from "postgres";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { booksRole, booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { hasEndedWithin } from "../../src/postgres/managed/state.ts";
import { migrate, readMigrations } from "../../src/postgres/migrate.ts";
import { onConnection } from "../../src/postgres/on-connection.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { runBooks } from "../../src/services/books.ts";
import type { BooksReport } from "../../src/services/books.ts";
import { realClock } from "../../src/services/clock.ts";
import { until } from "../acceptance/market-process.ts";
import { everything } from "./everything.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, makeMarketLog } from "./market-log.ts";
import { testPostgres } from "./test-postgres.ts";
import type { TestPostgres } from "./test-postgres.ts";

const { records } = makeMarketLog(1, 120);
const half = Math.floor(records.length / 2);

let server: TestPostgres;
let url: string;
let owner: Sql;

before(async () => {
  server = await testPostgres();
  url = server.postgres().url;
  owner = ownerOf(url);
});
after(async () => {
  await disconnect(owner);
  await server.stop();
});

function ownerOf(database: string): Sql {
  return connectTo({ url: database, schema: booksSchema, role: null });
}

const dropAll = (): Promise<unknown> =>
  owner.unsafe(`DROP SCHEMA IF EXISTS ${booksSchema} CASCADE;
    DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${booksRole}') THEN
      DROP OWNED BY ${booksRole}; DROP ROLE ${booksRole}; END IF; END $$`);

/** Books at work on half a log, and what they say; the other half comes when it is given. */
function startBooks(database: string = url) {
  const cluster = clusterOf(records.slice(0, half));
  const ended = new AbortController();
  const said: BooksReport[] = [];
  let stopped: unknown = null;
  const parts = {
    log: openMemoryLog(cluster, "books"),
    store: openBooksStore(database),
    shard: 0,
    group: everything,
    clock: realClock,
    report: (report: BooksReport) => said.push(report),
  };
  const running = runBooks(parts, ended.signal).catch((error: unknown) => (stopped = error));
  const offset = async (): Promise<number> => {
    const [place] = await owner`SELECT next_offset::int AS place FROM readers`.catch(() => []);
    return Number(place?.["place"] ?? -1);
  };
  const heard = (): string => JSON.stringify(said.slice(-5));
  return {
    cluster,
    said,
    running,
    stopped: () => stopped,
    hasRead: (end: number) =>
      until(`the books have read to ${end}`, async () => (await offset()) === end, 30_000, heard),
    giveRest: () => cluster.partition(eventsTopic, 0).append(records.slice(half), 0),
    end: async () => {
      ended.abort();
      await running;
    },
  };
}

describe("what is said to be done is on the disk", () => {
  test("a schema and its role survive a crash of the server in the moment they were made", async (context) => {
    const own = await testPostgres();
    context.after(() => own.stop());
    const { url: at, pid, dataDir } = own.postgres();
    await migrate(at, booksSchema, await readMigrations());
    process.kill(pid, "SIGKILL");
    ok(await hasEndedWithin(pid, dataDir, 10_000));
    await own.restart();
    await onConnection(
      { url: own.postgres().url, schema: booksSchema, role: booksRole },
      async (sql) => {
        equal((await sql`SELECT 1 FROM readers`).length, 0);
      },
    );
  });
});

describe("books under which something is gone in the middle of their life make it anew and go on", () => {
  beforeEach(dropAll);

  const losses: readonly (readonly [what: string, text: string])[] = [
    ["the role", `DROP OWNED BY ${booksRole}; DROP ROLE ${booksRole}`],
    ["the role's rights", `REVOKE ALL ON ALL TABLES IN SCHEMA ${booksSchema} FROM ${booksRole}`],
    ["the whole schema", `DROP SCHEMA ${booksSchema} CASCADE`],
    [
      "the role and the schema",
      `DROP SCHEMA ${booksSchema} CASCADE; DROP OWNED BY ${booksRole}; DROP ROLE ${booksRole}`,
    ],
  ];
  for (const [what, text] of losses)
    test(what, async () => {
      const books = startBooks();
      await books.hasRead(half);
      await owner.unsafe(text).simple();
      books.giveRest();
      await books.hasRead(records.length);
      await books.end();
      await booksOf(url, books.cluster).areRight();
    });

  test("an older database, of an older version of the schema, restored under them", async () => {
    await owner.unsafe("DROP DATABASE IF EXISTS live").simple();
    await owner.unsafe("CREATE DATABASE live").simple();
    const live = new URL(url);
    live.pathname = "/live";
    const migrations = await readMigrations();
    await migrate(live.href, booksSchema, migrations);
    const books = startBooks(live.href);
    const stands = async (): Promise<number> =>
      onConnection({ url: live.href, schema: booksSchema, role: null }, async (sql) =>
        Number((await sql`SELECT next_offset FROM readers`)[0]?.["next_offset"] ?? -1),
      ).catch(() => -1);
    await until("they have read half", async () => (await stands()) === half, 30_000);
    // What a restore does: everybody out, the database away, and an older one in its place.
    await owner.unsafe("DROP DATABASE live WITH (FORCE)").simple();
    await owner.unsafe("CREATE DATABASE live").simple();
    await migrate(live.href, booksSchema, migrations.slice(0, -1));
    books.giveRest();
    await until(
      "they have read all",
      async () => (await stands()) === records.length,
      30_000,
      () => JSON.stringify(books.said),
    );
    await books.end();
    await booksOf(live.href, books.cluster).areRight();
    await owner.unsafe("DROP DATABASE live WITH (FORCE)").simple();
  });
});
