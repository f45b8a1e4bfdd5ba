import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { logKey } from "../../../src/protocol/log/log-record.ts";
import { commandsTopic, sourceTopics } from "../../../src/protocol/topics.ts";
import { kiteCall, kiteKey, orderFields } from "../../http/kite/kite-call.ts";
import { act } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";

/**
 * Lists in lists, so deep that a function which calls itself once a level would end: within the
 * 64 KiB that a body or a value may have, and far beyond.
 */
const depths = [30_000, 100_000];
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

let market: AskedGateway;
let orders = 0;

before(async () => {
  market = await startAskedGateway();
});

after(() => market.close());

/** The next order is accepted: nobody stands still. */
async function takesNext(): Promise<void> {
  orders += 1;
  const order = { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 90_000 };
  const own = { client_order_id: `next-${orders}` };
  const { status, body } = await market.call("HDFC", "POST", "/v1/orders", { ...order, ...own });
  equal(status, 201, JSON.stringify(body));
}

type Operation = {
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: { readonly properties?: object } }>;
  };
};

test("what is nested deep in a request is refused at every route, whichever field says it", async () => {
  const { paths } = (await (await fetch(`${market.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  let asked = 0;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody }] of Object.entries(methods)) {
      if (method === "get") continue;
      const { properties = {} } = requestBody?.content["application/json"]?.schema ?? {};
      for (const field of [...Object.keys(properties), "more"])
        for (const depth of depths) {
          const body = `{"${field}":${nested(depth)}}`;
          const at = path.replaceAll(/\{\w+\}/g, "1");
          const { status } = await market.call("operations", method.toUpperCase(), at, body);
          ok(status >= 400 && status < 500, `${method} ${path} ${field} ${depth}: ${status}`);
          asked += 1;
        }
    }
  ok(asked > 50, `${asked}`);
  await takesNext();
});

test("what is nested deep in a query or a path is refused", async () => {
  for (const depth of depths)
    for (const path of ["/v1/orders?status=", "/v1/orders/", "/v1/dead-letters?topic="]) {
      const answer = await fetch(`${market.url}${path}${nested(depth)}`, {
        headers: { authorization: `Bearer ${market.keys.operations}` },
      });
      ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
    }
  await takesNext();
});

test("what is nested deep in Kite's forms is refused", async () => {
  for (const field of Object.keys(orderFields())) {
    const form = orderFields({ [field]: nested(15_000) });
    const { status } = await kiteCall(market, "HDFC", "POST", "/orders/regular", form);
    ok(status >= 400 && status < 500, `${field}: ${status}`);
  }
  await takesNext();
});

/** What a socket is told, or why it was closed, after a message. */
async function sayTo(path: string, text: string): Promise<string> {
  const socket = new WebSocket(`${market.url.replace("http", "ws")}${path}`);
  await once(socket, "open");
  const closed = once(socket, "close");
  const told = new Promise<string>((resolve) => {
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) resolve(data.toString());
    });
    socket.on("close", (code) => resolve(`closed ${code}`));
  });
  socket.send(text);
  const first = await told;
  socket.close();
  await closed;
  return first;
}

test("what is nested deep in a socket's message is refused there, and no other socket ends", async () => {
  const other = new WebSocket(`${market.url.replace("http", "ws")}/v1/stream`);
  await once(other, "open");
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  const kite = `/kite/ws?api_key=${apiKey}&access_token=${accessToken}`;
  for (const depth of depths) {
    const refused = depth * 2 < 64 * 1024 ? /"type":"error"/ : /closed 1009|"type":"error"/;
    for (const field of ["op", "key", "participant", "channel", "more"])
      match(await sayTo("/v1/stream", `{"op":"auth","${field}":${nested(depth)}}`), refused);
    match(await sayTo("/v1/stream", nested(depth)), refused);
    for (const message of [nested(depth), `{"a":"subscribe","v":${nested(depth)}}`])
      match(await sayTo(kite, message), refused);
  }
  equal(other.readyState, WebSocket.OPEN);
  other.terminate();
  await takesNext();
});

/** Fields of each source topic's records, and one that none has. */
const fields = ["qty", "symbol", "price", "order_id", "text", "quantity", "stock_symbol", "type"];

async function letters(): Promise<{ readonly id: string; readonly reason: string }[]> {
  const { body } = await market.call("operations", "GET", "/v1/dead-letters?limit=1000");
  return body["dead_letters"] as { id: string; reason: string }[];
}

async function untilLetters(count: number): Promise<void> {
  const endMs = Date.now() + 30_000;
  while ((await letters()).length < count) {
    if (Date.now() > endMs) throw new Error(`${(await letters()).length} letters, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("what is nested deep on a topic is one dead letter each, on the seeds' topics and ours", async () => {
  let written = (await letters()).length;
  for (const topic of sourceTopics)
    for (const depth of depths) {
      const values = fields.map((field) => `{"${field}":${nested(depth)}}`);
      for (const value of [nested(depth), ...values]) {
        await market.write(topic, value);
        written += 1;
      }
    }
  await untilLetters(written);
  equal((await letters()).length, written);
  await takesNext();
});

test("a command nested deep, wherever in it, stops nobody", async () => {
  const appender = await market.log.appender(commandsTopic, 0);
  const before = (await letters()).length;
  for (const depth of depths)
    for (const value of [
      nested(depth),
      `{"format":${nested(depth)}}`,
      `{"format":1,"type":${nested(depth)}}`,
      `{"format":1,"type":"PlaceOrder","symbol":${nested(depth)}}`,
      `{"format":1,"type":"PlaceOrder","source":{"offset":${nested(depth)}}}`,
    ])
      await appender.append([{ key: logKey, value: Buffer.from(value) }]);
  await appender.close();
  await untilLetters(before + 5 * depths.length);
  await takesNext();
});

test("a dead letter nested deep is listed, shown and refused again, by the gateway and by the log", async () => {
  const all = await letters();
  ok(all.length >= 100, `${all.length}`);
  for (const asked of [market.endpoint, market.logClient]) {
    const listed = await act(asked, ["dlq", "list", "--limit", "1000", "--json"]);
    deepEqual([listed.code, listed.out.length], [0, all.length]);
    equal((await act(asked, ["dlq", "list", "--limit", "1000"])).code, 0);
  }
  for (const { id } of all.slice(0, 20))
    for (const words of [
      ["show", id],
      ["show", id, "--raw"],
      ["show", id, "--json"],
    ])
      equal((await act(market.endpoint, ["dlq", ...words])).code, 0, words.join(" "));
  for (const { id } of all.filter((_, index) => index % 5 === 0)) {
    for (const dry of ["?dry_run=true", ""]) {
      const path = `/v1/dead-letters/${id}/redrive${dry}`;
      const { status, body } = await market.call("operations", "POST", path);
      deepEqual([status, body["code"]], [409, "STILL_UNREADABLE"], id);
    }
  }
  for (const asked of [market.endpoint, market.logClient]) {
    const { code, err } = await act(asked, ["dlq", "redrive", "--topic", "buy-orders"]);
    deepEqual([code, err.includes("RangeError")], [1, false]);
  }
  await takesNext();
});
