import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocketServer, type WebSocket } from "ws";
import { root, sauda, startProgram, startSauda } from "../../acceptance/market-process.ts";

/** What stands behind `--url` may be anything: another program, another version, a liar. */
const env = {
  SAUDA_DATA_DIR: "/nonexistent",
  KAFKA_BOOTSTRAP_SERVERS: "",
  SAUDA_URL: "",
  SAUDA_KEY: "sauda_HDFC_0123456789abcdef",
};
/** Clears the screen; colors by a mark that is one character, above the ASCII ones. */
const marks = "\u001B[2J\u009B31m";
const gatewayHeaders = { "content-type": "application/json", "sauda-seq": "1" };
const order = "order --participant HDFC --symbol SBI --side BUY --quantity 1 --price 900";

let server: Server;
let url: string;
let answer: (reply: ServerResponse) => void;
let asked = 0;
let tell: (socket: WebSocket) => void;
/** The answer to who says on a stream who it is. */
let greeting = '{"type":"ready"}';

before(async () => {
  server = createServer((request, reply) => {
    asked += 1;
    request.resume();
    answer(reply);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.once("message", () => {
      socket.send(greeting);
      tell(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

function answering(status: number, body: string, headers: Record<string, string> = {}): void {
  answer = (reply) => reply.writeHead(status, { ...gatewayHeaders, ...headers }).end(body);
}

async function ask(line: string): Promise<{ code: number | null; out: string; err: string }> {
  const { code, out, err } = await sauda([...line.split(" "), "--url", url], { env });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const stranger = /^sauda: the gateway at http:.*(of another version|is a market's gateway there)/;

for (const [what, status, body] of [
  ["null", 200, "null"],
  ["a list", 200, "[]"],
  ["an object without rows", 200, "{}"],
  ["rows of nothing", 200, '{"orders":[null],"next":null}'],
  ["no rows, and more of them without end", 200, '{"orders":[],"next":"same"}'],
  ["a redirect", 302, "{}"],
  ["nothing", 204, ""],
  ["an error that is null", 500, "null"],
  ["an error that says nothing", 502, "{}"],
] as const)
  test(`a gateway that answers with ${what} is said to be another, in bounded time`, async () => {
    answering(status, body);
    const { code, err } = await ask("orders");
    equal(code, 1);
    match(err, stranger);
  });

test("a list whose pages lead nowhere, or are gone while it is read, ends as a failure", async () => {
  const row = { account: "HDFC", asset: "INR", free: 1, blocked: 0, due: 0 };
  answering(200, JSON.stringify({ accounts: [row], next: "same" }));
  const endless = await ask("accounts");
  deepEqual([endless.code, endless.out], [1, ""]);
  match(endless.err, stranger);
  const problem = { code: "PAGE_GONE", detail: "after: is no longer in this list", field: "after" };
  answer = (reply) => {
    const isFirst = !reply.req.url?.includes("after");
    const page = isFirst ? { accounts: [row], next: "gone" } : problem;
    reply.writeHead(isFirst ? 200 : 400, gatewayHeaders).end(JSON.stringify(page));
  };
  const { code, err } = await ask("accounts");
  deepEqual([code, err], [1, "sauda: the list changed while it was read: ask again"]);
});

test("an answer without end is cut off long before the memory is full", async () => {
  let sent = 0;
  const part = Buffer.alloc(1024 * 1024, " ");
  answer = (reply) => {
    reply.writeHead(200, gatewayHeaders);
    const more = (): void => {
      while (sent < 1024 && !reply.destroyed) {
        sent += 1;
        if (!reply.write(part)) return void reply.once("drain", more);
      }
      reply.end();
    };
    more();
  };
  const { code, err } = await ask("orders");
  equal(code, 1);
  match(err, /more than 64 MiB, which no gateway answers/);
  ok(sent < 200, `${sent} MiB were read`);
});

test("who is told to come again at a date comes again seldom, and not for ever", async () => {
  const body = JSON.stringify({ code: "TOO_MANY_READS", detail: "too many reads" });
  answering(429, body, { "retry-after": "Wed, 21 Oct 2037 07:28:00 GMT" });
  asked = 0;
  const { code, err } = await ask("orders");
  deepEqual([code, err], [1, "sauda: too many reads"]);
  ok(asked < 20, `${asked} times`);
});

test("what strangers wrote never moves the cursor: errors, rows, NDJSON, the stream", async () => {
  const harmless = (text: string): void => {
    ok(text.length > 0);
    // oxlint-disable-next-line no-control-regex
    doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  };
  answering(404, JSON.stringify({ code: "ORDER_NOT_FOUND", detail: marks }));
  harmless((await ask("orders")).err);
  answering(200, `<html>${marks}`);
  harmless((await ask("orders")).err);
  const hop = { lane: marks, title: marks, topic: marks, at: marks, hop: "x", record: marks };
  answering(200, JSON.stringify({ hops: [hop], journals: [] }));
  harmless((await ask("journey T-1 --records")).out);
  const { out } = await ask("journey T-1 --json");
  harmless(out);
  equal((JSON.parse(out) as { lane: string }).lane, marks);
  const trade = { trade_id: marks, executed_at: "now", buyer: "B\nTRADE T-2", seller: "S" };
  const message = { type: "trade", id: 1, n: 0, trade: { ...trade, quantity: 1, price_paise: 1 } };
  tell = (socket) => socket.send(JSON.stringify(message));
  const tailed = await ask("tail trades -n 1");
  harmless(tailed.out);
  equal(tailed.out.split("\n").length, 1);
  tell = (socket) => socket.send(JSON.stringify({ type: "error", code: "X", detail: marks }));
  harmless((await ask("tail trades")).err);
});

for (const [what, text] of [
  ["text that is no JSON", "<html>"],
  ["null", "null"],
  ["a trade without a trade", '{"type":"trade","id":1,"n":0}'],
  ["what no gateway tells", '{"type":"novelty","id":1,"n":0}'],
] as const)
  test(`a stream that says ${what} ends a tail as a failure of that gateway`, async () => {
    tell = (socket) => socket.send(text);
    const { code, err } = await ask("tail trades");
    equal(code, 1);
    match(err, stranger);
  });

test("a tail that is told more than it can show keeps a bounded part of it, and says so", async () => {
  const message = JSON.stringify({
    type: "trade",
    id: 1,
    n: 0,
    trade: { id: "x".repeat(2 ** 20) },
  });
  tell = (socket) => {
    for (let sent = 0; sent < 150; sent += 1) socket.send(message);
  };
  const line = '"$0" "$1" tail trades --json --url "$2" | (sleep 5; wc -c)';
  const launcher = join(root, "bin", "sauda.js");
  const words = ["-c", line, process.execPath, launcher, url];
  const tail = startProgram("bash", words, { env, asGroup: true });
  await tail.line(/read too slowly: \d+ messages are left out/, "err");
  tail.signal("SIGTERM");
  await tail.ended();
});

test("a tail that finds no room after a break waits for it, and says so once", async (context) => {
  const [ready, subscribed] = [greeting, '{"type":"subscribed","id":1}'];
  context.after(() => (greeting = ready));
  let greeted = 0;
  tell = (socket) => {
    greeted += 1;
    if (greeting === ready) socket.send(subscribed);
    if (greeted === 1) socket.close();
    const isFull = greeted < 4;
    greeting = isFull ? '{"type":"error","code":"TOO_MANY_STREAMS","detail":"close one"}' : ready;
  };
  const tail = startSauda(["tail", "trades", "--url", url], { env });
  await tail.line(/waiting for room at the gateway: TOO_MANY_STREAMS: close one$/, "err");
  await tail.line(/the gateway answers again/, "err");
  tail.signal("SIGINT");
  await tail.ended();
  equal(tail.err.filter((line) => line.includes("room")).length, 1);
});

test("an order whose answer cannot be read is unknown, and the id to ask with is told", async () => {
  const unknown = /^unknown: .*The same again with --client-order-id \S+ is safe$/;
  answer = (reply) => reply.destroy();
  match((await ask(order)).err, unknown);
  answering(500, "null");
  match((await ask(order)).err, unknown);
  answer = (reply) => reply.writeHead(502).end("<html>a proxy's words");
  match((await ask(order)).err, unknown);
  const place = { shard: 0, seq: 1, log_offset: 1, at: "now" };
  answering(200, JSON.stringify({ outcome: "accepted", request_id: "r", place }));
  const { code, err } = await ask(order);
  equal(code, 1);
  match(err, unknown);
});

test("an order that waits is unknown when Ctrl-C ends it, and the id to ask with is told", async () => {
  let isAsked = (): void => {};
  const waits = new Promise<void>((resolve) => (isAsked = resolve));
  answer = () => isAsked();
  const words = [...order.split(" "), "--client-order-id", "mine-1", "--url", url];
  const running = startSauda(words, { env });
  await waits;
  running.signal("SIGINT");
  const { code, signal } = await running.ended();
  ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
  match(
    running.err.join("\n"),
    /^unknown: .*The same again with --client-order-id mine-1 is safe$/,
  );
});

test("a letter that is sent again without an answer is unknown, and no further one is sent", async () => {
  const letter = { reason: "NOT_JSON", topic: "buy-orders", place: { at: "2026-11-30T10:00:00Z" } };
  const letters = ["D-1", "D-2"].map((id) => ({ ...letter, id, redriven: null }));
  const page = JSON.stringify({ dead_letters: letters, next: null });
  answer = (reply) => {
    if (reply.req.method === "GET") reply.writeHead(200, gatewayHeaders).end(page);
    else reply.destroy();
  };
  asked = 0;
  const { code, out, err } = await ask("dlq redrive --reason NOT_JSON");
  deepEqual([code, asked], [1, 2]);
  match(out, /^D-2 unknown: the gateway at .*; the same again is safe$/);
  match(err, /^sauda: the gateway at/);
});

test("what was never sent is said not to be sent", async () => {
  const nobody = [...order.split(" "), "--url", "http://127.0.0.1:1"];
  const { code, err } = await sauda(nobody, { env });
  equal(code, 1);
  match(err.join("\n"), /^not sent: the gateway at http:\/\/127.0.0.1:1: nobody listens there/);
  asked = 0;
  const letters = await ask(order.replace("HDFC", "€URO"));
  deepEqual([letters.code, asked], [2, 0]);
  match(letters.err, /participant "€URO": no member has such a name/);
});

test("an address or a key that cannot be one is named before anybody is asked", async () => {
  asked = 0;
  for (const odd of [`${url}?a=b`, `${url}/#x`, url.replace("//", "//name:word@")]) {
    const { code, err } = await sauda(["orders", "--url", odd], { env });
    equal(code, 1);
    match(err.join("\n"), /is no gateway's address/);
  }
  for (const key of ["two words", "sauda_€", "line\nline"]) {
    const { code, err } = await sauda(["orders", "--url", url, "--key", key], { env });
    equal(code, 1);
    match(err.join("\n"), /--key or SAUDA_KEY: no key/);
  }
  equal(asked, 0);
});
