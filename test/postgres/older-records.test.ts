import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fillsMax } from "../../src/domain/facts/limits.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { Random } from "../../src/memory/random.ts";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { rebuildBooks } from "../../src/postgres/rebuild.ts";
import { stopPostgres } from "../../src/postgres/managed/stop.ts";
import { verifyBooks } from "../../src/postgres/verify.ts";
import { readMarketId } from "../../src/services/books/books-life.ts";
import { keptRecords } from "../../src/services/records/market-records.ts";
import { until } from "../acceptance/market-process.ts";
import { buy, cancel, negotiate, sell } from "../given.ts";
import { settlementKinds, startGateway, type SettlementKind } from "../http/running-gateway.ts";
import { forEver, startOlder, type OlderMarket, type Row } from "./older-market.ts";
import { testPostgres, type TestPostgres } from "./test-postgres.ts";

let database: TestPostgres;
before(async () => {
  database = await testPostgres();
});
after(() => database.stop());

/** Orders that rest, are filled at once or later, canceled, refused and negotiated. */
function makeCommands(random: Random, count: number): Command[] {
  return Array.from({ length: count }, (_, number): Command => {
    const symbol = random.pick(["SBIN", "SBIN", "TCS"]);
    const over = { symbol, symbolAsSent: symbol, client: random.pick([null, null, "C1"]) };
    const quantity = random.between(1, 20);
    const price = 98_500 + 5 * random.between(-3, 3);
    const id = `own-${random.between(0, 9)}-${number}`;
    if (random.chance(0.1)) return cancel(`cancel-${number}`, `O-0-${random.between(0, number)}`);
    if (random.chance(0.05)) return negotiate(id, quantity, price, over);
    if (random.chance(0.05)) return buy(id, quantity, 98_501, over); // no tick
    return random.chance(0.5) ? buy(id, quantity, price, over) : sell(id, quantity, price, over);
  });
}

/** All pages of a list, one behind the other. */
async function walk(
  ask: (path: string) => Promise<{ status: number; body: Row }>,
  name: string,
  path: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  let next: string | null = null;
  for (let pages = 0; pages < 2000; pages += 1) {
    const after: string = next === null ? "" : `&after=${encodeURIComponent(next)}`;
    const { status, body } = await ask(`${path}${after}`);
    equal(status, 200, `${path}${after}: ${JSON.stringify(body)}`);
    rows.push(...body[name]);
    next = body["next"] as string | null;
    if (next === null) return rows;
  }
  throw new Error(`${path} never ends`);
}

/** What of a trade is the same wherever it is kept: how it ended is not known of an old one. */
function toldOf(kind: SettlementKind, name: string, row: Row): Row {
  if (name === "orders" || kind === "instant") return row;
  const { state: _1, status: _2, reason: _3, settled_quantity: _4, ...trade } = row;
  const { short_quantity: _5, settled_at: _6, ...told } = trade;
  return told;
}

for (const kind of settlementKinds)
  test(`${kind}: whatever a gateway keeps, its lists have every order and trade once, as one that keeps all tells them`, async () => {
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const kept = { endedOrders: random.between(0, 40), trades: random.between(0, 30) };
      const older = await startOlder(database.postgres().url, kept, kind);
      try {
        const commands = makeCommands(random, 200);
        await older.send(commands.slice(0, 120));
        const times = (await older.all("operations", "/v1/orders?limit=1000"))["orders"] as Row[];
        const middle = Date.parse(random.pick(times)["place"].at);
        await older.send(commands.slice(120));
        await older.keep();
        for (const [name, filter] of [
          ["orders", "status=all"],
          ["orders", "status=ended"],
          ["orders", "status=open"],
          ["orders", "symbol=TCS"],
          ["orders", `since_ms=${middle}`],
          ["orders", `since=${new Date(middle).toISOString()}&status=ended`],
          ["orders", `until_ms=${middle}`],
          ["trades", "limit=7"],
          ["trades", "symbol=TCS"],
          ["trades", `since_ms=${middle}`],
          ["trades", `until=${new Date(middle).toISOString()}`],
        ] as const)
          for (const who of ["HDFC", "SELLER", "operations"] as const) {
            const limit = filter.includes("limit") ? "" : `&limit=${random.pick([1, 3, 10, 100])}`;
            const path = `/v1/${name}?${filter}${limit}`;
            const all = await walk(
              async (each) => ({ status: 200, body: await older.all(who, each) }),
              name,
              `/v1/${name}?${filter.replace("limit=7", "limit=9")}`,
            );
            const paged = await walk((each) => older.get(who, each), name, path);
            const told = (rows: readonly Row[]): Row[] =>
              rows.map((row) => toldOf(kind, name, row));
            deepEqual(told(paged), told(all), `${who} ${path} ${JSON.stringify(kept)}`);
          }
      } finally {
        await older.close();
      }
    }
  });

describe("beyond what a gateway keeps", () => {
  let older: OlderMarket;
  let orders: Row[];
  let trades: Row[];

  before(async () => {
    older = await startOlder(database.postgres().url, { endedOrders: 2, trades: 2 });
    await older.send([
      sell("s", 100, 98_500),
      ...Array.from({ length: 9 }, (_, n) => buy(`b${n}`, 10, 98_500)),
    ]);
    await older.send([
      buy("canceled", 5, 98_000),
      cancel("c", "canceled"),
      negotiate("n", 5, 98_500),
    ]);
    await older.keep();
    orders = (await older.all("operations", "/v1/orders"))["orders"] as Row[];
    trades = (await older.all("operations", "/v1/trades"))["trades"] as Row[];
  });
  after(() => older.close());

  const first = (): string => orders.at(-2)?.["order_id"] as string;

  test("an order and its way, and a trade and its way, are told from the books", async () => {
    for (const each of orders) {
      const who = each["participant"] === "SELLER" ? "SELLER" : "HDFC";
      const { status, body } = await older.get(who, `/v1/orders/${each["order_id"]}`);
      deepEqual([status, body], [200, each]);
      const journey = await older.get(who, `/v1/orders/${each["order_id"]}/journey`);
      deepEqual(
        [journey.status, journey.body],
        [200, await older.all(who, `/v1/orders/${each["order_id"]}/journey`)],
      );
    }
    for (const { trade_id: id } of trades) {
      const { status, body } = await older.get("SELLER", `/v1/trades/${id}/journey`);
      deepEqual([status, body], [200, await older.all("SELLER", `/v1/trades/${id}/journey`)]);
    }
  });

  test("nobody reads another member's, by no id, page or cursor", async () => {
    const [theirs, never] = await Promise.all([
      older.get("SELLER", `/v1/orders/${first()}`),
      older.get("SELLER", "/v1/orders/O-0-3999"),
    ]);
    deepEqual([theirs.status, theirs.body["code"]], [404, "ORDER_NOT_FOUND"]);
    deepEqual(never.status, 404);
    const listed = await older.get("SELLER", `/v1/orders?id=${first()}`);
    deepEqual(listed.body["orders"], []);
    const paged = await older.get("SELLER", `/v1/orders?after=${first()}`);
    deepEqual([paged.status, paged.body["code"]], [400, "PAGE_GONE"]);
    const trade = trades.at(-1)?.["trade_id"] as string;
    const journey = await older.get("COUNTERPARTY", `/v1/trades/${trade}/journey`);
    deepEqual([journey.status, journey.body["code"]], [404, "TRADE_NOT_FOUND"]);
    const after = await older.get("COUNTERPARTY", `/v1/trades?after=${trade}`);
    deepEqual([after.status, after.body["code"]], [400, "PAGE_GONE"]);
  });

  test("an id with zeros before its numbers is nobody's, however old the order that it looks like", async () => {
    const padded = (id: string): string => id.replace(/-(?=\d+$)/, "-0");
    const order = orders.at(-1)?.["order_id"] as string;
    for (const id of [padded(order), padded(first()), order.replace("O-0-", "O-00-")]) {
      const { status, body } = await older.get("operations", `/v1/orders/${id}`);
      deepEqual([status, body["code"]], [404, "ORDER_NOT_FOUND"], id);
      const listed = await older.get("operations", `/v1/orders?id=${id}`);
      deepEqual(listed.body["orders"], [], id);
      const paged = await older.get("operations", `/v1/orders?after=${id}`);
      deepEqual([paged.status, paged.body["code"]], [400, "PAGE_GONE"], id);
    }
    const trade = padded(trades.at(-1)?.["trade_id"] as string);
    const paged = await older.get("operations", `/v1/trades?after=${trade}`);
    deepEqual([paged.status, paged.body["code"]], [400, "PAGE_GONE"], trade);
  });

  test("what is no moment, no cursor or SQL is refused by its field, and nothing else happens", async () => {
    for (const [query, field] of [
      ["since=yesterday", "since"],
      ["since=2026-13-45", "since"],
      ["since=2026-02-30", "since"],
      ["until=2026-06-01T10:00", "until"],
      ["since=%27%3B%20DROP%20TABLE%20orders%3B--", "since"],
      ["until_ms=-1", "until_ms"],
      ["until_ms=1e3", "until_ms"],
      ["until_ms=99999999999999999999", "until_ms"],
      ["after=O-0-1%27%20OR%201%3D1", "after"],
      ["after=O-0-99999999999999999999999", "after"],
      ["after=O-7-1", "after"],
      ["after=T-0--1-0-0", "after"],
    ] as const)
      for (const name of ["orders", "trades"]) {
        const { status, body } = await older.get("HDFC", `/v1/${name}?${query}`);
        deepEqual(
          [status, body["field"]],
          [400, field],
          `${name}?${query}: ${JSON.stringify(body)}`,
        );
      }
    for (const query of [
      "since=1970-01-01",
      "until=9999-12-31",
      "since=2026-06-01",
      "since_ms=0",
    ]) {
      const rows = await walk(
        (path) => older.get("HDFC", path),
        "orders",
        `/v1/orders?${query}&limit=3`,
      );
      equal(rows.length, orders.filter(({ participant }) => participant === "HDFC").length, query);
    }
    // Where an end is said as text and as a number, both hold.
    for (const query of [
      "until=1970-01-01",
      "since=2099-01-01",
      "until_ms=0",
      "since=2099-01-01&since_ms=5",
      "until=2099-01-01&until_ms=0",
    ]) {
      const { status, body } = await older.get("HDFC", `/v1/orders?${query}`);
      deepEqual([status, body["orders"]], [200, []], query);
    }
  });
});

const ninePairs: readonly Command[] = [
  sell("s", 90, 98_500),
  ...Array.from({ length: 9 }, (_, number) => buy(`b${number}`, 10, 98_500)),
];

test("an order that traded in parts is told from the books with all of its trades", async () => {
  const older = await startOlder(database.postgres().url, { endedOrders: 1, trades: 1 });
  try {
    const resting = Array.from({ length: fillsMax + 5 }, (_, n) => sell(`s${n}`, 1, 98_500));
    await older.send([...resting, buy("all", fillsMax + 5, 98_500)]);
    await older.send([sell("later", 2, 98_500), buy("last", 2, 98_500)]);
    await older.keep();
    const path = `/v1/orders/O-0-${resting.length}`;
    for (const asked of [path, `${path}/journey`, "/v1/orders?limit=4", "/v1/trades?limit=9"])
      deepEqual((await older.get("HDFC", asked)).body, await older.all("HDFC", asked), asked);
  } finally {
    await older.close();
  }
});

test("books that are behind are said to be, and what is newer is told until then", async () => {
  const older = await startOlder(database.postgres().url, { endedOrders: 2, trades: 2 });
  try {
    await older.send(ninePairs.slice(0, 3));
    await older.keep();
    await older.send(ninePairs.slice(3));
    for (const name of ["orders", "trades"]) {
      const first = await older.get("HDFC", `/v1/${name}?limit=5`);
      const newer = name === "orders" ? 1 : 2; // the other one is the seller's
      deepEqual([first.status, first.body[name].length], [200, newer], name);
      const path = `/v1/${name}?after=${first.body["next"]}`;
      const { status, body, headers } = await older.get("HDFC", path);
      deepEqual([status, body["code"]], [503, "BOOKS_BEHIND"], name);
      equal(headers.get("retry-after"), "1");
      match(String(body["detail"]), /npx sauda doctor/);
    }
    const one = await older.get("HDFC", "/v1/orders/O-0-1");
    deepEqual([one.status, one.body["code"]], [503, "BOOKS_BEHIND"]);
    const open = await older.get("HDFC", "/v1/orders?status=open");
    deepEqual([open.status, open.body["next"]], [200, null]);
    await older.keep();
    const rows = await walk((path) => older.get("HDFC", path), "orders", "/v1/orders?limit=2");
    equal(rows.length, 9);
  } finally {
    await older.close();
  }
});

test("without books a list says plainly at its end that more was let go of, and how to have books", async () => {
  const market = await startGateway({ kept: { ...keptRecords, endedOrders: 2, trades: 2 } });
  try {
    for (let each = 0; each < 4; each += 1) {
      const deal = { symbol: "SBIN", quantity: 1, price_paise: 98_500 };
      await market.call("SELLER", "POST", "/v1/orders", { ...deal, side: "SELL" });
      await market.call("HDFC", "POST", "/v1/orders", { ...deal, side: "BUY" });
    }
    for (const name of ["orders", "trades"]) {
      const { body } = await market.call("HDFC", "GET", `/v1/${name}`);
      equal(typeof body["next"], "string");
      const { status, body: problem } = await market.call(
        "HDFC",
        "GET",
        `/v1/${name}?after=${String(body["next"])}`,
      );
      deepEqual([status, problem["code"]], [410, "NO_LONGER_KEPT"]);
      match(String(problem["detail"]), /no books to ask: `npm start` keeps them .*DATABASE_URL/);
    }
  } finally {
    await market.close();
  }
});

test("a PostgreSQL that is stopped between two pages is said to be away, and the walk goes on when it is back", async () => {
  const older = await startOlder(database.postgres().url, { endedOrders: 2, trades: 2 });
  const { url } = database.postgres();
  try {
    await older.send(ninePairs);
    await older.keep();
    const first = await older.get("HDFC", "/v1/orders?limit=3");
    equal(first.body["orders"].length, 3);
    await stopPostgres(database.folder, 1000);
    const ask = () => older.get("HDFC", `/v1/orders?limit=3&after=${first.body["next"]}`);
    await until("it is away", async () => (await ask()).status === 503);
    const { status, body, headers } = await ask();
    deepEqual([status, body["code"]], [503, "BOOKS_AWAY"]);
    equal(headers.get("retry-after"), "1");
    const newest = await older.get("HDFC", "/v1/orders?limit=5");
    deepEqual([newest.status, newest.body["orders"].length], [200, 1]);
    await database.restart();
    equal(database.postgres().url, url);
    await until("it is back", async () => (await ask()).status === 200);
    deepEqual((await ask()).body["orders"].length, 3);
  } catch (error) {
    await database.restart().catch(() => {});
    throw error;
  } finally {
    await older.close();
  }
});

test("books of before there were orders are said to be made anew, and a rebuild brings every order back", async () => {
  const older = await startOlder(database.postgres().url, { endedOrders: 2, trades: 2 });
  const url = database.postgres().url;
  const sql = connectTo({ url, schema: booksSchema, role: null });
  try {
    await older.send(ninePairs);
    await older.keep();
    // As migration 005 leaves them.
    await sql`UPDATE readers SET charges = NULL`;
    await sql`TRUNCATE orders, order_ends`;
    const { status, body, headers } = await older.get("HDFC", "/v1/orders/O-0-1");
    deepEqual([status, body["code"]], [503, "BOOKS_NOT_WHOLE"]);
    equal(headers.get("retry-after"), null, "a person must make them anew first");
    match(String(body["detail"]), /npx sauda books rebuild --replace/);
    await rejects(older.keep(), /without orders or charges.*rebuild/);
    const { log } = older.market;
    const marketId = (await readMarketId({ log, shard: 0 }, forEver)) ?? "";
    const books = { url, log, marketId, shard: 0 };
    const { differing, replaced } = await rebuildBooks(books, true, forEver);
    deepEqual([differing.includes("orders"), replaced], [true, true]);
    deepEqual((await verifyBooks(books, forEver))?.problems, []);
    const rows = await walk((path) => older.get("HDFC", path), "orders", "/v1/orders?limit=4");
    equal(rows.length, 9);
  } finally {
    await disconnect(sql);
    await older.close();
  }
});
