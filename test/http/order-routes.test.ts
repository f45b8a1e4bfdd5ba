import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { fillsMax } from "../../src/domain/facts/limits.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { buy as buyOf, sell } from "../given.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";
import { until } from "../acceptance/market-process.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

const buy = (over: object = {}) => ({
  symbol: "SBIN",
  side: "BUY",
  quantity: 10,
  price_paise: 98_500,
  ...over,
});

test("an order is answered from the log: 201 with the step that accepted it", async () => {
  const { status, body } = await market.call(
    "HDFC",
    "POST",
    "/v1/orders",
    buy({ client_order_id: "a1" }),
  );
  equal(status, 201);
  equal(body["outcome"], "accepted");
  const order = body["order"] as Record<string, unknown>;
  deepEqual([order["status"], order["participant"], order["leaves_qty"]], ["New", "HDFC", 10]);
  const place = body["place"] as { command_offset: number };
  match(String(order["order_id"]), new RegExp(`^O-0-${place.command_offset}$`));
});

test("the same id and content again is the same order: 200, repeated", async () => {
  const sent = buy({ client_order_id: "a2" });
  const first = await market.call("HDFC", "POST", "/v1/orders", sent);
  const again = await market.call("HDFC", "POST", "/v1/orders", sent);
  deepEqual([again.status, again.body["outcome"]], [200, "repeated"]);
  const id = (answer: typeof first) => (answer.body["order"] as { order_id: string }).order_id;
  equal(id(again), id(first));
});

test("the same id with other content is refused with the market's reason", async () => {
  await market.call("HDFC", "POST", "/v1/orders", buy({ client_order_id: "a3" }));
  const { status, body } = await market.call(
    "HDFC",
    "POST",
    "/v1/orders",
    buy({ client_order_id: "a3", quantity: 11 }),
  );
  deepEqual([status, body["code"]], [422, "DUPLICATE_ID"]);
  ok(body["place"] !== undefined, "a refusal has its place in the log too");
});

test("a refused order's id asked again gives the same refusal", async () => {
  const sent = buy({ client_order_id: "a4", price_paise: 98_501 });
  const first = await market.call("HDFC", "POST", "/v1/orders", sent);
  const again = await market.call("HDFC", "POST", "/v1/orders", sent);
  deepEqual([first.status, first.body["code"]], [422, "PRICE_OFF_TICK"]);
  deepEqual([again.status, again.body["code"]], [422, "PRICE_OFF_TICK"]);
});

test("MIS reaches the market, which refuses it where trades settle at once", async () => {
  const sent = buy({ client_order_id: "mis", product: "MIS" });
  const { status, body } = await market.call("HDFC", "POST", "/v1/orders", sent);
  deepEqual([status, body["code"]], [422, "PRODUCT_NOT_ALLOWED"]);
});

test("two sides meet: both see the trade, shares and cash have moved", async () => {
  const price = { symbol: "INFY", price_paise: 150_000 };
  await market.call("SELLER", "POST", "/v1/orders", buy({ ...price, side: "SELL" }));
  const bought = await market.call("HDFC", "POST", "/v1/orders", buy(price));
  equal((bought.body["order"] as { status: string }).status, "Filled");
  for (const who of ["HDFC", "SELLER"] as const) {
    const { body } = await market.call(who, "GET", "/v1/trades?symbol=INFY");
    equal((body["trades"] as unknown[]).length, 1);
  }
  const { body } = await market.call("HDFC", "GET", "/v1/positions");
  const positions = body["positions"] as { symbol: string; net: number; bought_paise: number }[];
  const infy = positions.find(({ symbol }) => symbol === "INFY");
  deepEqual([infy?.net, infy?.bought_paise], [10, 1_500_000]);
  const holdings = await market.call("HDFC", "GET", "/v1/holdings");
  const held = (holdings.body["holdings"] as { symbol: string; free: number }[]).find(
    ({ symbol }) => symbol === "INFY",
  );
  equal(held?.free, 1_000_000_010);
});

test("a cancel by either id takes the rest out; another member's order is as unknown as none", async () => {
  await market.call(
    "HDFC",
    "POST",
    "/v1/orders",
    buy({ client_order_id: "c1", price_paise: 90_000 }),
  );
  equal((await market.call("SELLER", "DELETE", "/v1/orders/c1")).status, 404);
  const { status, body } = await market.call("HDFC", "DELETE", "/v1/orders/c1");
  deepEqual([status, (body["order"] as { status: string }).status], [200, "Canceled"]);
  const late = await market.call("HDFC", "DELETE", "/v1/orders/c1");
  deepEqual([late.status, late.body["code"]], [422, "ORDER_CLOSED"]);
});

test("a refused cancel asked again gives the same refusal, not a repeat of an effect", async () => {
  const sent = buy({ client_order_id: "c2", price_paise: 90_000 });
  await market.call("HDFC", "POST", "/v1/orders", sent);
  await market.call("HDFC", "DELETE", "/v1/orders/c2");
  const cancel = () =>
    market.call("HDFC", "DELETE", "/v1/orders/c2", { client_order_id: "cancel-c2" });
  const [first, again] = [await cancel(), await cancel()];
  deepEqual([first.status, first.body["code"]], [422, "ORDER_CLOSED"]);
  deepEqual([again.status, again.body["code"]], [422, "ORDER_CLOSED"]);
  deepEqual(again.body["place"], first.body["place"], "the refusal's own place");
});

test("a confirm asked again is a repeat that shows the order", async () => {
  const sent = buy({ client_order_id: "n0", symbol: "TCS", price_paise: 300_000 });
  const placed = await market.call("HDFC", "POST", "/v1/orders", {
    ...sent,
    counterparty: "COUNTERPARTY",
  });
  const { order_id } = placed.body["order"] as { order_id: string };
  const confirm = () =>
    market.call("COUNTERPARTY", "POST", `/v1/confirmations/${order_id}/confirm`, {
      client_order_id: "yes-n0",
    });
  const [first, again] = [await confirm(), await confirm()];
  deepEqual([first.status, again.status], [200, 200]);
  deepEqual([first.body["outcome"], again.body["outcome"]], ["accepted", "repeated"]);
  for (const { body } of [first, again]) {
    const order = body["order"] as { order_id: string; status: string };
    deepEqual([order.order_id, order.status], [order_id, "Filled"]);
  }
});

test("a negotiated order waits in the counterparty's inbox; confirm trades, reject does not", async () => {
  for (const id of ["n1", "n2"])
    await market.call(
      "HDFC",
      "POST",
      "/v1/orders",
      buy({
        client_order_id: id,
        symbol: "TCS",
        price_paise: 300_000,
        counterparty: "COUNTERPARTY",
      }),
    );
  const inbox = await market.call("COUNTERPARTY", "GET", "/v1/confirmations");
  const [first, second] = inbox.body["orders"] as { order_id: string; client_order_id: string }[];
  deepEqual([first?.client_order_id, second?.client_order_id], ["n1", "n2"]);
  const path = `/v1/confirmations/${first?.order_id}/confirm`;
  equal((await market.call("SELLER", "POST", path)).status, 404);
  const answer = await market.call("COUNTERPARTY", "POST", path);
  equal((answer.body["order"] as { status: string }).status, "Filled");
  await market.call("COUNTERPARTY", "POST", `/v1/confirmations/${second?.order_id}/reject`);
  const rejected = await market.call("HDFC", "GET", "/v1/orders/n2");
  deepEqual(
    [rejected.body["status"], rejected.body["reason"], rejected.body["text"]],
    ["Rejected", "REJECTED_BY_COUNTERPARTY", "COUNTERPARTY rejected the order"],
  );
  const empty = await market.call("COUNTERPARTY", "GET", "/v1/confirmations");
  deepEqual(empty.body["orders"], []);
});

test("own orders and trades are found by the symbol's alias as by its name", async () => {
  await market.call("HDFC", "POST", "/v1/orders", buy({ symbol: "SBI", price_paise: 90_000 }));
  await market.call("SELLER", "POST", "/v1/orders", {
    ...buy({ symbol: "SBIN", price_paise: 90_000 }),
    side: "SELL",
  });
  for (const what of ["orders", "trades"]) {
    const found = async (symbol: string): Promise<unknown> =>
      (await market.call("HDFC", "GET", `/v1/${what}?symbol=${symbol}`)).body[what];
    const byName = (await found("SBIN")) as object[];
    ok(byName.length > 0);
    deepEqual(await found("SBI"), byName);
  }
});

test("a trade's journey names every record on its way, in the order of time", async () => {
  const price = { symbol: "ITC", price_paise: 40_000 };
  await market.call("SELLER", "POST", "/v1/orders", buy({ ...price, side: "SELL" }));
  await market.call("HDFC", "POST", "/v1/orders", buy(price));
  const { body } = await market.call("HDFC", "GET", "/v1/trades?symbol=ITC");
  const [trade] = body["trades"] as { trade_id: string }[];
  const path = `/v1/trades/${trade?.trade_id}/journey`;
  type Hop = { topic: string | null; hop: string; at: string; record: string | null };
  let hops: Hop[] = [];
  const stations = [null, "sauda.commands", "sauda.events", "sauda.settlements"];
  // Each public topic is read on its own, so their records come into sight one by one.
  for (const topic of [...stations, "demat-transfers", "cash-movements"])
    await until(`${topic} is on the way`, async () => {
      hops = (await market.call("operations", "GET", path)).body["hops"] as Hop[];
      return hops.some((hop) => hop.topic === topic);
    });
  ok(hops.every(({ record }) => record !== null));
  deepEqual(
    hops.map(({ at }) => at),
    hops.map(({ at }) => at).toSorted(),
  );
  const journals = (await market.call("HDFC", "GET", path)).body["journals"] as {
    kind: string;
    postings: unknown[];
  }[];
  equal(journals.find(({ kind }) => kind === "DVP")?.postings.length, 4);
  equal((await market.call("COUNTERPARTY", "GET", path)).status, 404);
});

test("a journey tells a member nothing of the other side's order, nor of the step's other trades", async () => {
  const offer = buy({ symbol: "LT", price_paise: 360_000, side: "SELL" });
  const hidden = { ...offer, client_order_id: "secret-id", quantity: 70 };
  for (const [who, order] of [
    ["HDFC", { ...offer, side: "BUY", quantity: 10 }],
    ["COUNTERPARTY", { ...offer, side: "BUY", client: "their-client", quantity: 10 }],
    ["SELLER", hidden],
  ] as const)
    equal((await market.call(who, "POST", "/v1/orders", order)).status, 201);
  const { body } = await market.call("HDFC", "GET", "/v1/trades?symbol=LT");
  const [trade] = body["trades"] as { trade_id: string }[];
  const path = `/v1/trades/${trade?.trade_id}/journey`;
  const seen = JSON.stringify((await market.call("HDFC", "GET", path)).body);
  for (const secret of ["secret-id", "their-client", "COUNTERPARTY"])
    ok(!seen.includes(secret), `${secret} is not HDFC's to see`);
  ok(seen.includes('"kind":"DVP"'));
  const all = JSON.stringify((await market.call("operations", "GET", path)).body);
  for (const name of ["secret-id", "their-client"]) ok(all.includes(name));
});

test("the step that took a member's own order in tells it nothing of whom else it met there", async () => {
  const offer = buy({ symbol: "WIPRO", price_paise: 25_000, side: "SELL" });
  const met = { ...offer, side: "BUY", client: "met-client", client_order_id: "met-id" };
  for (const [who, order] of [
    ["COUNTERPARTY", { ...met, quantity: 10 }],
    ["SELLER", { ...offer, client_order_id: "own-id", quantity: 30 }],
    ["HDFC", { ...offer, side: "BUY", quantity: 20 }],
  ] as const)
    equal((await market.call(who, "POST", "/v1/orders", order)).status, 201);
  const { body } = await market.call("SELLER", "GET", "/v1/trades?symbol=WIPRO");
  const [trade] = body["trades"] as { trade_id: string; buyer: string }[];
  equal(trade?.buyer, "HDFC");
  const path = `/v1/trades/${trade?.trade_id}/journey`;
  const seen = JSON.stringify((await market.call("SELLER", "GET", path)).body);
  for (const secret of ["met-client", "met-id"])
    ok(!seen.includes(secret), `${secret} is not SELLER's to see`);
  type Hop = { title: string; record: string };
  const { hops } = (await market.call("SELLER", "GET", path)).body as unknown as { hops: Hop[] };
  const accepted = hops.find(({ title }) => title.startsWith("order accepted"))?.record ?? "";
  for (const own of ["OrderAccepted", "own-id", '"BLOCK"']) ok(accepted.includes(own), own);
});

test("a dead letter is inspected, tried dry, and sent again once", async () => {
  await market.write("Counter_party", `{"type":"Counter_party","text":"MAYBE"}`);
  await market.write("Trade_Order", `hello`);
  type Letter = { id: string; value: string; reason: string; redriven: unknown };
  const list = async () =>
    (await market.call("operations", "GET", "/v1/dead-letters")).body["dead_letters"] as Letter[];
  await until("both letters are told", async () => (await list()).length >= 2);
  const hello = (await list()).find(({ value }) => value === "hello");
  equal(hello?.reason, "NOT_JSON");
  const path = `/v1/dead-letters/${hello?.id}/redrive`;
  const still = await market.call("operations", "POST", `${path}?dry_run=true`);
  deepEqual([still.status, still.body["code"]], [409, "STILL_UNREADABLE"]);
  equal((await market.call("HDFC", "POST", path)).status, 403);
});

test("an early CONFIRM that became a dead letter confirms when it is sent again, and only once", async () => {
  await market.write("Counter_party", `{"type":"Counter_party","text":"CONFIRM"}`);
  type Letter = { id: string; reason: string; redriven: { outcome: string } | null };
  const find = async () => {
    const { body } = await market.call("operations", "GET", "/v1/dead-letters");
    return (body["dead_letters"] as Letter[]).find(({ reason }) => reason === "NO_ORDER_WAITING");
  };
  await until("the letter is told", async () => (await find()) !== undefined);
  const letter = await find();
  ok(letter !== undefined);
  const order = buy({ client_order_id: "early", symbol: "TCS", price_paise: 300_000 });
  await market.call("HDFC", "POST", "/v1/orders", { ...order, counterparty: "COUNTERPARTY" });
  const path = `/v1/dead-letters/${letter.id}/redrive`;
  const dry = await market.call("operations", "POST", `${path}?dry_run=true`);
  deepEqual(
    [dry.status, dry.body["outcome"], dry.body["command"]],
    [200, "would_send", "COUNTERPARTY CONFIRM the oldest order that waits"],
  );
  const status = async () => (await market.call("HDFC", "GET", "/v1/orders/early")).body["status"];
  equal(await status(), "AwaitingConfirmation");
  equal((await market.call("operations", "POST", path)).body["outcome"], "accepted");
  equal(await status(), "Filled");
  equal((await market.call("operations", "POST", path)).body["outcome"], "repeated");
  const shown = await market.call("operations", "GET", `/v1/dead-letters/${letter.id}`);
  equal((shown.body["redriven"] as { outcome: string }).outcome, "AnswerAccepted");
});

test("a redrive in vain is told so each time, and a stranger with a letter's id marks no letter", async () => {
  await market.write("Counter_party", `{"type":"Counter_party","text":"REJECT"}`);
  type Letter = { id: string; reason: string; redriven: { outcome: string } | null };
  const find = async () => {
    const { body } = await market.call("operations", "GET", "/v1/dead-letters?limit=1");
    return (body["dead_letters"] as Letter[])[0];
  };
  await until("the letter is told", async () => {
    const { reason, redriven } = (await find()) ?? {};
    return reason === "NO_ORDER_WAITING" && redriven === null;
  });
  const letter = await find();
  ok(letter !== undefined);
  const stranger = buy({ client_order_id: letter.id });
  equal((await market.call("HDFC", "POST", "/v1/orders", stranger)).body["code"], "RESERVED_ID");
  equal((await find())?.redriven, null);
  const path = `/v1/dead-letters/${letter.id}/redrive`;
  for (let sent = 0; sent < 2; sent += 1) {
    const { status, body } = await market.call("operations", "POST", path);
    deepEqual([status, body["code"]], [422, "UNKNOWN_ORDER"]);
  }
  equal((await find())?.redriven?.outcome, "RequestRejected UNKNOWN_ORDER");
});

test("the journey of an order that traded in parts tells each step once, however many trades it holds", async () => {
  const swept = await startGateway({}, ["exchange"]);
  try {
    const met = fillsMax + 30;
    const resting = Array.from({ length: met }, (_, n) => sell(`s${n}`, 1, 98_500));
    const commands = [...resting, buyOf("all", met, 98_500)];
    const appender = await swept.log.appender(commandsTopic, 0);
    await appender.append(
      commands.map((command) => ({ key: logKey, value: encodeCommand(command) })),
    );
    await appender.close();
    const path = `/v1/orders/O-0-${met}`;
    await until("all is decided", async () => {
      const { body } = await swept.call("HDFC", "GET", path);
      return body["status"] === "Filled";
    });
    const { body } = await swept.call("HDFC", "GET", `${path}/journey`);
    const hops = body["hops"] as { readonly hop: string; readonly record: string | null }[];
    const told = hops.flatMap(({ hop, record }) => (hop === "event" ? (record ?? []) : []));
    deepEqual([hops.length - 1003, told.length, new Set(told).size], [0, 2, 2]);
    const ids = (body["journals"] as { readonly journal_id: string }[]).map(
      (each) => each.journal_id,
    );
    deepEqual(ids, [...new Set(ids)]);
  } finally {
    await swept.close();
  }
});
