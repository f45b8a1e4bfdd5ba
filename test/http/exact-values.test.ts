import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { inexactTexts } from "../hostile-values.ts";
import { kiteKey, orderFields } from "./kite/kite-call.ts";
import { fieldsOf, rawAnswer, routesOf, send, type Route } from "./raw-request.ts";
import { openStream } from "./open-stream.ts";
import { startGateway, type RunningGateway, type Who } from "./running-gateway.ts";

let market: RunningGateway;
let routes: readonly Route[];

before(async () => {
  market = await startGateway({ ordersPerSecond: 100_000 });
  routes = await routesOf(market.url);
});

after(() => market.close());

const bearer = (who: Who) => ({ authorization: `Bearer ${market.keys[who]}` });
const json = (who: Who) => ({ ...bearer(who), "content-type": "application/json" });

/** Good values of the fields that bodies must have, as JSON texts. */
const goodTexts: Readonly<Record<string, string>> = {
  participant: '"HDFC"',
  symbol: '"SBIN"',
  side: '"BUY"',
  quantity: "10",
  price_paise: "98500",
  amount_paise: "98500",
};

test("a number is taken by its text at every door: 1e2 and 50000.0000000000001 are no whole numbers", async () => {
  const before = await market.log.bounds(commandsTopic, 0);
  let tried = 0;
  for (const route of routes) {
    tried += await tryBodies(route);
    tried += await tryQueries(route);
  }
  ok(tried > 60, `${tried} tried`);
  await tryStream();
  await tryTicker();
  await tryKiteForm();
  deepEqual(await market.log.bounds(commandsTopic, 0), before);
});

/** A number that is none in each whole number of a route's body; how many were tried. */
async function tryBodies({ method, path, operation }: Route): Promise<number> {
  let tried = 0;
  const bodyFields = fieldsOf(operation);
  for (const [field, shape] of Object.entries(bodyFields))
    for (const { type } of [shape, ...(shape.anyOf ?? [])]) {
      if (type !== "integer") continue;
      for (const number of [...inexactTexts("1000"), "9007199254740993"]) {
        const known = Object.entries(goodTexts).filter(([name]) => name in bodyFields);
        const texts = Object.entries({ ...Object.fromEntries(known), [field]: number });
        const body = `{${texts.map(([name, text]) => `"${name}":${text}`).join(",")}}`;
        const bytes = Buffer.from(body);
        const { status, text } = await send(market.url, method, path, json("HDFC"), bytes);
        const { field: named, detail } = JSON.parse(text);
        const isSaid = detail.startsWith(`${field}: found ${number}, send`);
        deepEqual([status, named, isSaid], [400, field, true], `${path} ${body}: ${text}`);
        tried += 1;
      }
    }
  return tried;
}

/** The same in the numbers of its query. */
async function tryQueries({ method, path, operation }: Route): Promise<number> {
  let tried = 0;
  const inexact = ["5.0", "1e1", "0x5", "+5", "%205", "5%20", "", "1_0", "5.0000000000000000001"];
  for (const { name, in: where } of operation.parameters ?? []) {
    if (where !== "query" || !["limit", "levels", "length_ms"].includes(name)) continue;
    for (const number of inexact) {
      const url = `${path}?${name}=${number}`;
      const { status, text } = await send(market.url, method, url, bearer("HDFC"));
      deepEqual([status, JSON.parse(text).field], [400, name], url);
      tried += 1;
    }
  }
  return tried;
}

async function tryStream(): Promise<void> {
  const stream = await openStream(market.url, market.keys.HDFC);
  for (const text of [
    '{"op":"unsubscribe","id":1.0}',
    '{"op":"subscribe","channel":"depth","symbol":"SBIN","levels":5.0}',
    '{"op":"subscribe","channel":"depth","symbol":"SBIN","levels":2e1}',
  ]) {
    stream.socket.send(text);
    equal((await stream.take("error")).code, "INVALID_FIELD", text);
  }
  stream.close();
}

async function tryTicker(): Promise<void> {
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  const ticker = new WebSocket(
    `${market.url.replace("http", "ws")}/kite/ws?api_key=${apiKey}&access_token=${accessToken}`,
  );
  const messages: string[] = [];
  ticker.on("message", (data: Buffer, isBinary) => isBinary || messages.push(data.toString()));
  await new Promise((resolve) => ticker.once("open", resolve));
  for (const text of [
    '{"a":"subscribe","v":[408065.0]}',
    '{"a":"mode","v":["full",[4e5]]}',
    '{"a":"subscribe","v":[5,9007199254740993]}',
  ]) {
    messages.length = 0;
    ticker.send(text);
    const endMs = Date.now() + 5_000;
    while (messages.length === 0 && Date.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 5));
    match(messages[0] ?? "", /"error".*subscribe/, text);
  }
  ticker.terminate();
}

async function tryKiteForm(): Promise<void> {
  for (const quantity of ["1e1", "10.0", "0x10", " 10", "+10"]) {
    const body = Buffer.from(new URLSearchParams(orderFields({ quantity })).toString());
    const { status, text } = await send(market.url, "POST", kiteOrders, kiteForm(), body);
    deepEqual([status, /"message":"quantity: /.test(text)], [400, true], text);
  }
}

const kiteOrders = "/kite/orders/regular";

function kiteForm() {
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  return {
    authorization: `token ${apiKey}:${accessToken}`,
    "content-type": "application/x-www-form-urlencoded",
  };
}

test("bytes that are not UTF-8 are refused at every door, never replaced: two ids do not become one", async () => {
  const before = await market.log.bounds(commandsTopic, 0);
  const placing = Buffer.from(
    '{"symbol":"SBIN","side":"BUY","quantity":1,"price_paise":98500,"client_order_id":"x?"}',
  );
  for (const byte of [0xff, 0xfe, 0xc0, 0x80]) {
    const body = Buffer.from(placing);
    body[placing.indexOf("?")] = byte;
    const { status, text } = await send(market.url, "POST", "/v1/orders", json("HDFC"), body);
    deepEqual([status, JSON.parse(text).code], [400, "NOT_UTF8"]);
    match(text, /body: not UTF-8/);
  }
  const form = kiteForm();
  for (const tag of ["x%ff", "x%fe", "%ed%a0%80", "%c0%af", "%", "%2", "%zz"]) {
    const body = Buffer.from(`${new URLSearchParams(orderFields()).toString()}&tag=${tag}`);
    const { status, text } = await send(market.url, "POST", kiteOrders, form, body);
    deepEqual([status, /body: not UTF-8/.test(text)], [400, true], `${tag} ${text}`);
    for (const url of [
      `/v1/orders/${tag}`,
      `/v1/orders?symbol=${tag}`,
      `/v1/depth/${tag}`,
      `/v1/orders?no_such=${tag}`,
      `/kite/orders/${tag}`,
      `/kite/quote?i=NSE:${tag}`,
      `/kite/session/token?api_key=${tag}`,
      `/${tag}`,
      `/?${tag}`,
    ]) {
      const answer = await send(market.url, "GET", url, { ...bearer("HDFC") });
      equal(answer.status, 400, `${url} ${answer.text}`);
      match(answer.text, /percent escapes/);
    }
  }
  const raw = Buffer.concat([
    Buffer.from(new URLSearchParams(orderFields()).toString()),
    Buffer.from("&tag=x"),
    Buffer.from([0xff]),
  ]);
  match((await send(market.url, "POST", kiteOrders, form, raw)).text, /body: not UTF-8/);
  const head = [
    " HTTP/1.1",
    "host: localhost",
    "connection: close",
    `authorization: Bearer ${market.keys.HDFC}`,
    "\r\n",
  ];
  const path = [Buffer.from("GET /v1/orders/x"), Buffer.from([0xff])];
  const request = Buffer.concat([...path, Buffer.from(head.join("\r\n"))]);
  deepEqual(await rawAnswer(market.url, request), "400");
  const headers = { ...json("operations"), "sauda-participant": "x\u00ff" };
  const refused = await send(market.url, "POST", "/v1/orders", headers, placing);
  deepEqual([refused.status, JSON.parse(refused.text).field], [400, "sauda-participant"]);
  const stream = await openStream(market.url, market.keys.HDFC);
  stream.socket.send(
    Buffer.concat([Buffer.from('{"op":"ping","x":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    { binary: true },
  );
  equal((await stream.take("error")).code, "NOT_UTF8");
  stream.close();
  deepEqual(await market.log.bounds(commandsTopic, 0), before);
});

test("a field that stands twice is refused by its name in every body and message: nothing is sequenced", async () => {
  const before = await market.log.bounds(commandsTopic, 0);
  let tried = 0;
  for (const { method, path, operation } of routes) {
    const bodyFields = fieldsOf(operation);
    for (const field of Object.keys(bodyFields)) {
      const known = Object.entries(goodTexts).filter(([name]) => name in bodyFields);
      const good = Object.entries({ [field]: '"x"', ...Object.fromEntries(known) });
      const texts = good.map(([name, text]) => `"${name}":${text}`).join(",");
      const escaped = `\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}`;
      for (const name of [field, escaped]) {
        const body = Buffer.from(`{${texts},"${name}":null}`);
        const { status, text } = await send(market.url, method, path, json("HDFC"), body);
        const { code, detail, field: named } = JSON.parse(text);
        deepEqual(
          [status, code, detail, named],
          [400, "REPEATED_FIELD", `body: ${field} stands twice: send it once`, field],
          `${method} ${path} ${body.toString()}`,
        );
        tried += 1;
      }
    }
    const queries = (operation.parameters ?? []).filter((each) => each.in === "query");
    for (const { name } of queries) {
      const url = `${path}?${name}=1&${name}=2`;
      const { status, text } = await send(market.url, method, url, json("operations"));
      deepEqual([status, JSON.parse(text).field], [400, name], `${method} ${url}`);
      tried += 1;
    }
  }
  ok(tried > 80, `${tried} tried`);
  const stream = await openStream(market.url, market.keys.HDFC);
  stream.socket.send('{"op":"subscribe","channel":"depth","symbol":"SBIN","symbol":"TCS"}');
  const error = await stream.take("error");
  equal(error.code, "REPEATED_FIELD");
  match(String(error.detail), /symbol stands twice/);
  stream.close();
  deepEqual(await market.log.bounds(commandsTopic, 0), before);
});

test("what a query says is heard or refused by its name, never left unheard", async () => {
  const before = await market.log.bounds(commandsTopic, 0);
  for (const { method, path } of routes) {
    const url = `${path}?symbl=TCS&symbl=INFY`;
    const body = method === "GET" ? undefined : Buffer.from("{}");
    const { status, text } = await send(market.url, method, url, json("operations"), body);
    const { code, field } = JSON.parse(text);
    deepEqual([status, code, field], [400, "UNKNOWN_FIELD", "symbl"], `${method} ${url}`);
  }
  const all = [
    "POST",
    "/v1/orders/cancel-all?symbol=TCS",
    json("HDFC"),
    Buffer.from("{}"),
  ] as const;
  const { status, text } = await send(market.url, ...all);
  equal(status, 400);
  match(JSON.parse(text).detail, /^symbol: this route has no query; send it in the body$/);
  deepEqual(await market.log.bounds(commandsTopic, 0), before);
});
