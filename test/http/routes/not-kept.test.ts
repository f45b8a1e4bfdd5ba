import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { keptRecords } from "../../../src/services/records/market-records.ts";
import { kiteCall } from "../kite/kite-call.ts";
import { restingOrder, startGateway, type RunningGateway } from "../running-gateway.ts";

const kept = {
  ...keptRecords,
  endedOrders: 3,
  trades: 3,
  deadLetters: { letters: 1, characters: 1e6 },
};
let market: RunningGateway;
let resting = "";
const ended: string[] = [];
const trades: string[] = [];

async function place(who: "HDFC" | "SELLER", over: object): Promise<Record<string, any>> {
  const { body } = await market.call(who, "POST", "/v1/orders", restingOrder(over));
  return body["order"] as Record<string, any>;
}

before(async () => {
  market = await startGateway({ kept });
  resting = (await place("HDFC", { client_order_id: "rests" }))["order_id"];
  for (let each = 0; each < 6; each += 1) {
    const deal = { symbol: "TCS", price_paise: 300_000 };
    ended.push((await place("SELLER", { ...deal, side: "SELL" }))["order_id"]);
    const bought = await place("HDFC", { ...deal, client_order_id: `buys-${each}` });
    trades.push(bought["trade_ids"][0]);
  }
});

after(() => market.close());

async function asked(who: "HDFC" | "SELLER" | "operations", path: string) {
  const { status, body } = await market.call(who, "GET", path);
  return { status, code: body["code"], detail: String(body["detail"]) };
}

test("an order or trade that a gateway has let go of is said to be older, not to be unknown", async () => {
  const [old = "", oldTrade = ""] = [ended[0], trades[0]];
  for (const [who, path] of [
    ["SELLER", `/v1/orders/${old}`],
    ["operations", `/v1/orders/${old}`],
    ["SELLER", `/v1/orders/${old}/journey`],
    ["SELLER", `/v1/trades/${oldTrade}/journey`],
  ] as const) {
    const { status, code, detail } = await asked(who, path);
    deepEqual([status, code], [410, "NO_LONGER_KEPT"], path);
    match(detail, /older than what is kept: this gateway keeps .*the newest 3.*--kafka/);
  }
  // Whose it was is told to nobody.
  deepEqual((await asked("HDFC", `/v1/orders/${old}`)).status, 410);
  const kite = await kiteCall(market, "SELLER", "GET", `/orders/${old}`);
  deepEqual([kite.status, /older than what is kept/.test(JSON.stringify(kite.body))], [404, true]);
});

test("what lives is found however old, what never was is unknown, and an own id says what is kept", async () => {
  equal((await asked("HDFC", `/v1/orders/${resting}`)).status, 200);
  equal((await asked("HDFC", "/v1/orders/rests")).status, 200);
  equal((await asked("SELLER", `/v1/orders/${ended.at(-1)}`)).status, 200);
  const future = await asked("SELLER", "/v1/orders/O-0-999999");
  deepEqual([future.status, future.code], [404, "ORDER_NOT_FOUND"]);
  const padded = await asked("SELLER", `/v1/orders/${ended[0]?.replace("O-0-", "O-0-0")}`);
  deepEqual([padded.status, padded.code], [404, "ORDER_NOT_FOUND"]);
  const own = await asked("HDFC", "/v1/orders/buys-0");
  deepEqual([own.status, own.code], [404, "ORDER_NOT_FOUND"]);
  match(own.detail, /HDFC has no such order; this gateway keeps what lives and the newest 3/);
});
