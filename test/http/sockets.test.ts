import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStream } from "./open-stream.ts";
import { rawSocket, until, upgradeText, type RawSocket } from "./raw-socket.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;
const alarms: string[] = [];

before(async () => {
  const report = (event: { readonly type: string }): void => {
    if (event.type === "alarm") alarms.push(JSON.stringify(event));
  };
  market = await startGateway({ report });
});

after(() => market.close());

const count = <Value>(values: readonly Value[], fits: (value: Value) => boolean): number =>
  values.filter(fits).length;

test("1,000 upgrades that never say who they are keep nobody out, and are all gone after their time", async () => {
  const strangers: RawSocket[] = [];
  for (let wave = 0; wave < 10; wave += 1)
    strangers.push(
      ...(await Promise.all(
        Array.from({ length: 100 }, () => rawSocket(market.url, upgradeText("/v1/stream"))),
      )),
    );
  ok(await until(() => count(strangers, (one) => one.text().includes(" 101 ")) === 1_000, 10_000));
  const askedAtMs = performance.now();
  const stream = await openStream(market.url, market.keys.HDFC);
  stream.say({ op: "ping" });
  await stream.take("pong");
  const tookMs = performance.now() - askedAtMs;
  ok(tookMs < 2_000, `the client was let in after ${tookMs} ms`);
  const sitting = count(strangers, ({ endedAfterMs }) => endedAfterMs === null);
  ok(sitting <= 100, `${sitting} strangers sit at a time`);
  // Nobody of them ever answers a good-bye.
  ok(await until(() => strangers.every(({ endedAfterMs }) => endedAfterMs !== null), 8_000));
  stream.say({ op: "ping" });
  await stream.take("pong");
  stream.close();
});

test("one key may have 100 streams; the next is told why, and another key's is let in", async () => {
  const streams = [];
  for (let each = 0; each < 100; each += 1)
    streams.push(await openStream(market.url, market.keys.SELLER));
  const next = await openStream(market.url, null);
  next.say({ op: "auth", key: market.keys.SELLER });
  equal((await next.take("error")).code, "TOO_MANY_STREAMS");
  const other = await openStream(market.url, market.keys.HDFC);
  streams[0]?.socket.terminate();
  ok(
    await until(() => {
      next.say({ op: "auth", key: market.keys.SELLER });
      return next.messages.some(({ type }) => type === "ready");
    }, 2_000),
    "a place that is free again may be taken",
  );
  for (const stream of [...streams, next, other]) stream.socket.terminate();
});

const place = '{"symbol":"SBIN","side":"BUY","quantity":1,"price_paise":98500}';
const headersOf = (key: string, length: number): string =>
  "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
  `Authorization: Bearer ${key}\r\nContent-Length: ${length}\r\n\r\n`;

/** Sends a byte at a time until the connection is gone. */
function drip({ socket }: RawSocket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write(text[at % text.length] ?? "x");
    at += 1;
  }, 100);
}

test("who sends nothing, or headers or a body byte by byte, is cut off in 10 s, and holds nobody up", async () => {
  const kite = "POST /kite/session/token HTTP/1.1\r\nHost: localhost\r\n";
  const form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n";
  const slow = {
    nothing: await rawSocket(market.url),
    headers: await rawSocket(market.url, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nx: "),
    body: await rawSocket(market.url, headersOf(market.keys.HDFC, 5_000)),
    "a form": await rawSocket(market.url, kite + form),
    "the second request": await rawSocket(
      market.url,
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHo",
    ),
  };
  drip(slow.headers, "x");
  drip(slow.body, " ");
  drip(slow["a form"], "x");
  for (let each = 0; each < 5; each += 1) {
    const { status } = await market.call("HDFC", "POST", "/v1/orders", JSON.parse(place));
    equal(status, 201);
  }
  await until(() => Object.values(slow).every(({ endedAfterMs }) => endedAfterMs !== null), 14_000);
  for (const [what, { endedAfterMs, text }] of Object.entries(slow)) {
    ok(endedAfterMs !== null && endedAfterMs < 13_000, `${what}: ended after ${endedAfterMs} ms`);
    match(text(), /HTTP\/1.1 408 /, what);
  }
  deepEqual(alarms, []);
});

test("a wrong key is refused before any body is there", async () => {
  for (const key of ["sauda_nobody_0123456789abcdef", "x"]) {
    const raw = await rawSocket(market.url, headersOf(key, 5_000));
    ok(await until(() => raw.text().includes("HTTP/1.1 401"), 1_000), "answered at once");
    raw.socket.destroy();
  }
  const kite =
    "POST /kite/orders/regular HTTP/1.1\r\nHost: localhost\r\nAuthorization: token HDFC:x\r\n" +
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n";
  const raw = await rawSocket(market.url, kite);
  ok(await until(() => raw.text().includes("HTTP/1.1 403"), 1_000), "Kite's too");
  raw.socket.destroy();
});

test("a client that hangs up in the middle of its body is no fault of ours, and raises no alarm", async () => {
  const { id, secret } = { id: "HDFC", secret: market.keys.HDFC.slice("sauda_HDFC_".length) };
  const form =
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nexchange=NSE";
  for (const text of [
    `${headersOf(market.keys.HDFC, 500)}{"symbol"`,
    "POST /kite/orders/regular HTTP/1.1\r\nHost: localhost\r\n" +
      `Authorization: token ${id}:${secret}\r\n${form}`,
    `POST /kite/session/token HTTP/1.1\r\nHost: localhost\r\n${form}`,
    "POST /kite/session/token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" +
      "Content-Type: application/x-www-form-urlencoded\r\n\r\nffff\r\nx",
  ])
    for (const hangUp of ["destroy", "end", "resetAndDestroy"] as const) {
      const { socket } = await rawSocket(market.url, text);
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket[hangUp]();
    }
  await new Promise((resolve) => setTimeout(resolve, 300));
  deepEqual(alarms, []);
});

test("only a path with a WebSocket gives one: elsewhere there is 404 and the socket is closed", async () => {
  const authorization = `Authorization: Bearer ${market.keys.HDFC}\r\n`;
  for (const path of [
    "/nowhere",
    "/",
    "/v1/orders",
    "/v1/streams",
    "/v1/stream/x",
    "/assets/x.js",
    "/kite/orders",
    "/kite/nothing",
    "/metrics",
  ]) {
    const raw = await rawSocket(market.url, upgradeText(path, authorization));
    ok(await until(() => raw.endedAfterMs !== null, 3_000), `${path}: the socket is closed`);
    match(raw.text(), /^HTTP\/1.1 (404|403|501) /, path);
  }
});

test("an offer of another protocol is ignored, as HTTP has it: Java's client offers HTTP/2 always", async () => {
  const raw = await rawSocket(market.url, upgradeText("/healthz", "", "h2c"));
  ok(await until(() => raw.text().includes('{"status":"ok"}'), 1_000));
  match(raw.text(), /^HTTP\/1.1 200 /);
  raw.socket.destroy();
});
