import { equal, match, ok } from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Sql } from "postgres";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { booksRole, booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { hasEndedWithin } from "../../src/postgres/managed/state.ts";
import { migrate, readMigrations } from "../../src/postgres/migrate.ts";
import { onConnection } from "../../src/postgres/on-connection.ts";
import { DatabaseTrouble } from "../../src/postgres/database-trouble.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { runBooks, type BooksReport } from "../../src/services/books.ts";
import { realClock } from "../../src/services/clock.ts";
import { Stop } from "../../src/services/stop.ts";
import { until } from "../acceptance/market-process.ts";
import { everything } from "./everything.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, makeMarketLog } from "./market-log.ts";
import { testPostgres, type TestPostgres } from "./test-postgres.ts";

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

const started: { end(): Promise<void> }[] = [];
// Also those of a test that failed: they would keep this process waiting for ever.
afterEach(async () => {
  for (const books of started.splice(0)) await books.end();
});

/** Books at work on half a log, and what they say; the other half comes when it is given. */
function startBooks(database: string = url) {
  const cluster = clusterOf(records.slice(0, half));
  const ended = new AbortController();
  const reports: BooksReport[] = [];
  let stopped: unknown = null;
  const parts = {
    log: openMemoryLog(cluster, "books"),
    store: openBooksStore(database),
    shard: 0,
    group: everything,
    clock: realClock,
    report: (report: BooksReport) => reports.push(report),
  };
  const running = runBooks(parts, ended.signal).catch((error: unknown) => (stopped = error));
  const offset = async (): Promise<number> => {
    const [place] = await owner`SELECT next_offset::int AS place FROM readers`.catch(() => []);
    return Number(place?.["place"] ?? -1);
  };
  const heard = (): string => JSON.stringify(reports.slice(-5));
  const end = async (): Promise<void> => {
    ended.abort();
    await running;
  };
  started.push({ end });
  const give = (from: number, to: number): void =>
    void cluster.partition(eventsTopic, 0).append(records.slice(from, to), 0);
  return {
    cluster,
    reports,
    end,
    stopped: () => stopped,
    hasRead: (end: number) =>
      until(`the books have read to ${end}`, async () => (await offset()) === end, 30_000, heard),
    give,
    giveRest: () => give(half, records.length),
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
      () => JSON.stringify(books.reports),
    );
    await books.end();
    await booksOf(live.href, books.cluster).areRight();
    await owner.unsafe("DROP DATABASE live WITH (FORCE)").simple();
  });
});

describe("what does not pass stops them, with the way on", () => {
  beforeEach(dropAll);

  const wrongs: readonly (readonly [what: string, change: (at: URL) => void, says: RegExp])[] = [
    [
      "a wrong password",
      (at) => (at.password = "wrong"),
      /does not let us in: password authentication failed.*correct the user and the password of DATABASE_URL/,
    ],
    [
      "a database that is not there",
      (at) => (at.pathname = "/nowhere"),
      /does not have the database: database "nowhere" does not exist.*create or restore it/,
    ],
  ];
  for (const [what, change, says] of wrongs)
    test(what, async () => {
      const at = new URL(url);
      change(at);
      await stopsSaying(startBooks(at.href), says);
    });

  test("a table that is gone although its migration is noted: half a restore", async () => {
    const books = startBooks();
    await books.hasRead(half);
    await owner.unsafe("DROP TABLE journals CASCADE").simple();
    books.giveRest();
    await stopsSaying(
      books,
      /lacks what.*journals.*restore the schema `sauda` whole, or DROP SCHEMA/,
    );
  });

  test("a schema that others made and no migration", async () => {
    await owner.unsafe(`CREATE SCHEMA ${booksSchema}; CREATE TABLE readers (reader int)`).simple();
    await stopsSaying(startBooks(), /the books' schema: .*"readers" already exists.*DROP SCHEMA/);
  });

  test("a newer schema restored under them", async () => {
    const books = startBooks();
    await books.hasRead(half);
    await owner.unsafe("INSERT INTO migrations (number, name, digest) VALUES (99, 'n', 'd')");
    await owner.unsafe("ALTER TABLE readers RENAME COLUMN chain TO links");
    books.giveRest();
    await stopsSaying(books, /has migration 99, this program knows \d+: use the newer program/);
  });

  test("rows of a market that are refused", async () => {
    const books = startBooks();
    await books.hasRead(half);
    await owner`ALTER TABLE journals ADD CHECK (seq < 0) NOT VALID`;
    books.giveRest();
    await stopsSaying(books, /refused what stands before offset \d+ of the log.*books rebuild/);
  });
});

async function stopsSaying(books: ReturnType<typeof startBooks>, says: RegExp): Promise<void> {
  const heard = (): string => JSON.stringify(books.reports);
  await until("the books stop", () => books.stopped() !== null, 30_000, heard);
  const stopped = books.stopped();
  ok(stopped instanceof Stop, String(stopped));
  match(stopped.message, says);
}

describe("what passes is waited for as long as it lasts, and said", () => {
  beforeEach(dropAll);

  /** Longer than three tries of what does not pass. */
  const tries = 5;
  const cutBooks =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sauda' " +
    "AND pid <> pg_backend_pid()";
  /** Not the owner of the server: limits hold for it. */
  const keeper = (): string => {
    const at = new URL(url);
    at.username = "keeper";
    at.password = "keeper";
    return at.href;
  };
  before(() =>
    owner
      .unsafe(
        "CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper'; " +
          "GRANT CREATE ON DATABASE postgres TO keeper",
      )
      .simple(),
  );

  const passing: readonly (readonly [what: string, begin: string, end: string, says: RegExp])[] = [
    [
      "a full disk",
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION 'could not extend file: No space left on device'
           USING ERRCODE = 'disk_full'; END $$;
       CREATE TRIGGER full_disk BEFORE INSERT ON journals EXECUTE FUNCTION full_disk()`,
      "DROP FUNCTION full_disk CASCADE",
      /has no space left.*free some space on its disk/,
    ],
    [
      "a server that takes no writes, as after a failover",
      `ALTER DATABASE postgres SET default_transaction_read_only = on; ${cutBooks}`,
      "SET default_transaction_read_only = off; " +
        "ALTER DATABASE postgres RESET default_transaction_read_only",
      /takes no writes.*point DATABASE_URL at the server that takes them/,
    ],
    [
      "no connection left",
      `ALTER ROLE keeper CONNECTION LIMIT 0; ${cutBooks}`,
      "ALTER ROLE keeper CONNECTION LIMIT -1",
      /has too many connections/,
    ],
  ];
  for (const [what, begin, end, says] of passing)
    test(what, async () => {
      const books = startBooks(keeper());
      await books.hasRead(half);
      await owner.unsafe(begin).simple();
      books.giveRest();
      const restarts = (): number => books.reports.filter(({ type }) => type === "restart").length;
      const heard = (): string => JSON.stringify(books.reports);
      await until("they try again and again", () => restarts() >= tries, 60_000, heard);
      equal(books.stopped(), null);
      match(heard(), says);
      await owner.unsafe(end).simple();
      await books.hasRead(records.length);
      await books.end();
      await booksOf(url, books.cluster).areRight();
    });

  test("a server that is killed and stays away for a while", async (context) => {
    const own = await testPostgres();
    context.after(() => own.stop());
    const { url: at, pid, dataDir } = own.postgres();
    const books = startBooks(at);
    await until("they are at work", () => books.reports.some(({ type }) => type === "keeping"));
    process.kill(pid, "SIGKILL");
    ok(await hasEndedWithin(pid, dataDir, 10_000));
    // One by one: what serves them may live on for a moment.
    let given = half;
    const isTrying = (): boolean => {
      books.give(given, (given += 1));
      return books.reports.filter(({ type }) => type === "restart").length >= tries;
    };
    const heard = (): string => JSON.stringify(books.reports);
    await until("they try again and again", isTrying, 60_000, heard);
    equal(books.stopped(), null);
    match(
      JSON.stringify(books.reports),
      /is away: .*ECONNREFUSED.*start it, or correct DATABASE_URL/,
    );
    await books.end();
  });
});

describe("every error of the database is judged", () => {
  const passes =
    "08000 08006 25006 25P03 40001 40P01 53000 53100 53200 53300 55P03 55006 57014 57P01 " +
    "57P02 57P03";
  const stays =
    "08P01 0A000 22001 22023 23505 23514 25001 26000 28000 28P01 2F002 3D000 3F000 42501 " +
    "42601 42703 42P01 42P05 53400 54000 58030 P0001 XX000 XX001";
  for (const [mayPass, states] of [
    [true, passes],
    [false, stays],
  ] as const)
    test(`${mayPass ? "may pass" : "stays"}: ${states}`, async () => {
      for (const state of states.split(" ")) {
        const text = `DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '${state}'; END $$`;
        const asked = onConnection({ url, schema: "public", role: null }, (sql) =>
          sql.unsafe(text),
        );
        const trouble: unknown = await asked.catch((error: unknown) => error);
        ok(trouble instanceof DatabaseTrouble, `${state}: ${String(trouble)}`);
        equal(trouble.mayPass, mayPass, state);
        match(
          trouble.message,
          new RegExp(
            `PostgreSQL at 127\\.0\\.0\\.1:\\d+/postgres .*said \\(SQLSTATE ${state}\\); .{10}`,
          ),
        );
      }
    });
});
