import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { changeKeys } from "../../../src/cli/keys/keys-file.ts";
import { startGateway, type RunningGateway } from "../running-gateway.ts";
import { dataOf, kiteCall, kiteKey, placeOrder } from "./kite-call.ts";
import { openTicker, until } from "./tick-reader.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

async function tokenOf(symbol: string): Promise<number> {
  const name = `NSE:${symbol}`;
  const query = new URLSearchParams({ i: name });
  const { body } = await kiteCall(market, "HDFC", "GET", `/quote/ltp?${query.toString()}`);
  return dataOf<Record<string, { instrument_token: number }>>(body)[name]?.instrument_token ?? 0;
}

test("subscribe is mode quote at once; mode full has the depth; a change is a new packet", async () => {
  const token = await tokenOf("INFY");
  const ticker = await openTicker(market, "HDFC");
  ticker.say({ a: "subscribe", v: [token] });
  await until("the first tick", () => ticker.ticks.length === 1);
  deepEqual([ticker.ticks[0]?.bytes, ticker.ticks[0]?.numbers[0]], [44, 1545_00]);
  ticker.say({ a: "mode", v: ["full", [token]] });
  await until("the full tick", () => ticker.ticks.length === 2);
  equal(ticker.ticks[1]?.bytes, 184);
  await placeOrder(market, "HDFC", { tradingsymbol: "INFY", price: "1544.9", quantity: "7" });
  await placeOrder(market, "SELLER", {
    tradingsymbol: "INFY",
    price: "1545.1",
    quantity: "3",
    transaction_type: "SELL",
  });
  await until("both sides", () => ticker.ticks.at(-1)?.sell[0]?.quantity === 3);
  deepEqual(ticker.ticks.at(-1)?.buy[0], { quantity: 7, paise: 1544_90, orders: 1 });
  deepEqual(ticker.ticks.at(-1)?.sell[0], { quantity: 3, paise: 1545_10, orders: 1 });
  const before = ticker.ticks.length;
  ticker.say({ a: "subscribe", v: [token] });
  await until("again", () => ticker.ticks.length > before);
  equal(ticker.ticks.at(-1)?.bytes, 184, "a token keeps its mode");
  await ticker.close();
});

test("at most one packet of a token in a tick, and none after unsubscribe", async () => {
  const token = await tokenOf("ITC");
  const ticker = await openTicker(market, "HDFC");
  ticker.say({ a: "mode", v: ["ltp", [token, token]] });
  await until("the first tick", () => ticker.ticks.length === 1);
  for (let count = 0; count < 40; count += 1)
    await placeOrder(market, "HDFC", { tradingsymbol: "ITC", price: "404", quantity: "1" });
  await until("another tick", () => ticker.ticks.length > 1);
  await new Promise((resolve) => setTimeout(resolve, 250));
  const times = ticker.messageTimes;
  const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const most = Math.ceil(tookMs / 100) + 2;
  ok(ticker.ticks.length <= most, `${ticker.ticks.length} packets in ${tookMs} ms`);
  const settled = ticker.ticks.length;
  await new Promise((resolve) => setTimeout(resolve, 250));
  equal(ticker.ticks.length, settled, "what does not change is not sent again");
  ticker.say({ a: "unsubscribe", v: [token] });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = ticker.ticks.length;
  await placeOrder(market, "HDFC", { tradingsymbol: "ITC", price: "404", quantity: "1" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  equal(ticker.ticks.length, before);
  await ticker.close();
});

test("own orders are told as they change, others' are not, and the line beats", async () => {
  const [mine, other] = [
    await openTicker(market, "HDFC"),
    await openTicker(market, "COUNTERPARTY"),
  ];
  const id = await placeOrder(market, "HDFC", {
    tradingsymbol: "TCS",
    price: "3100",
    tag: "swing1",
  });
  const sold = { tradingsymbol: "TCS", transaction_type: "SELL", order_type: "MARKET", price: "" };
  await placeOrder(market, "SELLER", { ...sold, quantity: "4" });
  await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
  await until("three changes", () => mine.texts.length === 3);
  const states = mine.texts.map(({ type, data }) => {
    const { order_id, status, filled_quantity, unfilled_quantity, tag } = data as Record<
      string,
      unknown
    >;
    return { type, order_id, status, filled_quantity, unfilled_quantity, tag };
  });
  const same = { type: "order", order_id: id, tag: "swing1" };
  deepEqual(states, [
    { ...same, status: "OPEN", filled_quantity: 0, unfilled_quantity: 10 },
    { ...same, status: "UPDATE", filled_quantity: 4, unfilled_quantity: 6 },
    { ...same, status: "CANCELLED", filled_quantity: 4, unfilled_quantity: 0 },
  ]);
  await until("two heartbeats", () => mine.beats >= 2);
  deepEqual(other.texts, []);
  await Promise.all([mine.close(), other.close()]);
});

test("what is no request is answered, and the socket stays", async () => {
  const ticker = await openTicker(market, "HDFC");
  const wrong = [
    "{",
    '{"a":"subscribe"}',
    '{"a":"mode","v":["all",[1]]}',
    '{"a":"subscribe","v":[-1]}',
  ];
  for (const text of wrong) ticker.socket.send(text);
  ticker.say({ a: "subscribe", v: [12345] });
  await until("five answers", () => ticker.texts.length === 5);
  ok(ticker.texts.every(({ type }) => type === "error"));
  match(String(ticker.texts[4]?.data), /^instrument_token 12345/);
  ticker.say({ a: "subscribe", v: [await tokenOf("SBIN")] });
  await until("a tick", () => ticker.ticks.length === 1);
  await ticker.close();
});

test("a socket ends with its key or its session, and others go on", async () => {
  const ending = await startGateway();
  const { apiKey, apiSecret } = kiteKey(ending, "SELLER");
  const checksum = createHash("sha256").update(`${apiKey}any${apiSecret}`).digest("hex");
  const opened = await kiteCall(ending, null, "POST", "/session/token", {
    api_key: apiKey,
    request_token: "any",
    checksum,
  });
  const { access_token } = dataOf<{ access_token: string }>(opened.body);
  const [revoked, session, other] = [
    await openTicker(ending, "HDFC"),
    await openTicker(ending, "SELLER", access_token),
    await openTicker(ending, "SELLER"),
  ];
  const closed = [once(revoked.socket, "close"), once(session.socket, "close")] as const;
  await changeKeys(ending.keysFile, (keys) => keys?.filter(({ id }) => id !== "HDFC") ?? []);
  const query = new URLSearchParams({ api_key: apiKey, access_token });
  await kiteCall(ending, null, "DELETE", `/session/token?${query.toString()}`);
  for (const [code] of await Promise.all(closed)) equal(code, 4401);
  const before = other.beats;
  await until("the other's line beats on", () => other.beats > before + 1);
  await other.close();
  await ending.close();
});

test("who is not let in gets no socket: 403; a fourth socket of one key: 429", async () => {
  const refused = async (query: string): Promise<number | undefined> => {
    const socket = new WebSocket(`${market.url.replace("http", "ws")}/kite/ws${query}`);
    socket.on("error", () => {});
    const letIn = once(socket, "open").then(() => undefined);
    const [, response] = ((await Promise.race([letIn, once(socket, "unexpected-response")])) ??
      []) as [unknown?, { statusCode?: number }?];
    socket.terminate();
    return response?.statusCode;
  };
  equal(await refused(""), 403);
  equal(await refused("?api_key=HDFC&access_token=nonsense"), 403);
  equal(await refused("?api_key=HDFC&api_key=HDFC&access_token=x"), 403);
  const open = [];
  for (let count = 0; count < 3; count += 1) open.push(await openTicker(market, "SELLER"));
  const { apiKey, accessToken } = kiteKey(market, "SELLER");
  // However the key's member is named: it is one key.
  for (const name of [apiKey, `${apiKey}:SELLER`])
    equal(await refused(`?api_key=${name}&access_token=${accessToken}`), 429, name);
  await Promise.all(open.map((ticker) => ticker.close()));
});
