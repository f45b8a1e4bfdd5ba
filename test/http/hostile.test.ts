import { deepEqual, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { hostileValues } from "../hostile-values.ts";
import { kiteKey, orderFields } from "./kite/kite-call.ts";
import { fieldsOf, routesOf, send, type Route, type RawAnswer } from "./raw-request.ts";
import { openStream } from "./open-stream.ts";
import { startGateway, type RunningGateway, type Who } from "./running-gateway.ts";

let market: RunningGateway;
let routes: readonly Route[];
const alarms: string[] = [];

before(async () => {
  const report = (event: { readonly type: string }): void => {
    if (event.type === "alarm") alarms.push(JSON.stringify(event));
  };
  market = await startGateway({ ordersPerSecond: 100_000, report });
  routes = await routesOf(market.url);
});

after(() => market.close());

const bearer = (who: Who) => ({ authorization: `Bearer ${market.keys[who]}` });
const json = (who: Who) => ({ ...bearer(who), "content-type": "application/json" });

/** What every refusal must be: bounded, of the caller's making, and nothing in the log. */
function judge(what: string, { status, text }: RawAnswer): void {
  ok(status >= 400 && status < 500, `${what}: ${status} ${text.slice(0, 200)}`);
  ok(text.length < 1_000, `${what}: an answer of ${text.length} characters`);
}

test("no body makes a fault, a long answer or a command, whatever is in it and wherever", async () => {
  const before = await market.log.bounds(commandsTopic, 0);
  for (const { method, path, operation } of routes) {
    const fields = ["", "no_such_field", ...Object.keys(fieldsOf(operation))];
    if (operation.requestBody === undefined) continue;
    for (const [what, value] of Object.entries(hostileValues))
      for (const field of fields) {
        const good = path === "/v1/orders" ? '"symbol":"SBIN","side":"BUY",' : "";
        const body = field === "" ? value : `{${good}"${field}":${value}}`;
        judge(
          `${method} ${path} ${field}: ${what}`,
          await send(market.url, method, path, json("HDFC"), Buffer.from(body)),
        );
      }
  }
  deepEqual(await market.log.bounds(commandsTopic, 0), before);
  deepEqual(alarms, []);
});

const hostileTexts = [
  "x".repeat(7_000),
  "__proto__",
  "constructor",
  "%00",
  "%F0%9F%98%80".repeat(500),
  "1e999",
  "..%2f..%2f",
];

test("no path, query or header makes a fault or a long answer", async () => {
  for (const { method, path, operation } of routes) {
    const names = (operation.parameters ?? []).filter((one) => one.in === "query");
    const asked = [
      ...hostileTexts.map((text) => path.replace(/x(?=\/|$)/, text)),
      ...["limit", "symbol", "no_such", ...names.map(({ name }) => name)].flatMap((name) =>
        hostileTexts.flatMap((text) => [
          `${path}?${name}=${text}`,
          `${path}?${name}=1&${name}=${text}`,
        ]),
      ),
      `${path}?${"a=1&".repeat(1_500)}`,
      `${path}/${"x/".repeat(3_000)}`,
    ];
    for (const url of new Set(asked)) {
      const { status, text } = await send(market.url, method, url, bearer("HDFC"));
      ok(status < 500, `${method} ${url.slice(0, 80)}: ${status} ${text.slice(0, 200)}`);
      if (status >= 400) judge(`${method} ${url.slice(0, 80)}`, { status, text });
    }
  }
  for (const name of [
    "authorization",
    "sauda-key",
    "sauda-participant",
    "origin",
    "host",
    "content-type",
    "x-kite-version",
    "sauda-timestamp",
  ])
    for (const text of [
      "x".repeat(12_000),
      "\u00ff\u00fe",
      "Bearer sauda_",
      "__proto__",
      "token :",
    ]) {
      const headers = { ...json("operations"), [name]: text };
      judge(
        `${name}: ${text.slice(0, 20)}`,
        await send(market.url, "POST", "/v1/orders", headers, Buffer.from("{}")),
      );
    }
  deepEqual(alarms, []);
});

test("no form of Kite's dialect, and no path under it, makes a fault or a long answer", async () => {
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  const authorization = `token ${apiKey}:${accessToken}`;
  const form = { authorization, "content-type": "application/x-www-form-urlencoded" };
  const good = orderFields();
  for (const [what, value] of Object.entries(hostileValues))
    for (const field of [
      ...Object.keys(good),
      "__proto__",
      "constructor",
      "market_protection",
      "x",
    ]) {
      const body = new URLSearchParams({ ...good, [field]: value }).toString();
      judge(
        `${field}: ${what}`,
        await send(market.url, "POST", "/kite/orders/regular", form, Buffer.from(body)),
      );
      judge(
        `session ${field}: ${what}`,
        await send(
          market.url,
          "POST",
          "/kite/session/token",
          form,
          Buffer.from(`${field}=${encodeURIComponent(value).slice(0, 60_000)}`),
        ),
      );
    }
  for (const path of [
    "/orders/X",
    "/orders/X/trades",
    "/orders/regular/X",
    "/instruments/X",
    "/instruments/historical/X/minute",
    "/instruments/historical/1/X?from=X&to=X",
    "/quote?i=X",
    "/user/margins/X",
    "/portfolio/X",
    "/X",
  ])
    for (const text of hostileTexts)
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        const answer = await send(market.url, method, `/kite${path.replaceAll("X", text)}`, {
          authorization,
        });
        ok(
          answer.status < 500 || answer.status === 501,
          `${method} ${path} ${text.slice(0, 20)}: ${answer.status} ${answer.text.slice(0, 200)}`,
        );
        ok(answer.text.length < 1_000);
      }
  deepEqual(alarms, []);
});

test("no message on a socket makes a fault or a long answer, in text or in binary", async () => {
  const stream = await openStream(market.url, market.keys.HDFC);
  for (const [what, value] of Object.entries(hostileValues))
    for (const text of [
      value,
      `{"op":${value}}`,
      `{"op":"subscribe","channel":${value}}`,
      `{"op":"subscribe","channel":"depth","symbol":${value}}`,
      `{"op":"unsubscribe","id":${value}}`,
      `{"op":"ping","x":${value}}`,
      `{"op":"auth","key":${value}}`,
    ])
      for (const isBinary of [false, true]) {
        stream.socket.send(Buffer.from(text), { binary: isBinary });
        const { code, detail } = await stream.take("error");
        ok(code.length + detail.length < 500, `${what}: ${detail.slice(0, 100)}`);
      }
  stream.close();
  deepEqual(alarms, []);
});
