import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DepthJson } from "../../src/http/schemas.ts";
import type { PrintMessage } from "../../src/protocol/own/trade-message.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";
import { kiteCall } from "./kite/kite-call.ts";
import { openStream, type TestStream } from "./open-stream.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({ ordersPerSecond: 100_000 });
});

after(() => market.close());

const order = (side: "BUY" | "SELL", symbol: string, quantity: number, price_paise: number) =>
  market.call(side === "BUY" ? "HDFC" : "SELLER", "POST", "/v1/orders", {
    symbol,
    side,
    quantity,
    price_paise,
  });

type Side = DepthJson["bids"];

/** A book kept by snapshot and deltas, as a client would. */
async function keepBook(stream: TestStream, id: number, volume: number): Promise<DepthJson> {
  const first = await stream.take("snapshot", (message) => message.id === id);
  let book = first.depth;
  let { n } = first;
  while (book.volume < volume) {
    const delta = await stream.take("delta", (message) => message.id === id);
    equal(delta.n, n + 1, "no gap");
    n = delta.n;
    const bids = merge(book.bids, delta.bids).toReversed();
    book = { ...book, ...delta.rest, bids, asks: merge(book.asks, delta.asks) };
  }
  return book;
}

function merge(side: Side, changes: Side): Side {
  const levels = new Map([...side, ...changes].map((level) => [level.price_paise, level]));
  return [...levels.values()]
    .filter(({ quantity }) => quantity > 0)
    .toSorted((one, other) => one.price_paise - other.price_paise);
}

test("depth comes as a snapshot and numbered changes, and they make the same book as asked for", async () => {
  const stream = await openStream(market.url, market.keys.HDFC);
  await order("BUY", "WIPRO", 5, 25_000);
  stream.say({ op: "subscribe", channel: "depth", symbol: "WIPRO", levels: 20 });
  const { id } = await stream.take("subscribed");
  const book = keepBook(stream, id, 9);
  for (let step = 0; step < 40; step += 1) {
    await order("BUY", "WIPRO", 1 + (step % 7), 24_000 + (step % 13) * 5);
    await order("SELL", "WIPRO", 1 + (step % 5), 26_000 + (step % 11) * 5);
  }
  await order("SELL", "WIPRO", 9, 24_000);
  const kept = await book;
  const { body } = await market.call("HDFC", "GET", "/v1/depth/WIPRO?levels=20");
  deepEqual([kept.bids, kept.asks], [body["bids"], body["asks"]]);
  deepEqual([kept.volume, kept.last_price_paise], [9, body["last_price_paise"]]);
  stream.close();
});

test("own orders, trades and settlements come as they happen; another's do not", async () => {
  const [buyer, other] = [
    await openStream(market.url, market.keys.HDFC),
    await openStream(market.url, market.keys.COUNTERPARTY),
  ];
  for (const stream of [buyer, other])
    for (const channel of ["orders", "trades", "settlements"]) {
      stream.say({ op: "subscribe", channel });
      await stream.take("subscribed");
    }
  await order("SELL", "LT", 3, 360_000);
  await order("BUY", "LT", 3, 360_000);
  equal((await buyer.take("order")).execution.ord_status, "New");
  equal((await buyer.take("order")).execution.ord_status, "Filled");
  equal((await buyer.take("trade")).trade.quantity, 3);
  const { settlement } = await buyer.take("settlement");
  equal("legs" in settlement && settlement.legs.length, 4);
  ok(!other.messages.some(({ type }) => ["order", "trade", "settlement"].includes(type)));
  buyer.close();
  other.close();
});

test("trades of a symbol come to those that traded and to operations, not to whoever asks", async () => {
  const { HDFC, COUNTERPARTY, operations } = market.keys;
  const streams = await Promise.all(
    [HDFC, COUNTERPARTY, operations].map(async (key) => {
      const stream = await openStream(market.url, key);
      stream.say({ op: "subscribe", channel: "trades", symbol: "MARUTI" });
      await stream.take("subscribed");
      return stream;
    }),
  );
  await order("SELL", "MARUTI", 1, 1_200_000);
  await order("BUY", "MARUTI", 1, 1_200_000);
  const [own, other, all] = streams as [TestStream, TestStream, TestStream];
  equal((await own.take("trade")).trade.symbol, "MARUTI");
  equal((await all.take("trade")).trade.buyer, "HDFC");
  other.say({ op: "ping" });
  await other.take("pong");
  ok(other.messages.every(({ type }) => type !== "trade"));
  for (const stream of streams) stream.close();
});

test("the tape names nobody: no member, no order, at no door", async () => {
  const stream = await openStream(market.url, market.keys.COUNTERPARTY);
  const raw: string[] = []; // the stream's own reader takes out what the schema does not have
  stream.socket.on("message", (data: Buffer) => raw.push(data.toString("utf8")));
  stream.say({ op: "subscribe", channel: "prints", symbol: "INFY" });
  await stream.take("subscribed");
  await order("SELL", "INFY", 1, 150_000);
  await order("BUY", "INFY", 1, 150_000);
  const { trades } = await stream.take("prints");
  const { body } = await market.call("COUNTERPARTY", "GET", "/v1/prints/INFY");
  const quote = await kiteCall(market, "COUNTERPARTY", "GET", "/quote?i=NSE:INFY");
  equal(trades.length, 1);
  deepEqual(body["trades"], trades);
  for (const text of [...raw, JSON.stringify(body), JSON.stringify(quote.body)])
    for (const name of ["HDFC", "SELLER", "O-0-"]) ok(!text.includes(name), `${name} in ${text}`);
  stream.close();
});

test("prints of a symbol: every trade once and in order, many in a message", async () => {
  const stream = await openStream(market.url, market.keys.COUNTERPARTY);
  stream.say({ op: "subscribe", channel: "prints", symbol: "TITAN" });
  const { id } = await stream.take("subscribed");
  await order("SELL", "ITC", 1, 40_000);
  await order("BUY", "ITC", 1, 40_000);
  const resting = Array.from({ length: 40 }, () => order("SELL", "TITAN", 2, 350_000));
  await Promise.all(resting);
  // One order's 40 trades are known at once, so how many messages tell them is no matter of the
  // machine's pace.
  await order("BUY", "TITAN", 80, 350_000);
  const told: PrintMessage[] = [];
  let messages = 0;
  for (; told.length < resting.length; messages += 1) {
    const { n, trades } = await stream.take("prints", (message) => message.id === id);
    equal(n, messages, "no gap");
    told.push(...trades);
  }
  const { body } = await market.call("HDFC", "GET", "/v1/prints/TITAN?limit=100");
  deepEqual(told.toReversed(), body["trades"]);
  ok(messages < resting.length / 2, `${messages} messages for ${resting.length} trades`);
  stream.close();
});

test("a counterparty hears of an order that waits for it, and of its end", async () => {
  const stream = await openStream(market.url, market.keys.COUNTERPARTY);
  stream.say({ op: "subscribe", channel: "confirmations" });
  await stream.take("subscribed");
  const sent = { symbol: "TCS", side: "BUY", quantity: 1, price_paise: 300_000 };
  const { body } = await market.call("HDFC", "POST", "/v1/orders", {
    ...sent,
    counterparty: "COUNTERPARTY",
  });
  const { order_id } = body["order"] as { order_id: string };
  equal((await stream.take("confirmation")).order.status, "AwaitingConfirmation");
  await market.call("COUNTERPARTY", "POST", `/v1/confirmations/${order_id}/reject`);
  equal((await stream.take("confirmation")).order.status, "Rejected");
  stream.close();
});

test("the market's pulse counts orders and trades and names the prices that moved", async () => {
  const stream = await openStream(market.url, market.keys.HDFC);
  stream.say({ op: "subscribe", channel: "market" });
  await stream.take("subscribed");
  await order("SELL", "ONGC", 2, 24_000);
  await order("BUY", "ONGC", 2, 24_000);
  const isOurs = ({ symbol }: { symbol: string }): boolean => symbol === "ONGC";
  const pulse = await stream.take("market", ({ prices }) => prices.some(isOurs));
  deepEqual(pulse.prices.filter(isOurs), [{ symbol: "ONGC", last_price_paise: 24_000, volume: 2 }]);
  stream.close();
});

const refusals: readonly (readonly [string, object | string, string])[] = [
  ["no JSON", "{", "NOT_JSON"],
  ["an unknown op", { op: "x" }, "INVALID_FIELD"],
  ["no object", "[]", "INVALID_FIELD"],
  ["no op", {}, "MISSING_FIELD"],
  ["a list of ops", { op: ["ping"] }, "INVALID_FIELD"],
  ["a key that is none", { op: "auth", key: 1 }, "INVALID_FIELD"],
  ["a member that is none", { op: "auth", key: "x", participant: [] }, "INVALID_FIELD"],
  ["an id that is none", { op: "unsubscribe", id: "x" }, "INVALID_FIELD"],
  ["a symbol that is none", { op: "subscribe", channel: "depth", symbol: 1 }, "INVALID_FIELD"],
  ["an unknown channel", { op: "subscribe", channel: "x" }, "INVALID_FIELD"],
  ["depth of nothing", { op: "subscribe", channel: "depth" }, "MISSING_FIELD"],
  ["prints of nothing", { op: "subscribe", channel: "prints" }, "MISSING_FIELD"],
  [
    "seven levels",
    { op: "subscribe", channel: "depth", symbol: "SBIN", levels: 7 },
    "INVALID_FIELD",
  ],
  ["a wrong key", { op: "auth", key: "sauda_x_0123456789abcdef" }, "KEY_UNKNOWN"],
];

for (const [name, message, code] of refusals)
  test(`${name} is refused with ${code}, and the stream goes on`, async () => {
    const stream = await openStream(market.url, market.keys.HDFC);
    if (typeof message === "string") stream.socket.send(message);
    else stream.say(message);
    const refusal = await stream.take("error");
    equal(refusal.code, code);
    ok(!/Invalid|[Ee]xpected|Too /.test(refusal.detail), `in plain words: ${refusal.detail}`);
    stream.say({ op: "ping" });
    await stream.take("pong");
    stream.close();
  });

test("nothing is given to who has not said who it is", async () => {
  const stream = await openStream(market.url, null);
  stream.say({ op: "subscribe", channel: "depth", symbol: "SBIN" });
  equal((await stream.take("error")).code, "KEY_MISSING");
  stream.close();
});

test("at most 64 subscriptions of one stream", async () => {
  const stream = await openStream(market.url, market.keys.HDFC);
  for (let count = 0; count < 65; count += 1) stream.say({ op: "subscribe", channel: "market" });
  equal((await stream.take("error")).code, "TOO_MANY_SUBSCRIPTIONS");
  stream.close();
});
