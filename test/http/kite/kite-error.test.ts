import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { commandsTopic } from "../../../src/protocol/topics.ts";
import { startGateway, type Who, type RunningGateway } from "../running-gateway.ts";
import { kiteCall, kiteKey, orderFields, placeOrder } from "./kite-call.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

type Form = Readonly<Record<string, string>>;
type Refusal = readonly [
  what: string,
  request: readonly [who: Who | null, method: string, path: string, form?: Form],
  answer: readonly [status: number, type: string, text: RegExp],
];

const post = (over: Form, who: Who = "HDFC") =>
  [who, "POST", "/orders/regular", orderFields(over)] as const;
const get = (path: string, who: Who | null = "HDFC") => [who, "GET", path] as const;
const input = (text: RegExp) => [400, "InputException", text] as const;

/** Whatever is wrong before the market is asked: nothing of it may be sequenced. */
const refusals: readonly Refusal[] = [
  ["no key", get("/orders", null), [403, "TokenException", /^send Authorization: token/]],
  ["several members", get("/orders", "operations"), [403, "TokenException", /operations:HDFC/]],
  ["a reader trades", post({}, "reader"), [403, "PermissionException", /needs the role trader/]],
  [
    "a reader cancels",
    ["reader", "DELETE", "/orders/regular/O-0-0"],
    [403, "PermissionException", /trader/],
  ],
  ["variety", ["HDFC", "POST", "/orders/amo", orderFields()], input(/^variety: found amo/)],
  ["variety inside", post({ variety: "co" }), input(/^variety: found co/)],
  ["variety of a cancel", ["HDFC", "DELETE", "/orders/co/O-0-0"], input(/^variety: found co/)],
  ["exchange", post({ exchange: "BSE" }), input(/^exchange: found "BSE"/)],
  ["symbol", post({ tradingsymbol: "" }), input(/^tradingsymbol: /)],
  ["side", post({ transaction_type: "buy" }), input(/^transaction_type: .*BUY or SELL/)],
  ["no shares", post({ quantity: "0" }), input(/^quantity: found 0/)],
  ["too many shares", post({ quantity: "1000000001" }), input(/^quantity: found 1000000001/)],
  ["parts of a share", post({ quantity: "1.0" }), input(/^quantity: found "1.0"/)],
  ["negative shares", post({ quantity: "-1" }), input(/^quantity: found "-1"/)],
  ["product", post({ product: "NRML" }), input(/^product: found "NRML".*CNC, or MIS/)],
  ["MTF", post({ product: "MTF" }), input(/^product: /)],
  ["stop loss", post({ order_type: "SL" }), input(/^order_type: found "SL"/)],
  [
    "market buy",
    post({ order_type: "MARKET" }),
    input(/^order_type: MARKET buys are not possible/),
  ],
  [
    "market sell with a price",
    post({ order_type: "MARKET", transaction_type: "SELL" }),
    input(/^price: a MARKET order has none/),
  ],
  ["limit without price", post({ price: "" }), input(/^price is missing/)],
  ["price of nothing", post({ price: "0" }), input(/^price: found 0/)],
  ["negative price", post({ price: "-985" }), input(/^price: found -985/)],
  ["half a paisa", post({ price: "985.055" }), input(/at most two decimals/)],
  ["price in words", post({ price: "985 Rs" }), input(/^price: found 985 Rs/)],
  ["price beyond counting", post({ price: "1e15" }), input(/^price: found 1e15/)],
  ["validity", post({ validity: "IOC" }), input(/^validity: found "IOC"/)],
  [
    "disclosed quantity",
    post({ disclosed_quantity: "5" }),
    input(/^disclosed_quantity: found "5", send 0/),
  ],
  ["trigger", post({ trigger_price: "980" }), input(/^trigger_price: /)],
  ["market protection", post({ market_protection: "-1" }), input(/^market_protection: /)],
  [
    "market protection of a market sell",
    post({ order_type: "MARKET", transaction_type: "SELL", price: "", market_protection: "-1" }),
    input(/^market_protection: found -1: .*takes whatever buyers bid.*send LIMIT/),
  ],
  [
    "market protection of a market buy",
    post({ order_type: "MARKET", price: "0", market_protection: "3" }),
    input(/^order_type: MARKET buys are not possible here, with or without market_protection/),
  ],
  ["autoslice", post({ autoslice: "true" }), input(/^autoslice: /)],
  ["long tag", post({ tag: "x".repeat(21) }), input(/^tag: .*20 letters/)],
  ["tag with a dash", post({ tag: "a-b" }), input(/^tag: /)],
  ["unknown field", post({ hedge: "1" }), input(/^hedge: no such field/)],
  ["no form", ["HDFC", "POST", "/orders/regular"], input(/send/)],
  [
    "modify",
    ["HDFC", "PUT", "/orders/regular/O-0-0", { quantity: "1" }],
    [400, "OrderException", /^NOT_SUPPORTED/],
  ],
  ["unknown order", get("/orders/O-0-99999"), [404, "OrderException", /HDFC has no such order/]],
  [
    "cancel of an unknown order",
    ["HDFC", "DELETE", "/orders/regular/O-0-99999"],
    [404, "OrderException", /no such order/],
  ],
  [
    "trades of an unknown order",
    get("/orders/O-0-99999/trades"),
    [404, "OrderException", /no such/],
  ],
  ["segment", get("/user/margins/gold"), input(/equity or commodity/)],
  ["other exchange's list", get("/instruments/BSE"), input(/^exchange: found BSE/)],
  ["quote of nothing", get("/quote"), input(/^i is missing/)],
  ["quotes of too many", get(`/quote?${"i=NSE:SBIN&".repeat(501)}`), input(/at most 500/)],
  [
    "candles of nobody",
    get("/instruments/historical/1/minute?from=2026-01-05&to=2026-01-06"),
    input(/^instrument_token 1/),
  ],
  [
    "candles of a day",
    get("/instruments/historical/172416769/day?from=2026-01-05&to=2026-01-06"),
    input(/^interval: found day/),
  ],
  [
    "candles since never",
    get("/instruments/historical/172416769/minute?from=yesterday&to=2026-01-06"),
    input(/^from: found yesterday/),
  ],
  ...["constructor", "__proto__", "toString", "hasOwnProperty"].map((interval): Refusal => [
    `candles of a ${interval}`,
    get(`/instruments/historical/172416769/${interval}?from=2026-01-05&to=2026-01-06`),
    input(/^interval: found /),
  ]),
  ...["2026-02-31", "2026-02-29 10:00:00", "2025-04-31", "2026-13-01", "2026-01-05 24:00:00"].map(
    (moment): Refusal => [
      `candles since ${moment}`,
      get(`/instruments/historical/172416769/minute?from=${moment}&to=2026-03-06`),
      input(new RegExp(`^from: found ${moment}`)),
    ],
  ),
  [
    "no session",
    ["HDFC", "POST", "/session/token", { api_key: "HDFC", request_token: "x", checksum: "0" }],
    [403, "TokenException", /^checksum/],
  ],
  ["GTT", get("/gtt/triggers"), [501, "GeneralException", /^NOT_SUPPORTED.*GTT/]],
  [
    "GTT placed",
    ["HDFC", "POST", "/gtt/triggers", { type: "single" }],
    [501, "GeneralException", /GTT/],
  ],
  ["mutual funds", get("/mf/holdings"), [501, "GeneralException", /mutual funds/]],
  ["basket margins", ["HDFC", "POST", "/margins/basket", {}], [501, "GeneralException", /margin/]],
  ["contract note", ["HDFC", "POST", "/charges/orders", {}], [501, "GeneralException", /charges/]],
  ["alerts", get("/alerts"), [501, "GeneralException", /alerts/]],
  ["auctions", get("/portfolio/holdings/auctions"), [501, "GeneralException", /auctions/]],
  [
    "conversion",
    ["HDFC", "PUT", "/portfolio/positions", {}],
    [501, "GeneralException", /conversion/],
  ],
  ["refresh", ["HDFC", "POST", "/session/refresh_token", {}], [501, "GeneralException", /refresh/]],
  [
    "no such route",
    get("/horoscope"),
    [404, "GeneralException", /^GET \/horoscope: no such route/],
  ],
];

describe("what is refused before the market is asked", () => {
  for (const [what, request, [status, type, text]] of refusals)
    test(what, async () => {
      const before = await market.log.bounds(commandsTopic, 0);
      const answer = await kiteCall(market, ...request);
      deepEqual([answer.status, answer.body["status"]], [status, "error"]);
      equal(answer.body["error_type"], type);
      match(String(answer.body["message"]), text);
      deepEqual(await market.log.bounds(commandsTopic, 0), before, "something was sequenced");
    });
});

test("what Kite has and the market has not is 501 by every method, beside the dashboard too; the rest 404", async () => {
  const home = await fetch(`${market.url}/`);
  match(String(home.headers.get("content-type")), /^text\/html/, "the dashboard is served");
  const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
  for (const [path, status] of [
    ["/gtt/triggers", 501],
    ["/gtt/triggers/1", 501],
    ["/mf/orders", 501],
    ["/margins/orders", 501],
    ["/charges/orders", 501],
    ["/alerts", 501],
    ["/alerts/uuid/history", 501],
    ["/portfolio/holdings/auctions", 501],
    ["/portfolio/holdings/summary", 501],
    ["/instruments/trigger_range/nse", 501],
    ["/session/refresh_token", 501],
    ["/connect/login", 501],
    ["/horoscope", 404],
    ["/", 404],
    ["", 404],
    ["/index.html", 404],
    ["/assets/x.js", 404],
  ] as const)
    for (const method of methods) {
      const { status: code, body } = await kiteCall(market, "HDFC", method, path);
      deepEqual([code, body["status"]], [status, "error"], `${method} ${path}`);
      equal(body["error_type"], "GeneralException", `${method} ${path}`);
    }
});

test("what the market itself refuses is Kite's exception, and a REJECTED order of the book", async () => {
  const refused: readonly (readonly [over: Form, type: string, reason: string])[] = [
    [{ quantity: "1000000000", price: "9999999" }, "InputException", "VALUE_OUT_OF_RANGE"],
    [{ price: "985.01" }, "InputException", "PRICE_OFF_TICK"],
    [{ product: "MIS" }, "InputException", "PRODUCT_NOT_ALLOWED"],
    [{ quantity: "1000000000", price: "985" }, "MarginException", "INSUFFICIENT_FUNDS"],
  ];
  for (const [over, type, reason] of refused) {
    const { status, body } = await kiteCall(market, ...post(over));
    deepEqual([status, body["error_type"]], [400, type], reason);
    match(String(body["message"]), new RegExp(`^${reason}: `));
    const orders = await kiteCall(market, "HDFC", "GET", "/orders");
    const last = (orders.body["data"] as { status: string; status_message_raw: string }[]).at(-1);
    deepEqual([last?.status, last?.status_message_raw], ["REJECTED", reason]);
  }
});

test("more shares than there are: HoldingException", async () => {
  await placeOrder(market, "SELLER", {
    transaction_type: "SELL",
    quantity: "1000000000",
    price: "2000",
  });
  const { status, body } = await kiteCall(
    market,
    ...post({ transaction_type: "SELL", price: "2000" }, "SELLER"),
  );
  deepEqual([status, body["error_type"]], [400, "HoldingException"]);
});

test("an order that is closed, and another member's, cannot be cancelled", async () => {
  const id = await placeOrder(market, "HDFC");
  equal((await kiteCall(market, "SELLER", "DELETE", `/orders/regular/${id}`)).status, 404);
  equal((await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`)).status, 200);
  const again = await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
  deepEqual([again.status, again.body["error_type"]], [400, "OrderException"]);
  match(String(again.body["message"]), /^ORDER_CLOSED/);
});

test("bodies that are none: wrong type, too large, a field twice, half a JSON", async () => {
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  const authorization = `token ${apiKey}:${accessToken}`;
  const form = "application/x-www-form-urlencoded";
  const good = new URLSearchParams(orderFields()).toString();
  for (const [type, body, text] of [
    ["text/xml", "<order/>", /^content-type: send application\/x-www-form-urlencoded/],
    [form, `tag=${"x".repeat(70_000)}`, /^body: too large/],
    [form, `${good}&quantity=1`, /^quantity: send it once/],
    ["application/json", "{", /^body: send a JSON object/],
  ] as const) {
    const init = { method: "POST", headers: { authorization, "content-type": type }, body };
    const answer = await fetch(`${market.url}/kite/orders/regular`, init);
    const refusal = (await answer.json()) as { error_type: string; message: string };
    equal(refusal.error_type, "InputException");
    match(refusal.message, text);
  }
});

test("another page's origin is refused in Kite's shape", async () => {
  const headers = { origin: "http://elsewhere.example" };
  const answer = await fetch(`${market.url}/kite/user/profile`, { headers });
  const body = (await answer.json()) as { error_type: string };
  deepEqual([answer.status, body.error_type], [403, "PermissionException"]);
});

test("too many orders in a second: 429 in Kite's shape, and nothing more is sequenced", async () => {
  const slow = await startGateway({ ordersPerSecond: 2 });
  try {
    const answers = [];
    for (let count = 0; count < 4; count += 1)
      answers.push(await kiteCall(slow, "HDFC", "POST", "/orders/regular", orderFields()));
    deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429, 429],
    );
    equal(answers.at(-1)?.body["error_type"], "NetworkException");
    equal((await slow.log.bounds(commandsTopic, 0)).end, 2);
  } finally {
    await slow.close();
  }
});

test("no exchange decides: 504, which says until when it may still be", async () => {
  const silent = await startGateway({}, ["intake", "publisher"]);
  try {
    const { status, body } = await kiteCall(
      silent,
      "HDFC",
      "POST",
      "/orders/regular",
      orderFields(),
    );
    deepEqual([status, body["error_type"]], [504, "NetworkException"]);
    match(String(body["message"]), /^not decided yet. By \d{4}-\d\d-\d\d \d\d:\d\d:\d\d /);
  } finally {
    await silent.close();
  }
});
