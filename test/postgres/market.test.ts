import { deepEqual, equal, match, ok, strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Sql } from "postgres";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { hasEndedWithin } from "../../src/postgres/managed/state.ts";
import { answer, tradeOrder } from "../acceptance/flows.ts";
import {
  ephemeralMarket,
  groupLimitMs,
  sauda,
  startSauda,
  until,
  type TestMarket,
} from "../acceptance/market-process.ts";
import { openTopics } from "../acceptance/records.ts";

// The books as users meet them: beside a whole market, on a real Kafka and a real PostgreSQL.
let market: TestMarket;
let database: string;
let dataDir: string;
let serverPid: number;
let env: NodeJS.ProcessEnv;

async function ask<Row>(work: (sql: Sql) => PromiseLike<readonly Row[]>): Promise<readonly Row[]> {
  const sql = connectTo({ url: database, schema: booksSchema, role: null });
  try {
    return await work(sql);
  } finally {
    await disconnect(sql);
  }
}

/**
 * HDFC's balance of an asset, all buckets, less what it opened with; null while the books cannot
 * be asked.
 */
async function movedBy(asset: string): Promise<number | null> {
  try {
    const rows = await ask(
      (sql) => sql<{ moved: string }[]>`
        SELECT sum(amount) AS moved FROM ledger
        WHERE account = 'HDFC' AND asset = ${asset} AND kind <> 'OPENING'`,
    );
    return Number(rows[0]?.moved ?? 0);
  } catch {
    return null; // killed, or without tables just now
  }
}

let traded = 0;
let shares = 0;

/** A negotiated trade of so many shares more. In the books are then all so far, and none twice. */
async function tradeAndAwait(more: number): Promise<void> {
  const id = `books-${(traded += 1)}`;
  const topics = openTopics(market.bootstrap);
  shares += more;
  try {
    await topics.send("Trade_Order", tradeOrder(more, 985, { order_id: id }));
    await topics.send("Counter_party", answer("CONFIRM", { order_id: id }));
    const isBooked = async (): Promise<boolean> => (await movedBy("SBIN")) === shares;
    await until("the trade is in the books", isBooked, 60_000, () =>
      market.up.err.slice(-20).join("\n"),
    );
  } finally {
    await topics.close();
  }
}

async function findServer(): Promise<void> {
  const [found] = await ask(
    (sql) => sql<{ dir: string; pid: string }[]>`
      SELECT current_setting('data_directory') AS dir,
        split_part(pg_read_file('postmaster.pid'), chr(10), 1) AS pid`,
  );
  dataDir = found?.dir ?? "";
  serverPid = Number(found?.pid);
}

describe("the books beside a market on Kafka", { timeout: groupLimitMs }, () => {
  before(async () => {
    market = await ephemeralMarket([], true);
    database = market.database ?? "";
    env = { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap, DATABASE_URL: database };
    await market.up.line(/books keeping/, "err");
    await findServer();
  });
  after(() => market.stop());

  test("the ready line says where they are, and a trade is in them soon", async () => {
    match(database, /^postgres:\/\/sauda:[0-9a-f]+@127\.0\.0\.1:\d+\/postgres$/);
    await tradeAndAwait(100);
    strictEqual(await movedBy("INR"), -9_850_000);
  });

  test("other books on the same market stand by", async () => {
    const second = startSauda(["books"], { env });
    await second.line(/books standby shard=0/);
    second.signal("SIGTERM");
    equal((await second.ended()).code, 0);
    await tradeAndAwait(1);
  });

  test("killed books are started again and miss nothing", async () => {
    const pid = await market.pid("books");
    ok(pid !== null);
    process.kill(pid, "SIGKILL");
    await tradeAndAwait(2);
  });

  test("a killed PostgreSQL is started again on its port, and the books go on by themselves", async () => {
    const books = await market.pid("books");
    process.kill(serverPid, "SIGKILL");
    await market.up.line(/PostgreSQL is back/, "err");
    await tradeAndAwait(3);
    equal(await market.pid("books"), books);
    await findServer();
  });

  test("sauda books verify and rebuild say that all is right", async () => {
    const verified = await sauda(["books", "verify"], { env });
    deepEqual([verified.code, verified.err], [0, []]);
    match(verified.out.join(), /BOOKS +shard 0 +right/);
    const rebuilt = await sauda(["books", "rebuild", "--json"], { env });
    equal(rebuilt.code, 0);
    const facts = rebuilt.out.map(
      (line) => JSON.parse(line) as { type: string; differing?: string[] },
    );
    deepEqual(facts.at(-1)?.differing, []);
    equal(facts.filter(({ type }) => type === "digest").length, 7);
  });

  test("books that somebody changed: verify names the record, rebuild --replace puts it right while they work", async () => {
    await ask((sql) =>
      sql
        .unsafe(
          "SET session_replication_role = replica; " +
            "UPDATE postings SET amount = amount + 7 WHERE number = 0 AND seq = 1",
        )
        .simple(),
    );
    const found = await sauda(["books", "verify"], { env });
    equal(found.code, 1);
    match(found.out.join("\n"), /WRONG +journal of step 1, event \d+: \w+ sums to 7/);
    const differs = await sauda(["books", "rebuild"], { env });
    equal(differs.code, 1);
    match(differs.out.at(-1) ?? "", /differ in postings: --replace puts it right/);
    const replaced = await sauda(["books", "rebuild", "--replace"], { env });
    equal(replaced.code, 0, replaced.err.join("\n"));
    equal((await sauda(["books", "verify"], { env })).code, 0);
    await tradeAndAwait(4);
    equal((await sauda(["books", "verify"], { env })).code, 0);
  });

  test("doctor knows them", async () => {
    const { out } = await sauda(["doctor"], { env });
    match(out.join("\n"), /ok +PostgreSQL: postgres:\/\/sauda@127\.0\.0\.1:\d+\/postgres answers/);
    match(out.join("\n"), /(ok|warn) +books of shard 0: read to offset \d+ of \d+/);
  });

  test("a database that refuses ends a command with exit code 3, one that is away with 1, with the way on", async () => {
    const refusing = new URL(database);
    refusing.password = "wrong";
    const away = new URL(database);
    away.port = "1";
    for (const args of [
      ["books", "verify"],
      ["books", "rebuild"],
      ["report", "trial-balance"],
      ["reconcile"],
    ]) {
      const refused = await sauda(args, { env: { ...env, DATABASE_URL: refusing.href } });
      equal(refused.code, 3, refused.err.join("\n"));
      match(
        refused.err.join("\n"),
        /does not let us in: .*correct the user and the password of DATABASE_URL/,
      );
      const alone = await sauda(args, { env: { ...env, DATABASE_URL: away.href } });
      equal(alone.code, 1, alone.err.join("\n"));
      match(alone.err.join("\n"), /is away: .*ECONNREFUSED.*start it, or correct DATABASE_URL/);
      ok(
        ![...refused.err, ...alone.err].some((line) => /^ +at /.test(line)),
        "no stack for a person",
      );
    }
  });

  test("the end of the market leaves neither the server nor its data", async () => {
    market.up.signal("SIGTERM");
    await market.up.ended();
    ok(await hasEndedWithin(serverPid, dataDir, 1000));
    ok(!existsSync(dirname(dataDir)));
  });
});
