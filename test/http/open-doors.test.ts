import { deepEqual, equal, match, ok } from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { digestSecret, readKeyText, signRequest } from "../../src/http/keys.ts";
import { openStream } from "./open-stream.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

const page = "http://charts.example";
let market: RunningGateway;

before(async () => {
  market = await startGateway({ origins: [page], readsPerSecond: 20 });
});

after(() => market.close());

type Heard = { status: number; headers: Readonly<Record<string, unknown>>; text: string };

async function ask(method: string, path: string, headers: Record<string, string>): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const asked = request(`${market.url}${path}`, { method, headers }, (answer) => {
    let text = "";
    answer.on("data", (data: Buffer) => (text += data.toString()));
    answer.on("end", () =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
    );
  });
  asked.on("error", reject);
  asked.end();
  return promise;
}

const keyOf = (who: "HDFC" | "SELLER" | "operations") => ({
  authorization: `Bearer ${market.keys[who]}`,
});

test("a page of an origin that was let in may ask every route: its browser's preflight is answered", async () => {
  for (const [path, method] of [
    ["/v1/orders", "POST"],
    ["/v1/orders/x", "DELETE"],
    ["/v1/session", "GET"],
    ["/kite/orders/regular", "POST"],
    ["/nowhere", "GET"],
  ] as const) {
    const { status, headers } = await ask("OPTIONS", path, {
      origin: page,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type,sauda-participant",
    });
    equal(status, 204, path);
    equal(headers["access-control-allow-origin"], page);
    match(String(headers["access-control-allow-methods"]), new RegExp(method));
    for (const name of ["authorization", "content-type", "sauda-participant", "sauda-signature"])
      match(String(headers["access-control-allow-headers"]), new RegExp(name));
    match(String(headers["vary"]), /origin/);
  }
});

test("its answers may be read by the page, refusals too; another page's preflight and requests are refused", async () => {
  for (const [headers, status] of [
    [keyOf("HDFC"), 200],
    [{}, 401],
  ] as const) {
    const answer = await ask("GET", "/v1/session", { ...headers, origin: page });
    equal(answer.status, status);
    equal(answer.headers["access-control-allow-origin"], page);
    match(String(answer.headers["access-control-expose-headers"]), /sauda-seq/);
  }
  const kite = await ask("GET", "/kite/user/profile", { origin: page });
  deepEqual([kite.status, kite.headers["access-control-allow-origin"]], [403, page]);
  const preflight = { origin: "http://evil.example", "access-control-request-method": "GET" };
  for (const method of ["OPTIONS", "GET"]) {
    const { status, headers } = await ask(method, "/v1/session", {
      ...preflight,
      ...keyOf("HDFC"),
    });
    deepEqual([status, headers["access-control-allow-origin"]], [403, undefined]);
  }
  const own = await ask("GET", "/v1/session", { ...keyOf("HDFC"), origin: market.url });
  deepEqual([own.status, own.headers["access-control-allow-origin"]], [200, undefined]);
});

test("an unknown id and a wrong signature, or secret, are one answer: nobody learns which ids there are", async () => {
  const signed = async (id: string, secret: string): Promise<Heard> => {
    const timestampMs = String(Date.now());
    const request = { timestampMs, method: "GET", path: "/v1/session", body: "", participant: "" };
    return ask("GET", "/v1/session", {
      "sauda-key": id,
      "sauda-timestamp": timestampMs,
      "sauda-signature": signRequest(digestSecret(secret), request),
    });
  };
  const { id, secret } = readKeyText(market.keys.SELLER) ?? { id: "", secret: "" };
  equal((await signed(id, secret)).status, 200);
  const answers = [
    await signed(id, "another"),
    await signed("nobody", "another"),
    await signed("nobody", ""),
    await signed("constructor", secret),
  ];
  equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1, "one answer");
  match(answers[0]?.text ?? "", /SIGNATURE_WRONG/);
  const bearers = await Promise.all(
    ["sauda_nobody_0123456789abcdef", `sauda_${id}_0123456789abcdef`].map((key) =>
      ask("GET", "/v1/session", { authorization: `Bearer ${key}` }),
    ),
  );
  equal(new Set(bearers.map(({ status, text }) => `${status} ${text}`)).size, 1, "one answer");
});

test("a key that reads without end waits, told how long; its orders and another key's reads do not", async () => {
  const reads = await Promise.all(
    Array.from({ length: 60 }, () => ask("GET", "/v1/orders", keyOf("HDFC"))),
  );
  const refused = reads.filter(({ status }) => status === 429);
  // A list of 100 rows counts as five reads, so 40 saved up are 8 lists, less what the
  // tests before took; on a busy machine the bucket fills meanwhile. The exact counts
  // are test/http/read-budget.test.ts's.
  ok(refused.length >= 20 && refused.length < 60, `${refused.length} of 60 refused`);
  const [first] = refused;
  match(first?.text ?? "", /TOO_MANY_READS.*at most 20 reads a second/);
  ok(Number(first?.headers["retry-after"]) >= 1);
  const kite = await ask("GET", "/kite/orders", {
    authorization: `token HDFC:${readKeyText(market.keys.HDFC)?.secret}`,
  });
  deepEqual(
    [kite.status, /NetworkException/.test(kite.text)],
    [429, true],
    "one bucket for all doors",
  );
  ok(Number(kite.headers["retry-after"]) >= 1, "Kite's too");
  const stream = await openStream(market.url, market.keys.HDFC);
  for (let each = 0; each < 60; each += 1)
    stream.say({ op: "subscribe", channel: "depth", symbol: "SBIN" });
  equal((await stream.take("error")).code, "TOO_MANY_READS");
  stream.close();
  const good = { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 98_500 };
  equal((await market.call("HDFC", "POST", "/v1/orders", good)).status, 201);
  equal((await ask("GET", "/v1/orders", keyOf("SELLER"))).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  equal((await ask("GET", "/v1/orders", keyOf("HDFC"))).status, 200, "the bucket fills again");
});

test("a list costs by its rows: one of 1,000 takes what 20 reads a second save up", async () => {
  const asked = Array.from({ length: 8 }, () =>
    ask("GET", "/v1/orders?limit=1000", keyOf("SELLER")),
  );
  const answered = (await Promise.all(asked)).filter(({ status }) => status === 200);
  ok(answered.length >= 1 && answered.length <= 3, `${answered.length} answered`);
});
