import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Rows } from "./route-checks.ts";
import { startSettledMarket, type SettledMarket } from "./settled-market.ts";

let market: SettledMarket;

before(async () => {
  market = await startSettledMarket("instant");
});

after(() => market.close());

const rows = async (path: string, name: string): Promise<Rows> =>
  (await market.get("operations", path))[name] as Rows;

test("operations without a member sees everybody's orders, newest first, and a member only its own", async () => {
  await market.order("HDFC", "BUY", { symbol: "ONGC", quantity: 1, price_paise: 20_000 });
  await market.order("SELLER", "SELL", { symbol: "WIPRO", quantity: 1, price_paise: 30_000 });
  const all = await rows("/v1/orders", "orders");
  deepEqual(
    all.slice(0, 2).map(({ participant, symbol }) => [participant, symbol]),
    [
      ["SELLER", "WIPRO"],
      ["HDFC", "ONGC"],
    ],
  );
  const seqs = all.map(({ place }) => Number(place["seq"]));
  deepEqual(
    seqs,
    seqs.toSorted((one, other) => other - one),
  );
  ok(new Set(all.map(({ participant }) => participant)).size >= 2);
  const open = await rows("/v1/orders?status=open", "orders");
  ok(open.length > 0 && open.length < all.length && open.every(({ leaves_qty }) => leaves_qty > 0));
  const { orders } = await market.get("HDFC", "/v1/orders");
  ok((orders as Rows).every(({ participant }) => participant === "HDFC"));
});

test("everybody's orders come page by page, each once", async () => {
  const all = await rows("/v1/orders", "orders");
  const paged: unknown[] = [];
  for (let after = ""; ;) {
    const page = await market.get("operations", `/v1/orders?limit=2${after}`);
    paged.push(...(page["orders"] as Rows).map(({ order_id }) => order_id));
    if (page["next"] === null) break;
    after = `&after=${page["next"]}`;
  }
  deepEqual(
    paged,
    all.map(({ order_id }) => order_id),
  );
});

test("an id finds what is meant by it, ours or a sender's, and says so where several are", async () => {
  for (const who of ["HDFC", "SELLER"] as const)
    await market.order(who, "BUY", {
      client_order_id: who === "HDFC" ? "mine" : "both",
      symbol: "ITC",
      quantity: 1,
      price_paise: 20_000,
    });
  await market.order("HDFC", "BUY", {
    client_order_id: "both",
    symbol: "ITC",
    quantity: 1,
    price_paise: 20_000,
  });
  const [mine] = await rows("/v1/orders?id=mine", "orders");
  deepEqual([mine?.["client_order_id"], mine?.["participant"]], ["mine", "HDFC"]);
  equal((await rows(`/v1/orders?id=${mine?.["order_id"]}`, "orders")).length, 1);
  equal((await rows("/v1/orders?id=both", "orders")).length, 2);
  equal((await rows("/v1/orders?id=nobodys", "orders")).length, 0);
  const several = await market.call("operations", "GET", "/v1/orders/both/journey");
  deepEqual([several.status, several.body["code"]], [409, "SEVERAL_ORDERS"]);
  equal((await market.get("operations", "/v1/orders/mine"))["participant"], "HDFC");
  const { orders } = await market.get("HDFC", "/v1/orders?id=both");
  deepEqual(
    (orders as Rows).map(({ participant }) => participant),
    ["HDFC"],
  );
  equal((await market.get("SELLER", "/v1/orders?id=mine"))["orders"].length, 0);
});

test("since_ms leaves out what came before", async () => {
  await market.moveTo(Date.parse("2026-06-01T11:00:00+05:30"));
  const sinceMs = Date.parse("2026-06-01T10:59:00+05:30");
  await market.order("HDFC", "BUY", { symbol: "LT", quantity: 1, price_paise: 360_000 });
  await market.order("SELLER", "SELL", { symbol: "LT", quantity: 1, price_paise: 360_000 });
  await market.write("Counter_party", "no answer");
  await market.until("operations", "/v1/dead-letters", (body) => body["dead_letters"].length === 2);
  for (const [path, name, count] of [
    ["/v1/orders", "orders", 2],
    ["/v1/trades", "trades", 1],
    ["/v1/dead-letters", "dead_letters", 1],
  ] as const) {
    equal((await rows(`${path}?since_ms=${sinceMs}`, name)).length, count, path);
    ok((await rows(path, name)).length > count, path);
  }
  const letters = await rows(
    "/v1/dead-letters?topic=Counter_party&reason=NOT_JSON",
    "dead_letters",
  );
  ok(letters.length > 0 && letters.every(({ reason }) => reason === "NOT_JSON"));
  equal((await rows("/v1/dead-letters?topic=buy-orders", "dead_letters")).length, 0);
});

test("accounts of all members sum to zero with their openings, and a member has its own", async () => {
  const all = await rows("/v1/accounts?openings=true", "accounts");
  const sums = new Map<string, bigint>();
  for (const { asset, free, blocked } of all)
    sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(free) + BigInt(blocked));
  ok(sums.size > 1 && [...sums.values()].every((sum) => sum === 0n));
  const { accounts } = await market.get("HDFC", "/v1/accounts?openings=true");
  deepEqual(
    new Set((accounts as Rows).map(({ account }) => account)),
    new Set(["HDFC", "opening:HDFC"]),
  );
});

test("a step tells a member what is about it, and operations all", async () => {
  const { place } = await market.get("HDFC", `/v1/orders/${market.filledId}`);
  const [{ trade_ids: [tradeId = ""] = [] } = {}] = await rows(
    `/v1/orders?id=${market.filledId}`,
    "orders",
  );
  const path = `/v1/steps/${place.shard}/${place.log_offset}/${place.seq}`;
  const typesOf = async (who: "HDFC" | "COUNTERPARTY" | "operations"): Promise<string[]> =>
    ((await market.get(who, path))["events"] as Rows).map(({ type }) => type);
  const all = await typesOf("operations");
  ok(all.includes("OrderAccepted") && all.includes("JournalPosted"));
  ok((await typesOf("HDFC")).includes("OrderAccepted"));
  ok(!(await typesOf("COUNTERPARTY")).includes("OrderAccepted"));
  match(String(tradeId), /^T-/);
  const beyond = `/v1/steps/${place.shard}/999999/999999`;
  equal((await market.call("operations", "GET", beyond)).body["code"], "STEP_NOT_FOUND");
});

test("a repeat says where the first answer stands", async () => {
  const asked = {
    client_order_id: "again",
    symbol: "SBIN",
    side: "BUY",
    quantity: 1,
    price_paise: 90_000,
  };
  const first = await market.call("HDFC", "POST", "/v1/orders", asked);
  equal(first.body["first"], null);
  const again = await market.call("HDFC", "POST", "/v1/orders", asked);
  equal(again.body["outcome"], "repeated");
  deepEqual(again.body["first"], first.body["place"]);
  const id = { client_order_id: "again-cancel" };
  const canceled = await market.call("HDFC", "DELETE", "/v1/orders/again", id);
  const repeated = await market.call("HDFC", "DELETE", "/v1/orders/again", id);
  deepEqual(repeated.body["first"], canceled.body["place"]);
  const cancelAll = { client_order_id: "all-of-them", symbol: "MARUTI" };
  const done = await market.call("HDFC", "POST", "/v1/orders/cancel-all", cancelAll);
  const doneAgain = await market.call("HDFC", "POST", "/v1/orders/cancel-all", cancelAll);
  deepEqual(doneAgain.body["first"], done.body["place"]);
});

test("records of a topic come from an offset on, and the next one is waited for", async () => {
  const path = "/v1/topics/Counter_party/records";
  const now = await market.get("operations", path);
  deepEqual(now["records"], []);
  const next = Number(now["next_offset"]);
  const waiting = market.get("operations", `${path}?offset=${next}&wait_ms=5000`);
  await market.write("Counter_party", "a record");
  const { records, next_offset } = await waiting;
  deepEqual(
    (records as Rows).map(({ offset, value_base64 }) => [
      offset,
      Buffer.from(value_base64, "base64").toString(),
    ]),
    [[next, "a record"]],
  );
  equal(next_offset, next + 1);
  const one = await market.get("operations", `${path}?offset=0&limit=1`);
  deepEqual([(one["records"] as Rows).length, one["next_offset"]], [1, 1]);
  for (const [query, code] of [
    [`/v1/topics/nobodys/records`, "TOPIC_NOT_FOUND"],
    [`${path}?partition=7`, "TOPIC_NOT_FOUND"],
    [`${path}?offset=99999`, "OFFSET_GONE"],
  ] as const)
    equal((await market.call("operations", "GET", query)).body["code"], code, query);
});
