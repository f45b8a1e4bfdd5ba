import { ok, match, equal, deepEqual } from "node:assert/strict";
import type { SettledMarket } from "./settled-market.ts";
export type Check = (market: SettledMarket) => Promise<void>;

export type Rows = Record<string, any>[];

export const isCycle = ({ kind }: SettledMarket): boolean => kind === "T+1";

/** Every route of ours: what it says once a trade is settled, in either kind of market. */
export const routes: Readonly<Record<string, Check>> = {
  "get /v1/session": async (m) => equal((await m.get("HDFC", "/v1/session"))["log"], "memory"),
  "post /v1/orders": async (m) => {
    equal(
      (await m.order("HDFC", "BUY", { symbol: "SBIN", quantity: 1, price_paise: 90_000 }))[
        "status"
      ],
      "New",
    );
  },
  "get /v1/orders": async (m) => {
    const { orders } = await m.get("HDFC", "/v1/orders");
    const states = new Set((orders as Rows).map(({ status }) => status));
    for (const state of ["New", "Filled", "Canceled", "Rejected"]) ok(states.has(state), state);
  },
  "delete /v1/orders/{id}": async (m) => {
    const placed = await m.order("HDFC", "BUY", {
      symbol: "SBIN",
      quantity: 1,
      price_paise: 90_000,
    });
    const { status } = await m.call("HDFC", "DELETE", `/v1/orders/${placed["order_id"]}`);
    equal(status, 200);
  },
  "get /v1/orders/{id}": async (m) => {
    deepEqual((await m.get("HDFC", `/v1/orders/${m.filledId}`))["trade_ids"], [m.tradeId]);
  },
  "get /v1/orders/{id}/journey": async (m) => {
    const journey = async (id: string) => {
      const { hops, order, trades } = await m.get("HDFC", `/v1/orders/${id}/journey`);
      ok((hops as Rows).every(({ at }) => at !== null));
      const titles = (hops as Rows).map(({ title }) => String(title));
      return { titles, order, trades: trades as Rows };
    };
    const filled = await journey(m.filledId);
    equal(filled.trades[0]?.["state"], "Settled");
    ok(filled.titles.some((title) => title.includes(m.tradeId)));
    match((await journey(m.restingId)).titles.at(-1) ?? "", /order accepted/);
    const canceled = await journey(m.canceledId);
    match(canceled.titles.at(-1) ?? "", /order canceled/);
    equal(canceled.titles.length, 6); // its door, command and step, and the same of the cancel
    const refused = await journey(m.refusedId);
    match(refused.titles.at(-1) ?? "", /order refused: .*tick/);
    equal(refused.order["status"], "Rejected");
    equal((await m.call("SELLER", "GET", `/v1/orders/${m.filledId}/journey`)).status, 404);
  },
  "post /v1/orders/cancel-all": async (m) => {
    await m.order("HDFC", "BUY", { symbol: "WIPRO", quantity: 1, price_paise: 20_000 });
    const { status, body } = await m.call("HDFC", "POST", "/v1/orders/cancel-all", {
      symbol: "WIPRO",
    });
    deepEqual([status, (body["answer"] as Record<string, unknown>)["canceled"]], [200, 1]);
  },
  "post /v1/offers": (m) =>
    refusedRequest(m, "/v1/offers", { symbol: "SBIN", quantity: 1, price_paise: 98_500 }),
  "post /v1/dues/payments": (m) => refusedRequest(m, "/v1/dues/payments", { amount_paise: 1 }),
  "post /v1/settlements/{number}/early-pay-ins": (m) =>
    refusedRequest(m, "/v1/settlements/M2026999/early-pay-ins", { symbol: "SBIN", quantity: 1 }),
  "post /v1/deposits": (m) => moved(m, "deposits"),
  "post /v1/withdrawals": (m) => moved(m, "withdrawals"),
  "post /v1/market/cancel-all": async (m) => {
    await m.order("HDFC", "BUY", { symbol: "WIPRO", quantity: 1, price_paise: 20_000 });
    const asked = ["POST", "/v1/market/cancel-all", { symbol: "WIPRO" }] as const;
    equal((await m.call("HDFC", ...asked)).status, 403);
    const { status, body } = await m.call("operations", ...asked);
    deepEqual([status, (body["answer"] as Record<string, unknown>)["canceled"]], [200, 1]);
  },
  "post /v1/market/lift-halt": async (m) => {
    const asked = ["POST", "/v1/market/lift-halt", { symbol: "SBIN" }] as const;
    equal((await m.call("HDFC", ...asked)).status, 403);
    equal((await m.call("operations", ...asked)).status, 422, "SBIN is not halted");
  },
  "post /v1/members/{participant}/lift-suspension": async (m) => {
    const path = "/v1/members/HDFC/lift-suspension";
    equal((await m.call("HDFC", "POST", path, {})).status, 403);
    equal((await m.call("operations", "POST", path, {})).status, 422, "HDFC is not suspended");
  },
  "get /v1/confirmations": async (m) => {
    await m.order("HDFC", "BUY", {
      symbol: "LT",
      quantity: 1,
      price_paise: 360_000,
      counterparty: "COUNTERPARTY",
    });
    const { orders } = await m.get("COUNTERPARTY", "/v1/confirmations");
    equal((orders as Rows).length, 1);
  },
  "post /v1/confirmations/{id}/confirm": (m) => answered(m, "confirm", "Filled"),
  "post /v1/confirmations/{id}/reject": (m) => answered(m, "reject", "Rejected"),
  "get /v1/affirmations": async (m) => {
    const { affirmations } = await m.get("COUNTERPARTY", "/v1/affirmations?status=all");
    deepEqual(
      (affirmations as Rows).map(({ status }) => status),
      isCycle(m) ? ["Devolved"] : [],
    );
  },
  "post /v1/affirmations/{id}/{side}/affirm": (m) => affirmed(m, "affirm"),
  "post /v1/affirmations/{id}/{side}/reject": (m) => affirmed(m, "reject"),
  "get /v1/accounts": async (m) => {
    const { accounts } = await m.get("HDFC", "/v1/accounts");
    const own = (accounts as Rows).find(({ asset }) => asset === "INFY");
    deepEqual([own?.["account"], own?.["due"]], ["HDFC", isCycle(m) ? 10 : 0]);
  },
  "get /v1/positions": async (m) => {
    const { positions } = await m.get("HDFC", "/v1/positions");
    const own = (positions as Rows).find(
      ({ account, symbol }) => account === "HDFC" && symbol === "INFY",
    );
    deepEqual([own?.["bought"], own?.["net"], own?.["last_price_paise"]], [10, 10, 150_000]);
  },
  "get /v1/holdings": async (m) => {
    const { holdings } = await m.get("HDFC", "/v1/holdings");
    const infy = (holdings as Rows).find(
      ({ account, symbol }) => account === "HDFC" && symbol === "INFY",
    );
    equal(infy?.["due"], isCycle(m) ? 10 : 0);
  },
  "get /v1/funds": async (m) => {
    const { funds } = await m.get("HDFC", "/v1/funds");
    const own = (funds as Rows).find(({ account }) => account === "HDFC");
    equal(own?.["due_paise"] < 0, isCycle(m));
  },
  "get /v1/trial-balance": async (m) =>
    equal((await m.get("operations", "/v1/trial-balance"))["is_zero"], true),
  "get /v1/settlements": async (m) => {
    const { settlements } = await m.get("operations", "/v1/settlements");
    deepEqual(
      (settlements as Rows).map(({ settlement_number }) => settlement_number),
      isCycle(m) ? ["M2026101"] : [],
    );
  },
  "get /v1/instructions": async (m) => {
    const { instructions } = await m.get("HDFC", "/v1/instructions");
    const rows = (instructions as Rows).map(
      ({ asset, movement, status }) => `${movement} ${asset} ${status}`,
    );
    const all = ["DELI INR Settled", "RECE SBIN Settled", "RECE TCS Settled"];
    deepEqual(
      rows.toSorted((one, other) => (one < other ? -1 : 1)),
      isCycle(m) ? all : [],
    );
  },
  "get /v1/settlements/{settlement_number}/obligations": async (m) => {
    const { status, body } = await m.call(
      "operations",
      "GET",
      "/v1/settlements/M2026101/obligations",
    );
    equal(status, isCycle(m) ? 200 : 404);
    if (isCycle(m))
      ok((body["obligations"] as Rows).some(({ asset, net }) => asset === "INFY" && net === 10));
  },
  "get /v1/market": async (m) => {
    const { status, clock } = await m.get("HDFC", "/v1/market");
    equal(status, "open");
    match(String(clock), isCycle(m) ? /^2026-06-02/ : /^2026-06-01/);
  },
  "get /v1/instruments": async (m) => {
    const { instruments } = await m.get("HDFC", "/v1/instruments");
    equal(
      (instruments as Rows).find(({ symbol }) => symbol === "INFY")?.["last_price_paise"],
      150_000,
    );
  },
  "get /v1/depth/{symbol}": async (m) => {
    const depth = await m.get("HDFC", "/v1/depth/SBIN");
    ok((depth["bids"] as Rows).some(({ price_paise }) => price_paise === 97_000));
  },
  "get /v1/bars/{symbol}": async (m) => {
    const { bars } = await m.get("HDFC", "/v1/bars/INFY");
    deepEqual(
      (bars as Rows).map(({ trades }) => trades),
      [1],
    );
  },
  "get /v1/prints/{symbol}": async (m) => {
    const { trades } = await m.get("COUNTERPARTY", "/v1/prints/SBIN");
    ok((trades as Rows).some(({ trade_id }) => trade_id === m.tradeId));
  },
  "get /v1/trades": async (m) => {
    const { trades } = await m.get("SELLER", "/v1/trades");
    const states = new Map((trades as Rows).map(({ symbol, state }) => [symbol, state]));
    deepEqual(
      [states.get("SBIN"), states.get("INFY")],
      ["Settled", isCycle(m) ? "Novated" : "Settled"],
    );
    const settled = (trades as Rows).find(({ trade_id }) => trade_id === m.tradeId);
    equal(settled?.["settlement_number"], isCycle(m) ? "M2026100" : null);
  },
  "get /v1/trades/{id}/journey": async (m) => {
    const path = `/v1/trades/${m.tradeId}/journey`;
    const topics = (body: Record<string, any>) =>
      new Set((body["hops"] as Rows).map(({ topic }) => topic));
    const whole = (body: Record<string, any>): boolean =>
      ["cash-movements", "sauda.settlements"].every((topic) => topics(body).has(topic));
    const { hops, trade, way, settlement, journals } = await m.until("HDFC", path, whole);
    equal(trade["state"], "Settled");
    deepEqual(
      (way as Rows).map(({ state }) => state),
      isCycle(m) ? ["Novated", "Settled"] : [],
    );
    equal(settlement === null, isCycle(m));
    const kinds = new Set((journals as Rows).map(({ kind }) => kind));
    for (const kind of isCycle(m) ? ["NOVATION", "PAY_IN", "PAY_OUT"] : ["DVP"])
      ok(kinds.has(kind), kind);
    if (!isCycle(m)) return;
    const titles = (hops as Rows).map(({ title }) => String(title)).join("\n");
    for (const word of [
      /traded and novated into M2026100/,
      /netted in M2026100: HDFC pays/,
      /paid in .*HDFC pays/,
      /paid out .*HDFC receives/,
      /settled in M2026100: 10 of 10 SBIN received/,
    ])
      match(titles, word);
  },
  "get /v1/steps/{shard}/{log_offset}/{seq}": async (m) => {
    const { place } = await m.get("HDFC", `/v1/orders/${m.filledId}`);
    const { shard, log_offset, seq } = place as Record<string, number>;
    const step = await m.get("HDFC", `/v1/steps/${shard}/${log_offset}/${seq}`);
    ok((step["events"] as Rows).some(({ orderId }) => orderId === m.filledId));
  },
  "get /v1/topics": async (m) => {
    equal((await m.call("HDFC", "GET", "/v1/topics")).status, 403);
    const { topics } = await m.get("operations", "/v1/topics");
    const events = (topics as Rows).find(({ topic }) => topic === "sauda.events");
    ok(events?.["partitions"][0]["end"] > 0);
  },
  "get /v1/topics/{topic}/records": async (m) => {
    const path = "/v1/topics/sauda.trades/records?offset=0";
    equal((await m.call("HDFC", "GET", path)).status, 403);
    const { records } = await m.get("operations", path);
    const [first] = records as Rows;
    match(Buffer.from(String(first?.["value_base64"]), "base64").toString(), /"trade_id":"T-/);
  },
  "get /v1/log/trade-dates": async (m) => {
    equal((await m.call("HDFC", "GET", "/v1/log/trade-dates?account=HDFC")).status, 403);
    const { trade_dates } = await m.get("operations", "/v1/log/trade-dates?account=HDFC");
    deepEqual(trade_dates, isCycle(m) ? ["2026-06-01", "2026-06-02"] : ["2026-06-01"]);
  },
  "get /v1/log/trade-dates/{date}": async (m) => {
    const { shards } = await m.get("operations", "/v1/log/trade-dates/2026-06-01");
    const { place } = await m.get("HDFC", `/v1/orders/${m.filledId}`);
    const passages = (shards as Rows).flatMap((shard) => shard["passages"] as Rows);
    ok(passages.some(({ end_offset }) => end_offset > place["log_offset"]));
    const none = await m.get("operations", "/v1/log/trade-dates/2020-01-01");
    deepEqual(none["shards"], []);
  },
  "get /v1/log/trade-dates/{date}/securities": async (m) => {
    const path = "/v1/log/trade-dates/2026-06-01/securities";
    const { securities } = await m.get("operations", path);
    const sbin = (securities as Rows).find(({ symbol }) => symbol === "SBIN");
    deepEqual([sbin?.["isin"], sbin?.["previous_close_paise"]], ["INE062A01020", null]);
  },
  "get /v1/log/settlements": async (m) => {
    const { settlements } = await m.get("operations", "/v1/log/settlements");
    const numbers = (settlements as Rows).map(({ settlement_number }) => settlement_number);
    deepEqual(numbers, isCycle(m) ? ["M2026100", "M2026101"] : []);
  },
  "get /v1/log/checkpoints/{shard}": async (m) => {
    const first = await m.get("operations", "/v1/log/checkpoints/0?offset=5");
    deepEqual([first["offset"], first["seq"], first["genesis"]], [0, 0, null]);
    equal((await m.call("operations", "GET", "/v1/log/checkpoints/7")).status, 404);
  },
  "get /v1/dead-letters": async (m) => {
    equal(((await m.get("operations", "/v1/dead-letters"))["dead_letters"] as Rows).length, 1);
  },
  "get /v1/dead-letters/{id}": async (m) => {
    equal((await m.get("operations", `/v1/dead-letters/${await letterId(m)}`))["value"], "hello");
  },
  "post /v1/dead-letters/{id}/redrive": async (m) => {
    const { status } = await m.call(
      "operations",
      "POST",
      `/v1/dead-letters/${await letterId(m)}/redrive`,
      { dry_run: true },
    );
    ok(status === 200 || status === 409, String(status));
  },
  "get /v1/flow": async (m) => ok("topics" in (await m.get("operations", "/v1/flow"))),
};

async function letterId(m: SettledMarket): Promise<string> {
  const { dead_letters } = await m.get("operations", "/v1/dead-letters");
  return String((dead_letters as Rows)[0]?.["id"]);
}

/** What no trade of this market gives a reason for is refused with one. */
async function refusedRequest(m: SettledMarket, path: string, body: object): Promise<void> {
  const { status, body: refusal } = await m.call("HDFC", "POST", path, body);
  equal(status, 422, JSON.stringify(refusal));
  match(String(refusal["code"]), /^[A-Z_]+$/);
}

/** Money comes and goes by operations alone. */
async function moved(m: SettledMarket, what: string): Promise<void> {
  const body = { participant: "HDFC", amount_paise: 100 };
  equal((await m.call("HDFC", "POST", `/v1/${what}`, body)).status, 403);
  const { status, body: answer } = await m.call("operations", "POST", `/v1/${what}`, body);
  equal(status, 200, JSON.stringify(answer));
}

async function answered(m: SettledMarket, verb: string, status: string): Promise<void> {
  const placed = await m.order("HDFC", "BUY", {
    symbol: "ITC",
    quantity: 1,
    price_paise: 40_000,
    counterparty: "COUNTERPARTY",
  });
  const { body } = await m.call(
    "COUNTERPARTY",
    "POST",
    `/v1/confirmations/${placed["order_id"]}/${verb}`,
  );
  equal((body["order"] as Record<string, unknown>)["status"], status);
}

async function affirmed(m: SettledMarket, verb: "affirm" | "reject"): Promise<void> {
  const sold = { symbol: "RELIANCE", quantity: 1, price_paise: 140_000 };
  await m.order("SELLER", "SELL", sold);
  const placed = await m.order("HDFC", "BUY", {
    ...sold,
    client: "FUND",
    custodian: "COUNTERPARTY",
  });
  if (!isCycle(m)) return equal(placed["code"], "CUSTODIAN_NOT_ALLOWED");
  const id = String((placed["trade_ids"] as string[])[0]);
  const { status } = await m.call("COUNTERPARTY", "POST", `/v1/affirmations/${id}/BUY/${verb}`, {});
  equal(status, 200);
  const { trade } = await m.get("HDFC", `/v1/trades/${id}/journey`);
  equal(trade["state"], verb === "affirm" ? "Affirmed" : "Devolved");
}
