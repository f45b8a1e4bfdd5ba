import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test, type TestContext } from "node:test";
import { runGateway } from "../../../src/cli/market/gateway-service.ts";
import { newPostbackQueue } from "../../../src/http/kite/postback-queue.ts";
import { readPostbackTarget } from "../../../src/http/kite/postback-target.ts";
import { builtDashboard } from "../../built-dashboard.ts";
import { startGateway, type RunningGateway } from "../running-gateway.ts";
import { kiteCall, kiteKey, placeOrder } from "./kite-call.ts";
import { listenForPostbacks, type PostbackListener } from "./postback-listener.ts";
import { until } from "./tick-reader.ts";

let listener: PostbackListener;
let market: RunningGateway;

before(async () => {
  listener = await listenForPostbacks();
  market = await startGateway({ postbacks: [{ keyId: "HDFC", url: listener.url }] });
});

after(async () => {
  await market.close();
  await listener.close();
});

test("each change of a key's order is posted, in order, with Kite's checksum", async () => {
  const id = await placeOrder(market, "HDFC", { tag: "swing1" });
  await placeOrder(market, "SELLER", { transaction_type: "SELL", quantity: "4" });
  await market.call("HDFC", "POST", "/v1/orders", {
    symbol: "SBIN",
    side: "BUY",
    quantity: 1,
    price_paise: 90_000,
  });
  await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
  await until("three postbacks", () => listener.received.length >= 3);
  const told = listener.received.map(({ order_id, status, filled_quantity, tag }) => {
    return [order_id, status, filled_quantity, tag];
  });
  deepEqual(told, [
    [id, "OPEN", 0, "swing1"],
    [id, "UPDATE", 4, "swing1"],
    [id, "CANCELLED", 4, "swing1"],
  ]);
  const { apiSecret } = kiteKey(market, "HDFC");
  for (const { order_id, order_timestamp, checksum } of listener.received) {
    const text = `${String(order_id)}${String(order_timestamp)}${apiSecret}`;
    equal(checksum, createHash("sha256").update(text).digest("hex"));
  }
});

/** An address, and a signal for what posts to it; both end with the test, however it ends. */
async function newListener(context: TestContext) {
  const ended = new AbortController();
  const own = await listenForPostbacks();
  context.after(() => {
    ended.abort();
    return own.close();
  });
  return { listener: own, ended };
}

test("a gateway that starts later posts nothing of what was, and all that comes", async (context) => {
  await placeOrder(market, "HDFC", { tag: "before" });
  const { listener: later, ended } = await newListener(context);
  const { promise: serving, resolve } = Promise.withResolvers<void>();
  const parts = {
    log: market.log,
    logName: "memory" as const,
    host: "127.0.0.1",
    port: 0,
    ordersPerSecond: 10,
    origins: [],
    keysFile: market.keysFile,
    desk: null,
    webDir: builtDashboard(),
    postbacks: [{ keyId: "HDFC", url: later.url }],
    report: ({ type }: { readonly type: string }) => void (type === "serving" && resolve()),
  };
  const running = runGateway(parts, ended.signal);
  await serving;
  await placeOrder(market, "HDFC", { tag: "after" });
  await until("a postback", () => later.received.length > 0);
  deepEqual(
    later.received.map(({ tag }) => tag),
    ["after"],
  );
  ended.abort();
  await running;
});

test("an address that fails is tried again, and the order of postbacks stays", async (context) => {
  const { listener: failing, ended } = await newListener(context);
  const alarms: string[] = [];
  const queue = newPostbackQueue(failing.url, (what) => alarms.push(what), ended.signal);
  failing.answers.push(500, 503);
  for (const n of [1, 2, 3]) queue.post(JSON.stringify({ n }));
  await until("all three", () => failing.received.length === 3);
  deepEqual(
    failing.received.map(({ n }) => n),
    [1, 2, 3],
  );
  equal(failing.requests(), 5);
  deepEqual(alarms, []);
});

test("a redirect is not followed; what nobody takes is given up, said once, and holds up nothing", async (context) => {
  const { listener: failing, ended } = await newListener(context);
  const alarms: string[] = [];
  const queue = newPostbackQueue(failing.url, (what) => alarms.push(what), ended.signal);
  failing.answers.push(307, 307, 307, 307);
  for (const n of [1, 2]) queue.post(JSON.stringify({ n }));
  const endMs = Date.now() + 10_000;
  while (failing.received.length === 0 && Date.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  deepEqual(failing.received, [{ n: 2, path: "/postback" }]);
  equal(alarms.length, 1);
  match(alarms[0] ?? "", /given up: it answers 307/);
});

test("a thousand wait for a slow address, no more, and the end ends them", async (context) => {
  const { listener: failing, ended } = await newListener(context);
  const queue = newPostbackQueue(failing.url, () => {}, ended.signal);
  failing.answers.push(500);
  for (let n = 0; n < 3_000; n += 1) queue.post(JSON.stringify({ n }));
  await until("the first of those kept", () => failing.received.length > 1);
  deepEqual(
    failing.received.slice(0, 2).map(({ n }) => n),
    [0, 2_000],
  );
  ended.abort();
  const { length } = failing.received;
  queue.post("{}");
  await new Promise((resolve) => setTimeout(resolve, 50));
  ok(failing.received.length <= length + 1);
});

test("only this machine, or a host that was allowed by name, gets postbacks", () => {
  const read = (text: string, hosts: readonly string[] = []) => readPostbackTarget(text, hosts);
  for (const host of ["127.0.0.1:9", "localhost", "[::1]:80", "127.1", "2130706433"])
    ok(read(`HDFC=http://${host}/x`).ok, host);
  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ["HDFC", /write <key id>=<url>/],
    ["=http://localhost/", /write/],
    ["HDFC=localhost:5000", /http or https/],
    ["HDFC=file:///etc/passwd", /http or https/],
    ["HDFC=http://user:word@localhost/", /no user and password/],
    ["HDFC=http://10.0.0.1/", /10\.0\.0\.1: not this machine; allow it with --postback-host/],
    ["HDFC=http://169.254.169.254/latest", /not this machine/],
    ["HDFC=http://localhost.example.com/", /not this machine/],
    ["HDFC=http://127.0.0.1.example.com/", /not this machine/],
    ["HDFC=http://[::ffff:10.0.0.1]/", /not this machine/],
  ];
  for (const [text, why] of refused) {
    const answer = read(text, ["trader.example.com"]);
    match(answer.ok ? "" : answer.why, why, text);
  }
  const allowed = read("HDFC=https://trader.example.com/kite", ["trader.example.com"]);
  deepEqual(allowed, {
    ok: true,
    target: { keyId: "HDFC", url: "https://trader.example.com/kite" },
  });
});
