// Zerodha's own Node library against the market: says what it saw, one fact of JSON a line. A
// process of its own, because the library's ticker has one socket for all, and ends the process
// when it gives up.
import { KiteConnect, KiteTicker } from "kiteconnect";

const [root = "", tickerRoot = "", apiKey = "", apiSecret = "", sellerKey = "", sellerToken = ""] =
  process.argv.slice(2);

function say(fact: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify({ fact, value })}\n`);
}

async function until<Found>(what: string, find: () => Found | undefined | false): Promise<Found> {
  const endMs = Date.now() + 10_000;
  while (Date.now() < endMs) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not within ten seconds: ${what}`);
}

/** The library loses the HTTP status, so only name and text are said. */
async function refused(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => null,
    (error: { error_type: string; message: string }) => [error.error_type, error.message],
  );
}

type Fields = Record<string, never>;

const kite = new KiteConnect({ api_key: apiKey, root });
const session = await kite.generateSession("any text", apiSecret);
say("session", [session.user_id, session.access_token.startsWith("session.")]);
const seller = new KiteConnect({ api_key: sellerKey, access_token: sellerToken, root });

const instruments = (await kite.getInstruments("NSE")) as unknown as Fields[];
const sbin = instruments.find((each) => each["tradingsymbol"] === "SBIN") ?? ({} as Fields);
say("instruments", [
  instruments.length,
  sbin["tick_size"],
  sbin["lot_size"],
  sbin["instrument_type"],
]);
const token = Number(sbin["instrument_token"]);

const terms = { exchange: "NSE", tradingsymbol: "SBIN", product: "CNC" } as const;
const placed = await kite.placeOrder("regular", {
  ...terms,
  transaction_type: "BUY",
  quantity: 10,
  order_type: "LIMIT",
  price: 985.05,
  tag: "swing1",
});
const orderId = placed.order_id;

type Tick = {
  mode: string;
  last_price: number;
  total_buy_quantity: number;
  ohlc: { close: number };
  depth: { buy: object[]; sell: object[] };
};
const ticks: Tick[] = [];
const updates: Fields[] = [];
const ticker = new KiteTicker({
  api_key: apiKey,
  access_token: session.access_token,
  root: tickerRoot,
  reconnect: false,
} as never);
ticker.on("ticks", (seen: unknown) => ticks.push(...(seen as Tick[])));
ticker.on("order_update", (order: unknown) => updates.push(order as Fields));
ticker.connect();
await until("an open line", () => ticker.connected());

const tick = (mode: string): Promise<Tick> =>
  until(mode, () => ticks.find((each) => each.mode === mode));
ticker.subscribe([token]);
const quoteTick = await tick("quote");
say("quote tick", [quoteTick.last_price, quoteTick.total_buy_quantity, quoteTick.ohlc.close]);
ticker.setMode("full", [token]);
const full = await tick("full");
say("full tick", [full.depth.buy[0], full.depth.sell.length]);
ticker.setMode("ltp", [token]);
say("ltp tick", (await tick("ltp")).last_price);

await seller.placeOrder("regular", {
  ...terms,
  transaction_type: "SELL",
  quantity: 4,
  order_type: "MARKET",
});
await until("the fill", () => updates.length > 0);
const traded = await until("a trade", () => ticks.find((each) => each.last_price === 985.05));
say("trade tick", traded.mode);
say("cancelled", (await kite.cancelOrder("regular", orderId)).order_id === orderId);
await until("the cancel", () => updates.length === 2);
say(
  "updates",
  updates.map((each) => [each["status"], each["filled_quantity"], each["tag"]]),
);
ticker.disconnect();

const all = async (list: Promise<unknown>): Promise<Fields[]> => (await list) as Fields[];
const pick = (list: readonly Fields[], ...names: readonly string[]): unknown[] =>
  list.map((each) => names.map((name) => each[name]));
const orders = await all(kite.getOrders());
say(
  "orders",
  pick(orders, "status", "filled_quantity", "cancelled_quantity", "average_price", "tag"),
);
say("dates", (orders[0]?.["order_timestamp"] as unknown) instanceof Date);
say(
  "history",
  (await all(kite.getOrderHistory(orderId))).map((each) => each["status"]),
);
say("trades", pick(await all(kite.getTrades()), "quantity", "average_price", "transaction_type"));
say("order trades", (await all(kite.getOrderTrades(orderId))).length);
const positions = (await kite.getPositions()) as unknown as { net: Fields[] };
say("positions", pick(positions.net, "tradingsymbol", "quantity", "average_price"));
say("holdings", pick(await all(kite.getHoldings()), "tradingsymbol", "quantity"));
const money = (await kite.getMargins()) as unknown as { commodity: { enabled: boolean } };
const equity = (await kite.getMargins("equity")) as unknown as { net: number };
say("margins", [equity.net, money.commodity.enabled]);
const profile = (await kite.getProfile()) as unknown as Fields;
say("profile", [profile["user_id"], profile["products"]]);
type Book = Tick & { volume: number; ohlc: { close: number; high: number } };
const bookOf = async (answer: Promise<unknown>, name: string): Promise<Book> =>
  ((await answer) as Record<string, Book>)[name] as Book;
const book = await bookOf(kite.getQuote(["NSE:SBIN"]), "NSE:SBIN");
say("quote", [book.last_price, book.volume, book.depth.buy.length, book.ohlc.high]);
say("ohlc", (await bookOf(kite.getOHLC(["NSE:SBIN", "NSE:INFY"]), "NSE:INFY")).ohlc.close);
say("ltp", (await bookOf(kite.getLTP(["NSE:SBIN"]), "NSE:SBIN")).last_price);
const candles = await all(
  kite.getHistoricalData(token, "5minute", "2020-01-01", "2099-01-01") as Promise<unknown>,
);
say("candles", [
  candles.reduce((sum, candle) => sum + Number(candle["volume"]), 0),
  candles[0]?.["close"],
]);

const buy = { ...terms, transaction_type: "BUY", quantity: 1 } as const;
say(
  "market buy",
  await refused(() => kite.placeOrder("regular", { ...buy, order_type: "MARKET" })),
);
say(
  "off tick",
  await refused(() => kite.placeOrder("regular", { ...buy, order_type: "LIMIT", price: 985.01 })),
);
say("modify", await refused(() => kite.modifyOrder("regular", orderId, { quantity: 5 })));
say("gtt", await refused(() => kite.getGTTs()));
say("closed", await refused(() => kite.cancelOrder("regular", orderId)));
say("logout", await kite.invalidateAccessToken());
say("after logout", ((await refused(() => kite.getProfile())) as string[]).slice(0, 1));
process.exit(0);
