import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { account } from "../clearing-given.ts";
import { kiteCall, orderFields } from "./kite/kite-call.ts";
import { startGateway, type RunningGateway, type Who } from "./running-gateway.ts";

const accounts = new Map([["HDFC/asha", account("margin", 20_000_00, { SBIN: 100 })]]);
let market: RunningGateway;
let instant: RunningGateway;

before(async () => {
  const terms = { clearing: { ...nseClearing, accounts } };
  market = await startGateway({ ordersPerSecond: 100_000 }, undefined, terms);
  instant = await startGateway({ ordersPerSecond: 100_000 });
});

after(() => Promise.all([market.close(), instant.close()]));

const order = { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 90_000 };

/** A request, by HDFC where nobody is named, and the market's reason for refusing it. */
type Row = {
  readonly reason: string;
  readonly who?: Who;
  readonly request: string;
  readonly body: object;
};

/**
 * The market's refusals that a request over HTTP alone can bring about. `closed` and `sold`
 * ended before.
 */
const refused: readonly Row[] = [
  {
    reason: "RESERVED_ID",
    request: "POST /v1/orders",
    body: { ...order, client_order_id: "A-0-1" },
  },
  {
    reason: "DUPLICATE_ID",
    request: "POST /v1/orders",
    body: { ...order, client_order_id: "closed", quantity: 9 },
  },
  { reason: "UNKNOWN_SYMBOL", request: "POST /v1/orders", body: { ...order, symbol: "no such" } },
  { reason: "PRICE_MISSING", request: "POST /v1/orders", body: { ...order, price_paise: null } },
  { reason: "PRICE_OFF_TICK", request: "POST /v1/orders", body: { ...order, price_paise: 98_503 } },
  {
    reason: "VALUE_OUT_OF_RANGE",
    request: "POST /v1/orders",
    body: { ...order, quantity: 1e9, price_paise: 1e9 },
  },
  {
    reason: "COUNTERPARTY_NOT_ALLOWED",
    request: "POST /v1/orders",
    body: { ...order, side: "SELL", counterparty: "SELLER" },
  },
  { reason: "PRODUCT_NOT_ALLOWED", request: "POST /v1/orders", body: { ...order, product: "MIS" } },
  {
    reason: "CUSTODIAN_NOT_ALLOWED",
    request: "POST /v1/orders",
    body: { ...order, custodian: "SELLER" },
  },
  ...[1, 2].map((): Row => {
    const body = { ...order, side: "SELL", quantity: 1e9, price_paise: 900_000, client: "x" };
    return { reason: "INSUFFICIENT_HOLDINGS", request: "POST /v1/orders", body };
  }),
  { reason: "ORDER_CLOSED", request: "DELETE /v1/orders/closed", body: {} },
  {
    reason: "DUPLICATE_ID",
    request: "DELETE /v1/orders/closed",
    body: { client_order_id: "closed" },
  },
  {
    reason: "NO_AUCTION",
    request: "POST /v1/offers",
    body: { symbol: "SBIN", quantity: 1, price_paise: 90_000 },
  },
  { reason: "NOTHING_DUE", request: "POST /v1/dues/payments", body: { amount_paise: 5 } },
  {
    reason: "NOTHING_DUE",
    request: "POST /v1/settlements/M2026100/early-pay-ins",
    body: { symbol: "SBIN", quantity: 1 },
  },
  {
    reason: "INSUFFICIENT_FUNDS",
    who: "operations",
    request: "POST /v1/withdrawals",
    body: { participant: "HDFC", client: "y", amount_paise: 9e15 },
  },
  {
    reason: "VALUE_OUT_OF_RANGE",
    who: "operations",
    request: "POST /v1/deposits",
    body: { participant: "HDFC", amount_paise: 9_007_199_254_740_991 },
  },
  {
    reason: "NOT_HALTED",
    who: "operations",
    request: "POST /v1/market/lift-halt",
    body: { symbol: "SBIN" },
  },
  {
    reason: "NOT_SUSPENDED",
    who: "operations",
    request: "POST /v1/members/HDFC/lift-suspension",
    body: {},
  },
];

/** Names as no person writes them: of fields, on whatever door. */
const fieldNames = /[a-z]+(?:_[a-z]+)+/g;

test("over HTTP the market's refusals name no field but one that was sent, and money in rupees says so", async () => {
  for (const where of [market, instant]) {
    await where.call("HDFC", "POST", "/v1/orders", { ...order, client_order_id: "closed" });
    const ended = await where.call("HDFC", "DELETE", "/v1/orders/closed", {});
    equal(ended.status, 200);
    const seen: string[] = [];
    for (const { reason, who = "HDFC", request, body } of refused) {
      const [method = "", path = ""] = request.split(" ");
      const answer = await where.call(who, method, path, body);
      const { code, detail, field } = answer.body as {
        code: string;
        detail: string;
        field?: string;
      };
      const about = `${method} ${path} ${JSON.stringify(body)}: ${detail}`;
      // What one kind of market does not refuse, or for another reason, the other does.
      if (code !== reason) continue;
      seen.push(reason);
      equal(answer.status, 422, about);
      const own = [...Object.keys(body), ...(path.includes("closed") ? ["id"] : [])];
      deepEqual(
        (detail.match(fieldNames) ?? []).filter((name) => !own.includes(name)),
        [],
        about,
      );
      if (field !== undefined) ok(own.includes(field), `${field}: ${about}`);
      ok(!/\d\.\d\d/.test(detail.replaceAll(/Rs [-\d,]+\.\d\d/g, "")), about);
    }
    const all = where === market ? 16 : 12;
    ok(seen.length >= all, `${seen.length} of ${refused.length}: ${seen.join(" ")}`);
  }
});

test("a cancel of an order that is closed names it as the caller did, by either id, and the field of the path", async () => {
  const { body } = await market.call("HDFC", "GET", "/v1/orders/closed");
  const orderId = String(body["order_id"]);
  for (const [named, detail] of [
    ["closed", `id closed: order ${orderId} is canceled; there is nothing left to cancel`],
    [orderId, `order ${orderId} is canceled; there is nothing left to cancel`],
  ]) {
    const answer = await market.call("HDFC", "DELETE", `/v1/orders/${named}`, {});
    deepEqual(
      [answer.status, answer.body["code"], answer.body["detail"], answer.body["field"]],
      [422, "ORDER_CLOSED", detail, "id"],
    );
  }
});

test("an id that is a word of the refusal is named all the same", async () => {
  await market.call("HDFC", "POST", "/v1/orders", { ...order, client_order_id: "left" });
  await market.call("HDFC", "DELETE", "/v1/orders/left", {});
  const { body } = await market.call("HDFC", "DELETE", "/v1/orders/left", {});
  match(String(body["detail"]), /^id left: order O-0-\d+ is canceled; there is nothing left/);
});

test("in Kite's dialect the market's refusals name no field but Kite's own", async () => {
  const texts: string[] = [];
  for (const over of [
    { price: "985.01" },
    { product: "MIS" },
    { tradingsymbol: "no such" },
    { quantity: "1000000000", price: "9999999" },
  ]) {
    const { body } = await kiteCall(market, "HDFC", "POST", "/orders/regular", orderFields(over));
    texts.push(String(body["message"]));
  }
  const placed = await kiteCall(market, "HDFC", "POST", "/orders/regular", orderFields());
  const id = String((placed.body["data"] as { order_id: string }).order_id);
  for (let time = 0; time < 2; time += 1) {
    const { body } = await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
    if (time > 0) texts.push(String(body["message"]));
  }
  match(texts.at(-1) ?? "", new RegExp(`^ORDER_CLOSED: order ${id} is canceled`));
  for (const text of texts) {
    match(text, /^[A-Z_]+: /);
    const own = Object.keys(orderFields());
    deepEqual(
      (text.match(fieldNames) ?? []).filter((name) => !own.includes(name)),
      [],
      text,
    );
  }
});
