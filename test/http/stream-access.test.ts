import { equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { changeKeys } from "../../src/cli/keys/keys-file.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";
import { openStream } from "./open-stream.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

const order = (who: "HDFC" | "SELLER", symbol: string, price_paise: number) =>
  market.call(who, "POST", "/v1/orders", {
    symbol,
    side: who === "HDFC" ? "BUY" : "SELL",
    quantity: 1,
    price_paise,
  });

test("settlements of a symbol are the subscriber's own; another member's legs stay away", async () => {
  const [own, other] = [
    await openStream(market.url, market.keys.HDFC),
    await openStream(market.url, market.keys.COUNTERPARTY),
  ];
  for (const stream of [own, other]) {
    stream.say({ op: "subscribe", channel: "settlements", symbol: "LT" });
    await stream.take("subscribed");
  }
  await order("SELLER", "ITC", 40_000);
  await order("HDFC", "ITC", 40_000);
  await order("SELLER", "LT", 360_000);
  await order("HDFC", "LT", 360_000);
  const { settlement } = await own.take("settlement");
  equal("symbol" in settlement && settlement.symbol, "LT");
  other.say({ op: "ping" });
  await other.take("pong");
  for (const [stream, count] of [
    [own, 1],
    [other, 0],
  ] as const)
    equal(stream.messages.filter(({ type }) => type === "settlement").length, count);
  own.close();
  other.close();
});

test("a stream that stops to speak for one member hears of nobody's orders", async () => {
  const stream = await openStream(market.url, null);
  const key = market.keys.operations;
  stream.say({ op: "auth", key, participant: "COUNTERPARTY" });
  await stream.take("ready");
  stream.say({ op: "subscribe", channel: "confirmations" });
  await stream.take("subscribed");
  stream.say({ op: "auth", key });
  equal((await stream.take("ready")).participant, null);
  await order("SELLER", "ONGC", 24_000);
  stream.say({ op: "ping" });
  await stream.take("pong");
  ok(stream.messages.every(({ type }) => type !== "confirmation"));
  stream.close();
});

test("a stream ends with its key, and others go on", async () => {
  const [revoked, other] = [
    await openStream(market.url, market.keys.reader),
    await openStream(market.url, market.keys.SELLER),
  ];
  const closed = once(revoked.socket, "close");
  await changeKeys(market.keysFile, (keys) => keys?.filter(({ id }) => id !== "reader") ?? []);
  const [code] = (await closed) as [number];
  equal(code, 4401);
  equal((await market.call("reader", "GET", "/v1/orders")).status, 401);
  other.say({ op: "ping" });
  await other.take("pong");
  other.close();
});

test("the gateway ends promptly although a stream's client reads nothing", async () => {
  const ending = await startGateway();
  const stream = await openStream(ending.url, ending.keys.HDFC);
  stream.socket.pause();
  const startedAtMs = Date.now();
  await ending.close();
  const tookMs = Date.now() - startedAtMs;
  ok(tookMs < 3_000, `took ${tookMs} ms`);
  stream.socket.terminate();
});
