import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import type { OrderContent } from "../../../src/domain/facts/order-fields.ts";
import { orderForm } from "../../../src/http/kite/order-form.ts";
import { startGateway, type RunningGateway, type Who } from "../running-gateway.ts";
import { dataOf, kiteCall, placeOrder } from "./kite-call.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

type Fields = Readonly<Record<string, unknown>>;

async function list(who: Who, path: string): Promise<Fields[]> {
  return dataOf<Fields[]>((await kiteCall(market, who, "GET", path)).body);
}

const pick = (fields: Fields | undefined, ...names: readonly string[]): unknown[] =>
  names.map((name) => fields?.[name]);

const indianTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

test("an order's life in Kite's words: open, filled in part, cancelled", async () => {
  const id = await placeOrder(market, "HDFC", { tag: "swing1", price: "985.05", quantity: "10" });
  await placeOrder(market, "SELLER", {
    transaction_type: "SELL",
    order_type: "MARKET",
    price: "0",
    quantity: "4",
  });
  const open = (await list("HDFC", "/orders")).find((order) => order["order_id"] === id);
  deepEqual(
    pick(open, "status", "price", "average_price", "order_type", "product", "variety", "tag"),
    ["OPEN", 985.05, 985.05, "LIMIT", "CNC", "regular", "swing1"],
  );
  deepEqual(
    pick(open, "quantity", "filled_quantity", "pending_quantity", "cancelled_quantity"),
    [10, 4, 6, 0],
  );
  for (const field of ["order_timestamp", "exchange_timestamp", "exchange_update_timestamp"])
    match(String(open?.[field]), indianTime);
  const canceled = await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
  deepEqual(dataOf(canceled.body), { order_id: id });
  const history = await list("HDFC", `/orders/${id}`);
  deepEqual(
    history.map((state) =>
      pick(state, "status", "filled_quantity", "pending_quantity", "cancelled_quantity"),
    ),
    [
      ["OPEN", 0, 10, 0],
      ["OPEN", 4, 6, 0],
      ["CANCELLED", 4, 0, 6],
    ],
  );
  const [trade] = await list("HDFC", `/orders/${id}/trades`);
  deepEqual(
    pick(trade, "order_id", "quantity", "average_price", "transaction_type", "tradingsymbol"),
    [id, 4, 985.05, "BUY", "SBIN"],
  );
  match(String(trade?.["order_timestamp"]), /^\d\d:\d\d:\d\d$/);
});

test("two fills at two prices: the averages on the way are exact", async () => {
  const sell = { tradingsymbol: "INFY", transaction_type: "SELL" };
  await placeOrder(market, "SELLER", { ...sell, quantity: "3", price: "1540" });
  await placeOrder(market, "SELLER", { ...sell, quantity: "5", price: "1541.1" });
  const id = await placeOrder(market, "HDFC", {
    tradingsymbol: "INFY",
    quantity: "8",
    price: "1542",
  });
  const history = await list("HDFC", `/orders/${id}`);
  deepEqual(
    history.map((state) => pick(state, "status", "filled_quantity", "average_price")),
    [
      ["OPEN", 0, 0],
      ["OPEN", 3, 1540],
      ["COMPLETE", 8, 1540.69],
    ],
  );
});

test("a price is read by its digits: what floats would miss is exact", async () => {
  const id = await placeOrder(market, "HDFC", {
    tradingsymbol: "WIPRO",
    price: "0.29",
    quantity: "1",
  });
  const { body } = await market.call("HDFC", "GET", `/v1/orders/${id}`);
  equal(body["price_paise"], 29);
});

test("orders from other doors are listed too; the SBI of the seeds is SBIN", async () => {
  const order = { symbol: "SBI", side: "BUY", quantity: 2, price_paise: 98_000 };
  await market.call("COUNTERPARTY", "POST", "/v1/orders", order);
  await market.call("COUNTERPARTY", "POST", "/v1/orders", { ...order, client: "C1" });
  const own = await list("COUNTERPARTY", "/orders");
  deepEqual(
    own.map((each) => pick(each, "tradingsymbol", "quantity", "tag")),
    [["SBIN", 2, null]],
    "a client's order is not the member's own",
  );
});

test("a negotiated order that waits is open and says for whom; refused, it is rejected", async () => {
  const negotiated = { symbol: "TCS", side: "BUY", quantity: 1, price_paise: 310_000 };
  const { body } = await market.call("HDFC", "POST", "/v1/orders", {
    ...negotiated,
    counterparty: "COUNTERPARTY",
  });
  const id = String((body["order"] as Fields)["order_id"]);
  const [waiting] = await list("HDFC", `/orders/${id}`);
  deepEqual(pick(waiting, "status", "status_message"), [
    "OPEN",
    "waits for the confirmation of COUNTERPARTY",
  ]);
  await market.call("COUNTERPARTY", "POST", `/v1/confirmations/${id}/reject`);
  const states = await list("HDFC", `/orders/${id}`);
  deepEqual(
    states.map((state) => state["status"]),
    ["OPEN", "REJECTED"],
  );
});

test("positions, holdings and margins agree with the trades", async () => {
  const id = await placeOrder(market, "HDFC", {
    tradingsymbol: "ITC",
    price: "404.05",
    quantity: "10",
  });
  await placeOrder(market, "SELLER", {
    tradingsymbol: "ITC",
    transaction_type: "SELL",
    price: "404.05",
    quantity: "6",
  });
  const positions = dataOf<{ net: Fields[] }>(
    (await kiteCall(market, "HDFC", "GET", "/portfolio/positions")).body,
  );
  const itc = positions.net.find((position) => position["tradingsymbol"] === "ITC");
  deepEqual(
    pick(itc, "quantity", "average_price", "buy_value", "value", "last_price", "pnl"),
    [6, 404.05, 2424.3, -2424.3, 404.05, 0],
  );
  const sold = (await list("SELLER", "/portfolio/holdings")).find(
    (holding) => holding["tradingsymbol"] === "ITC",
  );
  const bought = (await list("HDFC", "/portfolio/holdings")).find(
    (holding) => holding["tradingsymbol"] === "ITC",
  );
  equal(Number(bought?.["quantity"]) - Number(sold?.["quantity"]), 12);
  deepEqual(pick(bought, "average_price", "isin", "used_quantity"), [404.05, "INE154A01025", 0]);
  const margins = async () => {
    const { body } = await kiteCall(market, "HDFC", "GET", "/user/margins/equity");
    return dataOf<{ net: number; available: Fields; utilised: Fields }>(body);
  };
  const before = await margins();
  await kiteCall(market, "HDFC", "DELETE", `/orders/regular/${id}`);
  const after = await margins();
  const freed = Math.round((after.net - before.net) * 100);
  equal(freed, 4 * 404_05, "what the rest of the order had blocked is free again");
  equal(before.available["cash"], after.available["cash"]);
});

test("a library that drops the path of its address is understood by X-Kite-Version", async () => {
  const answer = await fetch(`${market.url}/user/profile`, { headers: { "x-kite-version": "3" } });
  const body = (await answer.json()) as Fields;
  deepEqual([answer.status, body["error_type"]], [403, "TokenException"]);
  const plain = await fetch(`${market.url}/user/profile`);
  equal(((await plain.json()) as Fields)["code"], "NOT_FOUND");
});

/** What Kite calls each thing that an order says; null: Kite's orders do not say it. */
const kiteWords = {
  client: null,
  symbol: "tradingsymbol",
  side: "transaction_type",
  quantity: "quantity",
  pricePaise: "price",
  counterparty: null,
  custodian: null,
  product: "product",
  unfit: null,
} satisfies Record<keyof OrderContent, string | null>;

test("what an order says in Kite's words can be asked in its form and is shown in its orders", async () => {
  const id = await placeOrder(market, "HDFC", { quantity: "3" });
  const shown = (await list("HDFC", "/orders")).find((order) => order["order_id"] === id);
  for (const word of Object.values(kiteWords))
    if (word !== null) equal(word in orderForm.shape && word in (shown ?? {}), true, word);
});
