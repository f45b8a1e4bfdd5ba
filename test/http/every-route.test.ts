import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { streamRequest } from "../../src/http/stream/stream-schemas.ts";
import { dataOf, kiteCall, kiteKey, orderFields, placeOrder } from "./kite/kite-call.ts";
import { openStream } from "./open-stream.ts";
import { settlementKinds } from "./running-gateway.ts";
import { startSettledMarket, type SettledMarket } from "./settled-market.ts";
import { isCycle, routes, type Check, type Rows } from "./route-checks.ts";

const kite = async <Data>(m: SettledMarket, path: string): Promise<Data> =>
  dataOf<Data>((await kiteCall(m, "HDFC", "GET", path)).body);

/** Every call of Kite's dialect; `:x` as in the code. */
const kiteRoutes: Readonly<Record<string, Check>> = {
  "get /orders": async (m) => ok((await kite<Rows>(m, "/orders")).length >= 4),
  "get /orders/:id": async (m) => {
    const states = (await kite<Rows>(m, `/orders/${m.filledId}`)).map(({ status }) => status);
    deepEqual(states, ["OPEN", "COMPLETE"]);
  },
  "get /orders/:id/trades": async (m) => {
    const ids = (await kite<Rows>(m, `/orders/${m.filledId}/trades`)).map(
      ({ trade_id }) => trade_id,
    );
    deepEqual(ids, [m.tradeId]);
  },
  "get /trades": async (m) => {
    const traded = (await kite<Rows>(m, "/trades")).map(({ tradingsymbol }) => tradingsymbol);
    for (const symbol of ["SBIN", "TCS", "INFY"]) ok(traded.includes(symbol), symbol);
  },
  "post /session/token": async (m) =>
    equal((await kiteCall(m, null, "POST", "/session/token", {})).status, 400),
  "delete /session/token": async (m) =>
    ok((await kiteCall(m, null, "DELETE", "/session/token")).status >= 400),
  "get /user/profile": async (m) =>
    equal((await kite<Record<string, unknown>>(m, "/user/profile"))["user_id"], "HDFC"),
  "get /user/margins": async (m) =>
    ok((await kite<Record<string, any>>(m, "/user/margins"))["equity"]["net"] > 0),
  "get /user/margins/:segment": async (m) =>
    ok((await kite<Record<string, any>>(m, "/user/margins/equity"))["net"] > 0),
  "put /orders/:variety/:id": async (m) =>
    equal(
      (await kiteCall(m, "HDFC", "PUT", `/orders/regular/${m.restingId}`, orderFields())).status >=
        400,
      true,
    ),
  "post /orders/:variety": async (m) =>
    match(await placeOrder(m, "HDFC", { price: "900.00" }), /^O-/),
  "delete /orders/:variety/:id": async (m) => {
    const id = await placeOrder(m, "HDFC", { price: "900.00" });
    equal((await kiteCall(m, "HDFC", "DELETE", `/orders/regular/${id}`)).status, 200);
  },
  "get /instruments": async (m) => match(await listOf(m, "/instruments"), /INFY/),
  "get /instruments/:exchange": async (m) => match(await listOf(m, "/instruments/NSE"), /INFY/),
  "get /instruments/historical/:token/:interval": async (m) => {
    const token = (await kite<Record<string, any>>(m, "/quote?i=NSE:INFY"))["NSE:INFY"][
      "instrument_token"
    ];
    const span = "from=2026-06-01+09:00:00&to=2026-06-02+20:00:00";
    const { candles } = await kite<Record<string, any>>(
      m,
      `/instruments/historical/${token}/minute?${span}`,
    );
    equal(candles.length, 1);
  },
  "get /portfolio/positions": async (m) => {
    const { net } = await kite<{ net: Rows }>(m, "/portfolio/positions");
    equal(net.find(({ tradingsymbol }) => tradingsymbol === "INFY")?.["quantity"], 10);
  },
  "get /portfolio/holdings": async (m) => {
    const holdings = await kite<Rows>(m, "/portfolio/holdings");
    const of = (symbol: string) => {
      const { quantity, t1_quantity, opening_quantity, used_quantity } =
        holdings.find(({ tradingsymbol }) => tradingsymbol === symbol) ?? {};
      return [quantity - opening_quantity, t1_quantity, used_quantity];
    };
    deepEqual(of("INFY"), isCycle(m) ? [0, 10, 0] : [10, 0, 0], "bought today");
    deepEqual(of("SBIN"), isCycle(m) ? [20, 0, 0] : [10, 0, 0], "bought and settled");
  },
  "get /quote": async (m) =>
    equal(
      (await kite<Record<string, any>>(m, "/quote?i=NSE:INFY"))["NSE:INFY"]["last_price"],
      1500,
    ),
  "get /quote/ohlc": async (m) =>
    equal(
      (await kite<Record<string, any>>(m, "/quote/ohlc?i=NSE:INFY"))["NSE:INFY"]["ohlc"]["open"],
      1500,
    ),
  "get /quote/ltp": async (m) =>
    equal(
      (await kite<Record<string, any>>(m, "/quote/ltp?i=NSE:INFY"))["NSE:INFY"]["last_price"],
      1500,
    ),
};

async function listOf(m: SettledMarket, path: string): Promise<string> {
  const { apiKey, accessToken } = kiteKey(m, "HDFC");
  const headers = { authorization: `token ${apiKey}:${accessToken}`, "x-kite-version": "3" };
  return (await fetch(`${m.url}/kite${path}`, { headers })).text();
}

/** The stream's channels: what a trade of now says on each. */
const channels: Readonly<Record<string, Check>> = {
  orders: (m) => heard(m, "HDFC", { channel: "orders" }, "order"),
  trades: (m) => heard(m, "HDFC", { channel: "trades" }, "trade"),
  settlements: (m) => heard(m, "HDFC", { channel: "settlements" }, "settlement"),
  prints: (m) => heard(m, "COUNTERPARTY", { channel: "prints", symbol: "MARUTI" }, "prints"),
  depth: (m) => heard(m, "COUNTERPARTY", { channel: "depth", symbol: "MARUTI" }, "snapshot"),
  market: (m) => heard(m, "HDFC", { channel: "market" }, "market"),
  confirmations: (m) =>
    heard(m, "COUNTERPARTY", { channel: "confirmations" }, "confirmation", {
      counterparty: "COUNTERPARTY",
    }),
  affirmations: async (m) => {
    const bought = { client: "FUND", custodian: "COUNTERPARTY" };
    if (isCycle(m))
      await heard(m, "COUNTERPARTY", { channel: "affirmations" }, "affirmation", bought);
  },
};

async function heard(
  m: SettledMarket,
  who: "HDFC" | "COUNTERPARTY",
  wanted: object,
  type:
    | "order"
    | "trade"
    | "settlement"
    | "prints"
    | "snapshot"
    | "market"
    | "confirmation"
    | "affirmation",
  bought: object = {},
): Promise<void> {
  const stream = await openStream(m.url, m.keys[who]);
  stream.say({ op: "subscribe", ...wanted });
  await stream.take("subscribed");
  const order = { symbol: "MARUTI", quantity: 1, price_paise: 1_200_000 };
  await m.order("SELLER", "SELL", order);
  await m.order("HDFC", "BUY", { ...order, ...bought });
  await stream.take(type);
  stream.close();
}

for (const kind of settlementKinds)
  describe(`in a market that settles ${kind}`, () => {
    let market: SettledMarket;

    before(async () => {
      market = await startSettledMarket(kind);
    });
    after(() => market.close());

    for (const [what, table] of Object.entries({
      route: routes,
      "Kite call": kiteRoutes,
      channel: channels,
    }))
      for (const [name, check] of Object.entries(table))
        test(`${what} ${name}`, () => check(market));

    test("no route, no call and no channel is left out of this table", async () => {
      const { paths } = (await (await fetch(`${market.url}/openapi.json`)).json()) as {
        readonly paths: Readonly<Record<string, object>>;
      };
      const served = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      );
      deepEqual(
        served.filter((route) => !(route in routes)),
        [],
      );
      deepEqual(
        kiteCalls().filter((call) => !(call in kiteRoutes)),
        [],
      );
      const subscribe = streamRequest.options.find(({ shape }) => "channel" in shape);
      const all =
        subscribe !== undefined && "channel" in subscribe.shape
          ? subscribe.shape.channel.options
          : [];
      ok(all.length >= 8);
      deepEqual(
        all.filter((channel) => !(channel in channels)),
        [],
      );
    });
  });

/** Kite's routes are in no document: looked for in the code. */
function kiteCalls(): string[] {
  const folder = join(import.meta.dirname, "..", "..", "src", "http", "kite");
  const code = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const found = code
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return [...text.matchAll(/kite\.(get|post|put|delete)(?:<[^>]*>)?\(\s*"([^"]+)"/g)].map(
        ([, method, path]) => `${method} ${path}`,
      );
    });
  ok(found.length >= 18, `${found.length} calls`);
  return found.filter((call) => call !== "get /ws"); // the ticker has tests of its own
}
