import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { describe, test } from "node:test";
import type { Sql } from "postgres";
import { initialMarket, evolveStep } from "../../src/domain/market.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { emptyMarket } from "../../src/postgres/empty.ts";
import { Random } from "../../src/memory/random.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { runBooks, type BooksReport } from "../../src/services/books.ts";
import { newBooksRows } from "../../src/services/books/books-rows.ts";
import type { BooksStore } from "../../src/services/books/books-store.ts";
import { realClock } from "../../src/services/clock.ts";
import { until } from "../acceptance/market-process.ts";
import { everything } from "./everything.ts";
import { withEmptyBooks } from "./books-server.ts";
import { booksOf } from "./kept-books.ts";
import { claimOf, clusterOf, logEnd, makeMarketLog, marketId } from "./market-log.ts";
import { startProxy, type PostgresProxy, type WriteFault } from "./proxy.ts";
import type { TestPostgres } from "./test-postgres.ts";

const { records, steps } = makeMarketLog(1, 400);

let server: TestPostgres;
let url: string;
let sql: Sql;

withEmptyBooks((started) => {
  ({ server, url, sql } = started);
});

describe("what the books hold", () => {
  test("every balance of the market, to the paisa and the share", async () => {
    await booksOf(url, clusterOf(records, 3)).keep();
    const market = initialMarket();
    for (const [index, step] of steps.entries()) evolveStep(market, step, index + 1);
    const expected = [...market.accounts].flatMap(([account, assets]) =>
      [...assets].flatMap(([asset, balance]) =>
        Object.entries(balance)
          .filter(([, amount]) => amount !== 0)
          .map(([bucket, amount]) => `${account} ${asset} ${bucket} ${amount}`),
      ),
    );
    const found = await sql<{ line: string }[]>`
      SELECT concat_ws(' ', account, asset, bucket, amount) AS line
      FROM account_balances WHERE amount <> 0`;
    deepEqual(found.map(({ line }) => line).toSorted(), expected.toSorted());
    ok(expected.length > 50, `only ${expected.length} balances prove little`);
  });

  test("the same rows at any batch size, and the same numbers for the names", async () => {
    const dump = async (sliceMax: number): Promise<unknown> => {
      await emptyMarket(url, marketId);
      await booksOf(url, clusterOf(records, sliceMax)).keep();
      return Promise.all([
        sql`SELECT id, name, kind FROM accounts ORDER BY id`,
        sql`SELECT seq, index, number, account, asset, bucket, amount
          FROM postings ORDER BY 1, 2, 3`,
        sql`SELECT seq, index, trade_id, price_paise, buyer, seller FROM trades ORDER BY 1, 2`,
      ]);
    };
    const [one, seven, all] = [await dump(1), await dump(7), await dump(5000)];
    deepEqual(one, all);
    deepEqual(seven, all);
  });

  test("accounts by kind: members, clients, and what stands before the colon", async () => {
    await booksOf(url, clusterOf(records)).keep();
    const found =
      await sql`SELECT name, kind FROM accounts WHERE name LIKE '%HDFC%' ORDER BY name LIMIT 3`;
    deepEqual(
      found.map(({ name, kind }) => `${name} ${kind}`),
      ["HDFC member", "HDFC/C1 client", "HDFC/C2 client"],
    );
    const kinds = await sql`SELECT DISTINCT kind FROM accounts ORDER BY kind`;
    deepEqual(
      kinds.map(({ kind }) => kind),
      ["client", "member", "opening"],
    );
  });

  test("they go on where they stopped, wherever that was, void records and new writers too", async () => {
    const cluster = clusterOf(records, 3);
    for (let to = 1; to < logEnd(cluster); to += 7)
      await booksOf(url, cluster).keep(openBooksStore(url), to);
    await booksOf(url, cluster).keep();
    await booksOf(url, cluster).areRight();
  });
});

describe("R16: exactly once", () => {
  test("two books at once, neither knowing of the other: both go on, nothing twice", async () => {
    const cluster = clusterOf(records, 2);
    const end = logEnd(cluster);
    const reports: BooksReport[] = [];
    const ended = new AbortController();
    let opened = 0;
    const run = (name: string): Promise<void> =>
      runBooks(
        {
          log: openMemoryLog(cluster, name),
          store: watched(
            {
              // Neither writes before both have read the same place.
              open: async (market, shard) => {
                const books = await openBooksStore(url).open(market, shard);
                opened += 1;
                await until("both are open", () => opened >= 2);
                return books;
              },
            },
            { onWritten: (offset) => offset >= end && ended.abort() },
          ),
          shard: 0,
          group: everything,
          clock: realClock,
          report: (report) => reports.push(report),
        },
        ended.signal,
      );
    await Promise.all([run("one"), run("other")]);
    ok(
      reports.some(({ type }) => type === "overtaken"),
      "they were never in each other's way",
    );
    await booksOf(url, cluster).areRight();
  });

  test("a write counts only on the chain that its books have read, not on an offset alone", async () => {
    const cluster = clusterOf(records);
    await booksOf(url, cluster).keep(openBooksStore(url), 20);
    const books = await openBooksStore(url).open(marketId, 0);
    const { stored } = books;
    ok(stored !== null);
    await sql`UPDATE readers SET chain = ${"cd".repeat(32)}`; // as if rebuilt from another log
    const next = { ...stored, offset: stored.offset + 1 };
    equal(await books.write(next, newBooksRows()), false);
    await books.close();
    const [place] = await sql`SELECT next_offset::int AS offset FROM readers`;
    equal(place?.["offset"], 20);
  });

  for (const fault of ["request lost", "answer lost", "held"] as const)
    test(`at every write the ${fault === "held" ? "request is held and comes after its successor's" : `${fault}`}: nothing twice, nothing half`, async () => {
      const cluster = clusterOf(makeMarketLog(2, 240).records, 2);
      const proxy = await startProxy(url);
      try {
        const faults = await keepThrough(proxy, cluster, fault);
        ok(faults >= 10, `${faults} writes prove little`);
        await booksOf(url, cluster).areRight();
      } finally {
        proxy.close();
      }
    });

  test("an older database, restored, catches up to the same books", async () => {
    const cluster = clusterOf(records, 5);
    await booksOf(url, cluster).keep(openBooksStore(url), 40);
    await disconnect(sql);
    const copy = new URL(url);
    copy.pathname = "/restored";
    const admin = connectTo({
      url: server.postgres().url.replace(/postgres$/, "template1"),
      schema: "public",
      role: null,
    });
    await admin.unsafe("CREATE DATABASE restored TEMPLATE postgres");
    await disconnect(admin);
    await booksOf(url, cluster).keep();
    await booksOf(copy.href, cluster).keep();
    await booksOf(copy.href, cluster).areRight();
    const [now, restored] = [
      await booksOf(url, cluster).rebuild(),
      await booksOf(copy.href, cluster).rebuild(),
    ];
    deepEqual(restored.stored, now.stored);
    sql = connectTo({ url, schema: booksSchema, role: null });
  });
});

describe("books that do not fit the log stop, and say the way out", () => {
  const wayOut = /books rebuild/;

  test("the topic was made anew under its name", async () => {
    await booksOf(url, clusterOf(records)).keep();
    const cluster = openMemoryCluster(1);
    cluster.createTopic(eventsTopic, 1, {});
    cluster.partition(eventsTopic, 0).append(records, 0);
    await rejects(booksOf(url, cluster).keep(), (error: Error) => {
      equal(error.name, "Stop");
      return (
        /read from topic .*#7, sauda\.events is .*#/.test(error.message) &&
        wayOut.test(error.message)
      );
    });
  });

  test("the log is shorter than they have read", async () => {
    await booksOf(url, clusterOf(records)).keep();
    const shorter = clusterOf(records.slice(0, -3));
    await rejects(booksOf(url, shorter).keep(), (error: Error) => {
      equal(error.name, "Stop");
      return /the log ends at/.test(error.message) && wayOut.test(error.message);
    });
    const verified = await booksOf(url, shorter).verify();
    ok(verified?.problems.some((problem) => /the log ends at/.test(problem)));
  });

  test("another log of the same market, as long and longer: the chain does not come out", async () => {
    await booksOf(url, clusterOf(records)).keep();
    const other = clusterOf(makeMarketLog(3, 700).records);
    ok(logEnd(other) > records.length);
    await rejects(booksOf(url, other).keep(), (error: Error) => {
      equal(error.name, "Stop");
      return /the chain after offset/.test(error.message) && wayOut.test(error.message);
    });
    const { stored, replaced } = await booksOf(url, other).rebuild(true);
    ok(stored !== null && replaced);
    await booksOf(url, other).keep();
    await booksOf(url, other).areRight();
  });

  test("R21: what had counted for nothing was lost, and other records count in its place", async () => {
    const claimed = records.slice(0, 1);
    const stray = { key: null, value: Buffer.from("a stranger's") };
    await booksOf(url, clusterOf([...claimed, stray])).keep();
    // The last record that counted stands, and its chain comes out.
    const next = { key: logKey, value: claimOf(2, new Random(2)) };
    const other = clusterOf([...claimed, next]);
    await rejects(booksOf(url, other).keep(), (error: Error) => {
      equal(error.name, "Stop");
      match(error.message, /offset 1 of the log counts/);
      return wayOut.test(error.message);
    });
  });

  test("rows are there that the place in the log does not know of", async () => {
    await booksOf(url, clusterOf(records)).keep(openBooksStore(url), 20);
    const seq = steps.length - 5;
    const index = steps[seq - 1]?.events.findIndex(({ type }) => type === "JournalPosted") ?? -1;
    ok(index >= 0, "the step has a journal");
    await sql`INSERT INTO journals
      SELECT ${seq}, at_ms, reader, ${index}, kind, journal_id, reference
      FROM journals WHERE seq = 1 LIMIT 1`;
    const before = await booksOf(url, clusterOf(records)).verify();
    ok(before?.problems.some((problem) => /a row of journals is of step/.test(problem)));
    await rejects(booksOf(url, clusterOf(records)).keep(), (error: Error) => {
      equal(error.name, "Stop");
      return (
        /a row of journals is of step \d+, the books have read/.test(error.message) &&
        wayOut.test(error.message)
      );
    });
  });
});

/** The store, with a word before each write and after it. */
function watched(
  store: BooksStore,
  on: { readonly onWrite?: () => void; readonly onWritten?: (offset: number) => void },
): BooksStore {
  return {
    open: async (market, shard) => {
      const books = await store.open(market, shard);
      return {
        ...books,
        write: async (next, rows) => {
          on.onWrite?.();
          const isWritten = await books.write(next, rows);
          if (isWritten) on.onWritten?.(next.offset);
          return isWritten;
        },
      };
    },
  };
}

/**
 * Keeps the books to the log's end through the proxy, life after life; the second write of each
 * life meets the fault (the first one also asks the database what the statement means). Returns how
 * many did.
 */
async function keepThrough(
  proxy: PostgresProxy,
  cluster: ReturnType<typeof clusterOf>,
  fault: WriteFault,
): Promise<number> {
  const end = logEnd(cluster);
  let faults = 0;
  for (let isDone = false; !isDone;) {
    let writes = 0;
    const arm = (): void => {
      writes += 1;
      if (writes !== 2) return;
      faults += 1;
      proxy.arm(fault);
    };
    const store = watched(openBooksStore(proxy.url), { onWrite: arm });
    const failed = await booksOf(url, cluster)
      .keep(store)
      .then(
        () => null,
        (error: Error) => error,
      );
    if (failed !== null && failed.name === "Stop") throw failed;
    const isHeld = fault === "held" && failed !== null;
    // Every other time its successor has written on before it comes.
    if (isHeld && faults % 2 === 0) {
      const [place] = await sql`SELECT next_offset FROM readers`;
      const next = Math.min(Number(place?.["next_offset"]) + 3, end);
      await booksOf(url, cluster).keep(openBooksStore(url), next);
    }
    if (isHeld) await proxy.deliver();
    const [place] = await sql`SELECT next_offset FROM readers`;
    isDone = Number(place?.["next_offset"]) >= end;
  }
  return faults;
}
