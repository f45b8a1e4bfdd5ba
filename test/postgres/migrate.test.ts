import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import type { Sql } from "postgres";
import { booksRole, booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { emptyMarket } from "../../src/postgres/empty.ts";
import { migrate, readMigrations, type Migration } from "../../src/postgres/migrate.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, makeMarketLog, marketId } from "./market-log.ts";
import { tamper } from "./tamper.ts";
import { testPostgres, type TestPostgres } from "./test-postgres.ts";

let server: TestPostgres;
let url: string;
let owner: Sql;
let migrations: readonly Migration[];

before(async () => {
  server = await testPostgres();
  url = server.postgres().url;
  owner = connectTo({ url, schema: booksSchema, role: null });
  migrations = await readMigrations();
});
after(async () => {
  await disconnect(owner);
  await server.stop();
});

/** In an order in which they can be filled; balances come from the postings. */
const olderTables = [
  "readers",
  "words",
  "assets",
  "accounts",
  "journals",
  "postings",
  "trades",
  "settlements",
];

const dropSchema = (): Promise<unknown> =>
  owner.unsafe(`DROP SCHEMA IF EXISTS ${booksSchema} CASCADE`);

describe("migrations", () => {
  beforeEach(dropSchema);

  test("from empty, and once more does nothing", async () => {
    await migrate(url, booksSchema, migrations);
    await migrate(url, booksSchema, migrations);
    const applied = await owner`SELECT number FROM migrations ORDER BY number`;
    deepEqual(
      applied.map(({ number }) => number as number),
      migrations.map(({ number }) => number),
    );
  });

  test("from the version before, rows and all", async () => {
    await migrate(url, booksSchema, migrations.slice(0, -1));
    await owner
      .unsafe(`
      INSERT INTO readers (market, shard, topic_id, next_offset, epoch, seq, chain)
        VALUES ('m', 0, 't', 1, 1, 1, 'c');
      INSERT INTO words SELECT reader, 1, 'free' FROM readers;
      INSERT INTO assets SELECT reader, 1, 'INR' FROM readers;
      INSERT INTO accounts SELECT reader, id, 'A' || id FROM readers, generate_series(1, 2) AS id;
      INSERT INTO journals SELECT 1, 1, reader, 0, 1, 'J', 'R' FROM readers;
      INSERT INTO postings SELECT 1, 100 * side, reader, 0, 1 + (side + 1) / 2, 1, 1, (side + 1) / 2
        FROM readers, unnest(ARRAY[-1, 1]) AS side;
    `)
      .simple();
    await migrate(url, booksSchema, migrations);
    const lines = await owner`SELECT account, amount FROM ledger ORDER BY number`;
    deepEqual(
      lines.map(({ account, amount }) => `${account} ${amount}`),
      ["A1 -100", "A2 100"],
    );
    const cluster = clusterOf(makeMarketLog(1, 50).records);
    await booksOf(url, cluster).keep();
    await booksOf(url, cluster).areRight();
  });

  test("PostgreSQL keeps statistics of those columns alone that rows are looked for by", async () => {
    await booksOf(url, clusterOf(makeMarketLog(1, 300).records, 7)).keep();
    const found: Record<string, string> = {};
    for (const table of ["journals", "postings", "trades", "settlements", "orders", "order_ends"]) {
      await owner.unsafe(`ANALYZE ${table}`);
      const columns = await owner<{ attname: string }[]>`
        SELECT attname FROM pg_stats WHERE schemaname = ${booksSchema} AND tablename = ${table}
        ORDER BY attname`;
      found[table] = columns.map(({ attname }) => attname).join(" ");
    }
    deepEqual(found, {
      journals: "index kind reader seq",
      postings: "account asset bucket index reader seq",
      trades: [
        "at_ms buy_member buyer command_offset index reader",
        "resting_order sell_member seller seq symbol",
      ].join(" "),
      settlements: "index reader seq",
      orders: "at_ms command_offset participant reader seq",
      order_ends: "order_offset reader seq",
    });
  });

  test("books that an older program kept stop, and a rebuild makes them those of this one", async () => {
    const cluster = clusterOf(makeMarketLog(1, 300).records, 7);
    await booksOf(url, cluster).keep(openBooksStore(url), 60);
    // Of the rows of then: orders and their ends there were none.
    await owner.unsafe(`ALTER SCHEMA ${booksSchema} RENAME TO newer`);
    await migrate(url, booksSchema, migrations.slice(0, 3));
    for (const table of olderTables) {
      const columns = await owner<{ name: string }[]>`
        SELECT column_name AS name FROM information_schema.columns
        WHERE table_schema = ${booksSchema} AND table_name = ${table} AND is_generated = 'NEVER'`;
      const names = columns.map(({ name }) => name).join(", ");
      await owner.unsafe(`
        INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE
        SELECT ${names} FROM newer.${table}`);
    }
    await owner.unsafe("DROP SCHEMA newer CASCADE");
    await rejects(booksOf(url, cluster).keep(), /without orders or charges.*rebuild/);
    equal((await booksOf(url, cluster).rebuild(true)).replaced, true);
    await booksOf(url, cluster).keep();
    await booksOf(url, cluster).areRight();
  });

  test("two at once harm nothing, and ten neither", async () => {
    await Promise.all(Array.from({ length: 10 }, () => migrate(url, booksSchema, migrations)));
    const [found] = await owner`SELECT count(*)::int AS count FROM migrations`;
    equal(found?.["count"], migrations.length);
  });

  test("one that fails leaves nothing of itself", async () => {
    const broken = {
      number: migrations.length + 1,
      name: "x.sql",
      text: "CREATE TABLE half (); SELECT 1 / 0;",
    };
    await rejects(migrate(url, booksSchema, [...migrations, broken]), /division by zero/);
    await migrate(url, booksSchema, migrations);
    const [found] = await owner`SELECT to_regclass('half') AS half`;
    equal(found?.["half"], null);
  });

  test("a schema of a newer program, and a migration that was changed, are left alone and named", async () => {
    await migrate(url, booksSchema, migrations);
    await rejects(migrate(url, booksSchema, migrations.slice(0, -1)), {
      name: "Stop",
      message: /has migration \d+, this program knows \d+: use the newer program/,
    });
    const changed = migrations.map((one) => ({ ...one, text: `${one.text}--` }));
    await rejects(migrate(url, booksSchema, changed), {
      name: "Stop",
      message: /001-journals\.sql is not the one/,
    });
  });

  test("a user that may not make the books' role is told what an owner must do", async () => {
    await owner
      .unsafe(
        "CREATE ROLE guest LOGIN PASSWORD 'guest'; REVOKE CREATE ON DATABASE postgres FROM PUBLIC",
      )
      .simple();
    const guest = new URL(url);
    guest.username = "guest";
    guest.password = "guest";
    await rejects(migrate(guest.href, booksSchema, migrations), {
      name: "Stop",
      message: new RegExp(`may not make the books.*GRANT ${booksRole} TO`),
    });
    await owner.unsafe("DROP ROLE guest");
  });
});

describe("what the database itself enforces", () => {
  let books: Sql;
  let reader: number;

  before(async () => {
    await dropSchema();
    await migrate(url, booksSchema, migrations);
    books = connectTo({ url, schema: booksSchema, role: booksRole });
  });
  after(() => disconnect(books));
  beforeEach(async () => {
    await emptyMarket(url, marketId);
    await booksOf(url, clusterOf(makeMarketLog(1, 50).records)).keep();
    const [found] = await books`SELECT reader FROM readers`;
    reader = Number(found?.["reader"]);
  });

  for (const table of ["journals", "postings", "trades", "settlements"])
    for (const text of [`UPDATE ${table} SET seq = 0`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
      test(`the books may not ${text}`, async () => {
        await rejects(books.unsafe(text), { code: "42501" });
      });

  for (const text of [
    "UPDATE balances SET amount = 0",
    "INSERT INTO balances VALUES (1, 1, 1, 1, 1)",
    "DELETE FROM readers",
    "UPDATE accounts SET name = 'X'",
    "DELETE FROM migrations",
    "ALTER TABLE postings DISABLE TRIGGER ALL",
    "DROP TABLE postings",
  ])
    test(`the books may not ${text}`, async () => {
      await rejects(books.unsafe(text), { code: "42501" });
    });

  test("nor may the owner change what was written", async () => {
    await rejects(owner`UPDATE postings SET amount = 0`, /postings is append-only/);
    await rejects(owner`UPDATE journals SET kind = 1`, /journals is append-only/);
  });

  const add = (postings: readonly (readonly [account: number, asset: number, amount: number])[]) =>
    books.unsafe(
      `INSERT INTO postings (seq, amount, reader, index, account, asset, bucket, number)
       SELECT 900, p.amount, $1::int, 0, p.account, p.asset,
         (SELECT id FROM words w WHERE w.reader = $1::int AND name = 'free'), p.number
       FROM jsonb_to_recordset($2::text::jsonb)
         AS p(account int, asset int, amount bigint, number smallint)`,
      [
        reader,
        JSON.stringify(
          postings.map(([account, asset, amount], number) => ({ account, asset, amount, number })),
        ),
      ],
    );

  test("a journal that does not sum to zero in each asset is refused, whole", async () => {
    await rejects(
      add([
        [1, 1, 100],
        [2, 1, -99],
      ]),
      { code: "23514", message: /sums to 1, not to zero/ },
    );
    await rejects(
      add([
        [1, 1, 100],
        [2, 2, -100],
      ]),
      { code: "23514" },
    );
    const [found] = await owner`SELECT count(*)::int AS count FROM postings WHERE seq = 900`;
    equal(found?.["count"], 0);
  });

  test("a journal comes in one statement or not at all", async () => {
    await rejects(
      books.begin(async (transaction) => {
        await transaction`INSERT INTO postings VALUES (901, 5, ${reader}, 0, 1, 1, 1, 0)`;
        await transaction`INSERT INTO postings VALUES (901, -5, ${reader}, 0, 2, 1, 1, 1)`;
      }),
      { code: "23514" },
    );
  });

  test("a posting needs an account, an asset and a bucket that are known", async () => {
    await rejects(
      add([
        [9999, 1, 5],
        [1, 1, -5],
      ]),
      { code: "23503" },
    );
    await rejects(
      add([
        [1, 9999, 5],
        [2, 9999, -5],
      ]),
      { code: "23503" },
    );
  });

  test("any balanced postings come in, and the balances stay their sums; any others do not", async () => {
    const posting = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: -3, max: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(posting, { minLength: 1, maxLength: 6 }), async (postings) => {
        const sums = new Map<number, number>();
        for (const [, asset, amount] of postings) sums.set(asset, (sums.get(asset) ?? 0) + amount);
        const isBalanced = [...sums.values()].every((sum) => sum === 0);
        const added = await add(postings).then(
          () => true,
          (error: { code: string }) => {
            equal(error.code, "23514");
            return false;
          },
        );
        equal(added, isBalanced);
        const wrong = await owner`
          SELECT 1 FROM balances b FULL JOIN (
            SELECT reader, account, asset, bucket::int, sum(amount) AS amount
              FROM postings GROUP BY 1, 2, 3, 4
          ) p USING (reader, account, asset, bucket) WHERE b.amount IS DISTINCT FROM p.amount`;
        equal(wrong.length, 0);
        await tamper(
          owner,
          `DELETE FROM postings WHERE seq = 900;
          UPDATE balances b SET amount = (SELECT coalesce(sum(amount), 0) FROM postings p
            WHERE (p.reader, p.account, p.asset, p.bucket::int)
              = (b.reader, b.account, b.asset, b.bucket));
          DELETE FROM balances b WHERE NOT EXISTS (SELECT 1 FROM postings p
            WHERE (p.reader, p.account, p.asset, p.bucket::int)
              = (b.reader, b.account, b.asset, b.bucket))`,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("another market's rows stay when one is emptied", async () => {
    await owner`INSERT INTO readers (market, shard, topic_id, next_offset, epoch, seq, chain)
      VALUES ('other', 0, 't', 1, 1, 1, 'c')`;
    equal(await emptyMarket(url, marketId), 1);
    const left = await owner`SELECT market FROM readers`;
    deepEqual(
      left.map(({ market }) => market as string),
      ["other"],
    );
    const [postings] = await owner`SELECT count(*)::int AS count FROM postings`;
    equal(postings?.["count"], 0);
    equal(await emptyMarket(url, "other"), 1);
    ok((await emptyMarket(url, "never made")) === 0);
  });
});
