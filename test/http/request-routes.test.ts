import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { account } from "../clearing-given.ts";
import { until } from "../acceptance/market-process.ts";
import { countOpen, restingOrder, startGateway, type RunningGateway } from "./running-gateway.ts";

/** Asha sells what she has, on margin, so that she can pay in early. */
const accounts = new Map([["HDFC/asha", account("margin", 20_000_00, { SBIN: 100 })]]);
let market: RunningGateway;

before(async () => {
  market = await startGateway({ ordersPerSecond: 20 }, undefined, {
    clearing: { ...nseClearing, accounts },
  });
});

after(() => market.close());

const post = (path: string, body: object, who: "HDFC" | "SELLER" | "reader" = "HDFC") =>
  market.call(who, "POST", path, body);

/** Writes so many orders of a member where no door counts them. */
async function writeOrders(participant: string, count: number, name: string): Promise<void> {
  const fields = { type: "NewOrder", participant, ...restingOrder() };
  for (let index = 0; index < count; index += 1)
    await market.write(
      "sauda.orders",
      JSON.stringify({ ...fields, client_order_id: `${name}-${index}` }),
    );
}

async function untilOpen(who: "HDFC" | "SELLER", count: number): Promise<void> {
  await until(`${who} has ${count} open`, async () => (await countOpen(market, who)) === count);
}

test("200 open orders are canceled by one request, which counts as one, and 200 of 200 is said", async () => {
  await writeOrders("HDFC", 200, "h");
  await writeOrders("SELLER", 3, "s");
  await untilOpen("HDFC", 200);
  await untilOpen("SELLER", 3);
  const sent = { client_order_id: "all-1" };
  const { status, body } = await post("/v1/orders/cancel-all", sent);
  deepEqual([status, body["outcome"]], [200, "accepted"]);
  deepEqual(body["answer"], { canceled: 200, orders: 200 });
  deepEqual([await countOpen(market, "HDFC"), await countOpen(market, "SELLER")], [0, 3]);
  const again = await post("/v1/orders/cancel-all", sent);
  deepEqual([again.status, again.body["outcome"]], [200, "repeated"]);
  deepEqual(again.body["answer"], { canceled: 200, orders: 200 });
  const other = await post("/v1/orders/cancel-all", { ...sent, symbol: "SBIN" });
  deepEqual([other.status, other.body["code"]], [422, "DUPLICATE_ID"]);
});

test("a symbol narrows it, by its alias too; a reader may not ask", async () => {
  await post("/v1/orders", restingOrder());
  await post("/v1/orders", restingOrder({ symbol: "INFY" }));
  const sbi = await post("/v1/orders/cancel-all", { symbol: "SBI" });
  deepEqual(sbi.body["answer"], { canceled: 1, orders: 1 });
  equal(await countOpen(market, "HDFC"), 1);
  const nobody = await post("/v1/orders/cancel-all", { client: "nobody" });
  deepEqual(nobody.body["answer"], { canceled: 0, orders: 0 });
  const reader = await post("/v1/orders/cancel-all", {}, "reader");
  deepEqual([reader.status, reader.body["code"]], [403, "ROLE_MISSING"]);
  const bad = await post("/v1/orders/cancel-all", { side: "BUY" });
  equal(bad.status, 400);
});

test("the cancel-all and each of its orders are told on the orders' topic and stream alike", async () => {
  const { body } = await post("/v1/orders/cancel-all", { client_order_id: "all-2" });
  deepEqual(body["answer"], { canceled: 1, orders: 1 });
  const reader = await market.log.reader("sauda.executions", 0, 0);
  const texts: string[] = [];
  for (let tries = 0; tries < 100 && !texts.some((text) => text.includes('"all-2"')); tries += 1)
    for (const { value } of (await reader.read(100)).records) texts.push(String(value));
  await reader.close();
  const executions = texts
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .filter(({ text }) => String(text).includes("all-2") || String(text).startsWith("1 of 1"));
  const all = executions.find(({ client_order_id }) => client_order_id === "all-2");
  ok(all !== undefined, "the request has an execution of its own");
  deepEqual(
    [all["request"], all["exec_type"], all["ord_status"], all["order_id"], all["symbol"]],
    ["CancelAll", "Canceled", null, null, "[N/A]"],
  );
  match(String(all["text"]), /^1 of 1 orders canceled$/);
});

/** Sells 10 SBI of asha's to SELLER's member; the settlement's number. */
async function sellOfAsha(): Promise<string> {
  await post("/v1/orders", restingOrder({ quantity: 10, price_paise: 98_500 }), "SELLER");
  const sold = restingOrder({ side: "SELL", quantity: 10, price_paise: 98_500, client: "asha" });
  const { status } = await post("/v1/orders", sold);
  equal(status, 201);
  const { body } = await market.call("operations", "GET", "/v1/settlements");
  return (body["settlements"] as { settlement_number: string }[])[0]?.settlement_number ?? "";
}

test("an early pay-in is asked for over HTTP, and asked again it is the same one", async () => {
  const path = `/v1/settlements/${await sellOfAsha()}/early-pay-ins`;
  const sent = { client: "asha", symbol: "SBI", quantity: 4, client_order_id: "early-1" };
  const first = await post(path, sent);
  equal(first.status, 200);
  const { asset, amount, quantity } = first.body["answer"] as Record<string, unknown>;
  deepEqual([asset, amount, quantity], ["SBIN", 4, 4]);
  const again = await post(path, sent);
  deepEqual([again.body["outcome"], again.body["answer"]], ["repeated", first.body["answer"]]);
  const more = await post(path, { ...sent, quantity: 40, client_order_id: "early-2" });
  deepEqual([more.status, more.body["code"]], [422, "QUANTITY_OUT_OF_RANGE"]);
  const repeated = await post(path, { ...sent, quantity: 40, client_order_id: "early-2" });
  deepEqual([repeated.status, repeated.body["code"]], [422, "QUANTITY_OUT_OF_RANGE"]);
});

test("offers and dues are asked for over HTTP; the market's reasons come back", async () => {
  const offer = await post("/v1/offers", { symbol: "SBI", quantity: 10, price_paise: 99_000 });
  deepEqual([offer.status, offer.body["code"]], [422, "NO_AUCTION"]);
  const dues = await post("/v1/dues/payments", { client: "asha", amount_paise: 5_00 });
  deepEqual([dues.status, dues.body["code"]], [422, "NOTHING_DUE"]);
  for (const [path, body] of [
    ["/v1/offers", { symbol: "SBI", quantity: 0, price_paise: 1 }],
    ["/v1/offers", { symbol: "SBI", quantity: 1 }],
    ["/v1/dues/payments", { amount_paise: 1.5 }],
    ["/v1/dues/payments", { amount_paise: 0 }],
    ["/v1/settlements/m20/early-pay-ins", { symbol: "SBI", quantity: 1 }],
  ] as const)
    equal((await post(path, body)).status, 400, path);
  const reader = await post("/v1/dues/payments", { amount_paise: 1 }, "reader");
  equal(reader.status, 403);
});

const asOperations = (path: string, body: object) => market.call("operations", "POST", path, body);

async function cashOf(account: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await market.call("HDFC", "GET", "/v1/funds");
  return (body["funds"] as Record<string, unknown>[]).find((one) => one["account"] === account);
}

test("operations deposits and withdraws cash and shares; nobody else may, and only what is free leaves", async () => {
  const before = Number((await cashOf("HDFC/asha"))?.["free_paise"]);
  const own = { participant: "HDFC", client: "asha" };
  const sent = { ...own, amount_paise: 5_000_50, client_order_id: "dep-1" };
  const first = await asOperations("/v1/deposits", sent);
  deepEqual([first.status, first.body["outcome"]], [200, "accepted"]);
  deepEqual(first.body["answer"], { asset: "INR", amount: 5_000_50 });
  equal((await asOperations("/v1/deposits", sent)).body["outcome"], "repeated");
  equal(Number((await cashOf("HDFC/asha"))?.["free_paise"]), before + 5_000_50);
  const shares = await asOperations("/v1/deposits", { ...own, symbol: "SBI", quantity: 3 });
  deepEqual(shares.body["answer"], { asset: "SBIN", amount: 3 });
  const back = await asOperations("/v1/withdrawals", { ...own, amount_paise: 5_000_50 });
  equal(back.status, 200);
  equal(Number((await cashOf("HDFC/asha"))?.["free_paise"]), before);
  const much = await asOperations("/v1/withdrawals", { ...own, amount_paise: before + 1 });
  deepEqual([much.status, much.body["code"]], [422, "INSUFFICIENT_FUNDS"]);
  const trader = await post("/v1/deposits", sent);
  deepEqual([trader.status, trader.body["code"]], [403, "ROLE_MISSING"]);
  for (const body of [
    own,
    { ...sent, symbol: "SBI" },
    { ...own, symbol: "SBI" },
    { amount_paise: 1 },
  ])
    equal((await asOperations("/v1/withdrawals", body)).status, 400);
  const { body } = await market.call("operations", "GET", "/v1/trial-balance");
  equal(body["is_zero"], true);
});

test("a suspension is lifted by operations, where there is one", async () => {
  const path = "/v1/members/HDFC/lift-suspension";
  const none = await asOperations(path, {});
  deepEqual([none.status, none.body["code"]], [422, "NOT_SUSPENDED"]);
  const trader = await post(path, {});
  deepEqual([trader.status, trader.body["code"]], [403, "ROLE_MISSING"]);
});

test("on sauda.orders nobody deposits, withdraws or lifts: such a record is a dead letter", async () => {
  const before = (await market.call("operations", "GET", "/v1/trial-balance")).body["assets"];
  const fields = { participant: "HDFC", client_order_id: "mine", amount_paise: 1_000_00 };
  const forged = { participant: "HDFC", client: null, clientOrderId: "m", asset: "INR", amount: 5 };
  for (const type of ["Deposit", "Withdraw", "LiftSuspension"]) {
    await market.write("sauda.orders", JSON.stringify({ v: 1, type, ...fields }));
    await market.write("sauda.orders", JSON.stringify({ format: 1, type, ...forged }));
  }
  let reasons: unknown[] = [];
  await until("six are dead letters", async () => {
    const { body } = await market.call("operations", "GET", "/v1/dead-letters");
    reasons = (body["dead_letters"] as { reason: string }[]).map(({ reason }) => reason);
    return reasons.length >= 6;
  });
  deepEqual(
    reasons,
    Array.from({ length: 6 }, () => "WRONG_TYPE_NAME"),
  );
  const after = (await market.call("operations", "GET", "/v1/trial-balance")).body["assets"];
  deepEqual(after, before);
});
