import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { readKeyText, digestSecret, signRequest } from "../../src/http/keys.ts";
import { startGateway, type RunningGateway, type Who } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({ ordersPerSecond: 100_000 });
});

after(() => market.close());

const good = { symbol: "SBIN", side: "BUY", quantity: 10, price_paise: 98_500 };
const wrongTypes = [null, true, "10", 1.5, [], {}, -1, 0, 1e300];

/** For each field: what it must not be. Null means absent where a field may be. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  client_order_id: [null, 1, true, "", "x".repeat(129), "a\u0000b", [], {}],
  client: [1, true, "", "a/b", "x".repeat(33), [], {}],
  symbol: [null, 1, true, "", "x".repeat(65), "a\nb", [], {}],
  side: [null, 1, "buy", "HOLD", [], {}],
  quantity: [...wrongTypes, 1_000_000_001, Number.MAX_SAFE_INTEGER],
  price_paise: [...wrongTypes.filter((value) => value !== null), 1_000_000_001],
  counterparty: [1, "", "a:b", "x".repeat(33), [], {}],
  deadline_in_ms: [null, "1000", 99, 60_001, 1.5, [], {}],
};

/** A request, by HDFC where nobody is named, and the status and code that it is answered with. */
type Row = {
  readonly name: string;
  readonly who?: Who | null;
  readonly request: string;
  readonly body?: unknown;
  readonly answer: string;
};

const bodies: Row[] = Object.entries(wrong).flatMap(([field, values]) =>
  values.map((value): Row => {
    const body = { ...good, [field]: value };
    const name = `${field} ${JSON.stringify(value)?.slice(0, 30)}`;
    return { name, request: "POST /v1/orders", body, answer: "400 INVALID_FIELD" };
  }),
);

const missing: Row[] = ["symbol", "side", "quantity"].map((field): Row => {
  const { [field as "symbol"]: _left, ...body } = good;
  return {
    name: `without ${field}`,
    request: "POST /v1/orders",
    body,
    answer: "400 MISSING_FIELD",
  };
});

const others: Row[] = [
  {
    name: "an unknown field",
    request: "POST /v1/orders",
    body: { ...good, x: 1 },
    answer: "400 UNKNOWN_FIELD",
  },
  {
    name: "a participant",
    request: "POST /v1/orders",
    body: { ...good, participant: "SELLER" },
    answer: "400 UNKNOWN_FIELD",
  },
  { name: "no object", request: "POST /v1/orders", body: "[]", answer: "400 INVALID_FIELD" },
  { name: "no JSON", request: "POST /v1/orders", body: "{", answer: "400 NOT_JSON" },
  { name: "nothing", request: "POST /v1/orders", body: "", answer: "400 INVALID_FIELD" },
  {
    name: "64 KiB and more",
    request: "POST /v1/orders",
    body: `"${"x".repeat(70_000)}"`,
    answer: "413 BODY_TOO_LARGE",
  },
  { name: "no key", who: null, request: "POST /v1/orders", body: good, answer: "401 KEY_MISSING" },
  {
    name: "a reader's order",
    who: "reader",
    request: "POST /v1/orders",
    body: good,
    answer: "403 ROLE_MISSING",
  },
  {
    name: "a reader's cancel",
    who: "reader",
    request: "DELETE /v1/orders/x",
    answer: "403 ROLE_MISSING",
  },
  { name: "a cancel of nothing", request: "DELETE /v1/orders/x", answer: "404 ORDER_NOT_FOUND" },
  {
    name: "a cancel with an unknown field",
    request: "DELETE /v1/orders/x",
    body: { y: 1 },
    answer: "400 UNKNOWN_FIELD",
  },
  {
    name: "a cancel with a wrong id",
    request: "DELETE /v1/orders/x",
    body: { client_order_id: 7 },
    answer: "400 INVALID_FIELD",
  },
  { name: "a long id", request: `GET /v1/orders/${"x".repeat(129)}`, answer: "400 INVALID_FIELD" },
  { name: "a limit of 0", request: "GET /v1/orders?limit=0", answer: "400 INVALID_FIELD" },
  { name: "a limit in words", request: "GET /v1/orders?limit=ten", answer: "400 INVALID_FIELD" },
  { name: "a wrong status", request: "GET /v1/orders?status=x", answer: "400 INVALID_FIELD" },
  {
    name: "a confirm of nothing",
    who: "COUNTERPARTY",
    request: "POST /v1/confirmations/x/confirm",
    answer: "404 ORDER_NOT_FOUND",
  },
  {
    name: "a reader's confirm",
    who: "reader",
    request: "POST /v1/confirmations/x/confirm",
    answer: "403 ROLE_MISSING",
  },
  {
    name: "operations without a member",
    who: "operations",
    request: "GET /v1/funds",
    answer: "403 PARTICIPANT_MISSING",
  },
  {
    name: "operations' order",
    who: "operations",
    request: "POST /v1/orders",
    body: good,
    answer: "403 ROLE_MISSING",
  },
  { name: "a trader's dead letters", request: "GET /v1/dead-letters", answer: "403 ROLE_MISSING" },
  {
    name: "a trader's redrive",
    request: "POST /v1/dead-letters/D-0-1-0-0/redrive",
    answer: "403 ROLE_MISSING",
  },
  {
    name: "a redrive of nothing",
    who: "operations",
    request: "POST /v1/dead-letters/D-0-1-0-0/redrive",
    answer: "404 DEAD_LETTER_NOT_FOUND",
  },
  {
    name: "a wrong dry run",
    who: "operations",
    request: "POST /v1/dead-letters/D-0-1-0-0/redrive?dry_run=1",
    answer: "400 INVALID_FIELD",
  },
  { name: "a trader's flow", request: "GET /v1/flow", answer: "403 ROLE_MISSING" },
  { name: "a bar of 7 ms", request: "GET /v1/bars/SBIN?length_ms=7", answer: "400 INVALID_FIELD" },
  { name: "21 levels", request: "GET /v1/depth/SBIN?levels=21", answer: "400 INVALID_FIELD" },
  {
    name: "a journey of nothing",
    request: "GET /v1/trades/T-0-1-0-0/journey",
    answer: "404 TRADE_NOT_FOUND",
  },
  ...["/v1/orders", "/v1/trades", "/v1/instructions", "/v1/bars/SBIN", "/v1/prints/SBIN"].map(
    (path): Row => ({
      name: "a name that the query does not have",
      request: `GET ${path}?from=yesterday`,
      answer: "400 UNKNOWN_FIELD",
    }),
  ),
  { name: "half an escape", request: "GET /v1/orders/%zz", answer: "400 BAD_URL" },
  { name: "no such route", request: "GET /v1/nothing", answer: "404 NOT_FOUND" },
  {
    name: "no such method",
    request: "PUT /v1/orders",
    body: good,
    answer: "405 METHOD_NOT_ALLOWED",
  },
];

for (const { name, who = "HDFC", request, body, answer: told } of [
  ...bodies,
  ...missing,
  ...others,
]) {
  const [method = "", path = ""] = request.split(" ");
  const [status, code] = [Number(told.slice(0, 3)), told.slice(4)];
  test(`${method} ${path.slice(0, 40)} with ${name}: ${status} ${code}, and nothing is sequenced`, async () => {
    const before = await market.log.bounds(commandsTopic, 0);
    const answer = await market.call(who, method, path, body);
    deepEqual([answer.status, answer.body["code"]], [status, code], JSON.stringify(answer.body));
    equal(typeof answer.body["detail"], "string");
    if (status === 400 && code !== "NOT_JSON" && code !== "BAD_URL")
      ok(answer.body["field"] !== undefined, "names the field");
    deepEqual(await market.log.bounds(commandsTopic, 0), before);
  });
}

test("a key that is not known, or has another's secret, is refused alike", async () => {
  const { id } = readKeyText(market.keys.HDFC) ?? { id: "" };
  for (const key of ["sauda_nobody_0123456789abcdef", `sauda_${id}_0123456789abcdef`, "x"]) {
    const answer = await fetch(`${market.url}/v1/session`, {
      headers: { authorization: `Bearer ${key}` },
    });
    deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [401, "KEY_UNKNOWN"],
    );
  }
});

test("a page of another origin is refused, whatever key it has; our own page is not", async () => {
  const ask = async (origin: string) => {
    const headers = { authorization: `Bearer ${market.keys.HDFC}`, origin };
    return (await fetch(`${market.url}/v1/session`, { headers })).status;
  };
  deepEqual([await ask("http://evil.example"), await ask(market.url)], [403, 200]);
});

type Signing = {
  readonly atMs?: number;
  readonly secret?: string;
  readonly body?: string;
  /** Signed, and sent. */
  readonly participants?: readonly [string, string];
};

async function signed({
  atMs = Date.now(),
  secret,
  body,
  participants = ["", ""],
}: Signing): Promise<[number, string]> {
  const key = readKeyText(market.keys.HDFC);
  const timestampMs = String(atMs);
  const text = JSON.stringify({ ...good, client_order_id: `s${atMs}` });
  const digest = digestSecret(secret ?? key?.secret ?? "");
  const path = "/v1/orders";
  const [participant, sent] = participants;
  const signing = { timestampMs, method: "POST", path, body: text, participant };
  const headers = {
    "content-type": "application/json",
    "sauda-participant": sent,
    "sauda-key": key?.id ?? "",
    "sauda-timestamp": timestampMs,
    "sauda-signature": signRequest(digest, signing),
  };
  const answer = await fetch(`${market.url}${path}`, {
    method: "POST",
    headers,
    body: body ?? text,
  });
  const fields = (await answer.json()) as { code?: string; outcome?: string };
  return [answer.status, fields.code ?? fields.outcome ?? ""];
}

test("a signed request counts once; replayed, late, early, altered or with another secret it does not", async () => {
  const atMs = Date.now();
  deepEqual(await signed({ atMs }), [201, "accepted"]);
  deepEqual(await signed({ atMs }), [401, "SIGNATURE_REPLAYED"]);
  deepEqual(await signed({ atMs: atMs - 31_000 }), [401, "SIGNATURE_EXPIRED"]);
  deepEqual(await signed({ atMs: atMs + 31_000 }), [401, "SIGNATURE_EXPIRED"]);
  deepEqual(await signed({ atMs: Number.NaN }), [401, "SIGNATURE_EXPIRED"]);
  deepEqual(await signed({ atMs: atMs + 1, secret: "another secret" }), [401, "SIGNATURE_WRONG"]);
  const altered = JSON.stringify({ ...good, quantity: 11 });
  deepEqual(await signed({ atMs: atMs + 2, body: altered }), [401, "SIGNATURE_WRONG"]);
});

test("the member a signed request names is signed too", async () => {
  const atMs = Date.now() + 100;
  deepEqual(await signed({ atMs, participants: ["HDFC", "HDFC"] }), [201, "accepted"]);
  for (const participants of [
    ["", "HDFC"],
    ["HDFC", ""],
    ["SELLER", "HDFC"],
  ] as const)
    deepEqual(await signed({ atMs: atMs + 1, participants }), [401, "SIGNATURE_WRONG"]);
});

test("a key's share of requests is one for all routes, Kite's too", async () => {
  const slow = await startGateway({ ordersPerSecond: 3 });
  try {
    const { id = "", secret = "" } = readKeyText(slow.keys.HDFC) ?? {};
    const kite = fetch(`${slow.url}/kite/orders/regular/x`, {
      method: "DELETE",
      headers: { authorization: `token ${id}:${secret}` },
    });
    const asked = [
      slow.call("HDFC", "POST", "/v1/orders", good),
      slow.call("HDFC", "POST", "/v1/orders", good),
      slow.call("HDFC", "DELETE", "/v1/orders/x"),
      slow.call("HDFC", "DELETE", "/v1/orders/y"),
      slow.call("HDFC", "POST", "/v1/confirmations/x/confirm"),
      kite,
    ];
    const refused = (await Promise.all(asked)).filter(({ status }) => status === 429);
    equal(refused.length, 3);
  } finally {
    await slow.close();
  }
});

test("more requests a second than the key may send are refused, and not sequenced", async () => {
  const slow = await startGateway({ ordersPerSecond: 2 });
  try {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((id) =>
        slow.call("HDFC", "POST", "/v1/orders", { ...good, client_order_id: `r${id}` }),
      ),
    );
    const codes = answers.map(
      ({ status, body }) =>
        `${status} ${body["code"] === undefined ? "" : JSON.stringify(body["code"])}`,
    );
    deepEqual(codes.toSorted(), ["201 ", "201 ", '429 "TOO_MANY_ORDERS"', '429 "TOO_MANY_ORDERS"']);
    const other = await slow.call("SELLER", "POST", "/v1/orders", { ...good, side: "SELL" });
    equal(other.status, 201, "another key has its own share");
    equal((await slow.log.bounds(commandsTopic, 0)).end, 3);
  } finally {
    await slow.close();
  }
});

test("whatever is wrong with whichever part of a path or query, the refusal says in plain words what to send", async () => {
  const answer = await fetch(`${market.url}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  const long = "~".repeat(1_000);
  let asked = 0;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { parameters = [] }] of Object.entries(methods))
      for (const { in: place, name } of parameters) {
        if (place !== "query" && place !== "path") continue;
        const plain = path.replaceAll(/\{([^}]+)\}/g, (_all, part) =>
          part === name ? long : "BUY",
        );
        const url = place === "path" ? plain : `${plain}?${name}=${long}`;
        for (const who of ["HDFC", "operations"] as const) {
          const { status, body: problem } = await market.call(who, method.toUpperCase(), url);
          const detail = String(problem["detail"]);
          const text = `${who} ${method} ${path} ${name}: ${status} ${detail}`;
          ok(status === 400, text);
          ok(!/Invalid|expected|received|Too /.test(detail), text);
          asked += 1;
        }
      }
  ok(asked > 40, `${asked} requests`);
});

test("whatever is wrong with whichever field of a body, the refusal says in plain words what to send", async () => {
  const answer = await fetch(`${market.url}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, { post?: Operation }> };
  let asked = 0;
  for (const [path, { post }] of Object.entries(paths)) {
    const schema = post?.requestBody?.content["application/json"].schema;
    const bodies = Object.keys(schema?.properties ?? {}).map((field) => ({
      [field]: [] as unknown[],
    }));
    for (const body of schema === undefined ? [] : [...bodies, "null"]) {
      const url = path.replaceAll(/\{[^}]+\}/g, "BUY");
      for (const who of ["HDFC", "COUNTERPARTY", "operations"] as const) {
        const { status, body: fault } = await market.call(who, "POST", url, body);
        const text = `${who} ${path} ${JSON.stringify(body)}: ${status} ${String(fault["detail"])}`;
        ok([400, 403, 404].includes(status), text);
        ok(!/Invalid|expected|received|Too /.test(String(fault["detail"])), text);
        asked += 1;
      }
    }
  }
  ok(asked > 60, `${asked} bodies`);
});

type Operation = {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: {
    readonly content: {
      readonly "application/json": { readonly schema: { readonly properties?: object } };
    };
  };
};
