import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { listedOnFirstUse } from "../../../src/domain/facts/instrument.ts";
import { nseInstruments } from "../../../src/domain/facts/nse-instruments.ts";
import { newInstrumentTokens } from "../../../src/http/kite/instrument-tokens.ts";
import { newShardView } from "../../../src/services/shard-view.ts";
import { startGateway, type RunningGateway } from "../running-gateway.ts";
import { dataOf, kiteCall, kiteKey, placeOrder } from "./kite-call.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({ origins: ["https://desk.example"] });
});

after(() => market.close());

/**
 * The documented rule, written again: FNV-1a of 32 bits, modulo 2^23, then eight bits of segment.
 */
function expectedToken(symbol: string): number {
  let hash = 2166136261n;
  for (const byte of Buffer.from(symbol)) hash = ((hash ^ BigInt(byte)) * 16777619n) % 4294967296n;
  return Number(((hash % 8388608n) << 8n) | 1n);
}

test("tokens follow the rule, differ, and fit in 31 bits", () => {
  const tokens = newInstrumentTokens([newShardView()]);
  for (const { symbol } of nseInstruments) equal(tokens.tokenOf(symbol), expectedToken(symbol));
  const all = tokens.all().map(({ symbol }) => tokens.tokenOf(symbol));
  equal(new Set(all).size, 50);
  ok(all.every((token) => token > 0 && token < 2 ** 31));
  deepEqual([tokens.tokenOf("SBIN"), tokens.tokenOf("NOBODY")], [172416769, 0]);
});

test("a symbol whose number is taken gets the next one, in the order of listing", () => {
  const [first, second] = findCollision();
  const view = newShardView();
  const tokens = newInstrumentTokens([view]);
  for (const symbol of [second, first]) {
    view.market.instruments.set(symbol, listedOnFirstUse(symbol));
    tokens.tokenOf(symbol);
  }
  equal(tokens.tokenOf(second), expectedToken(second));
  equal(tokens.tokenOf(first), expectedToken(first) + 256);
  equal(tokens.findByToken(tokens.tokenOf(first))?.symbol, first);
});

/** Two symbols with the same hash; there must be some among ten thousand. */
function findCollision(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let count = 0; ; count += 1) {
    const token = expectedToken(`X${count}`);
    const other = seen.get(token);
    if (other !== undefined) return [other, `X${count}`];
    seen.set(token, `X${count}`);
  }
}

type Listed = { readonly headers: Readonly<Record<string, unknown>>; readonly bytes: Buffer };

async function listOf(path: string, encoding: string): Promise<Listed> {
  const { apiKey, accessToken } = kiteKey(market, "HDFC");
  const authorization = `token ${apiKey}:${accessToken}`;
  const headers = { authorization, "accept-encoding": encoding };
  const [answer] = (await once(get(`${market.url}/kite${path}`, { headers }), "response")) as [
    IncomingMessage,
  ];
  return { headers: answer.headers, bytes: Buffer.concat(await answer.toArray()) };
}

test("the list is CSV of the type `text/csv`, gzipped where that is asked for", async () => {
  await placeOrder(market, "HDFC", { tradingsymbol: "NEWCO", price: "12.34" });
  const plain = await listOf("/instruments", "identity");
  equal(plain.headers["content-type"], "text/csv");
  equal(plain.headers["content-encoding"], undefined);
  const packed = await listOf("/instruments/NSE", "gzip, deflate");
  equal(packed.headers["content-encoding"], "gzip");
  equal(gunzipSync(packed.bytes).toString(), plain.bytes.toString());
  const rows = plain.bytes.toString().split("\n");
  equal(rows.length, 52, "a heading, fifty built in, one listed on first use, no empty line");
  const sbin = rows.find((row) => row.includes(",SBIN,"));
  equal(sbin, "172416769,673503,SBIN,,985,,0,0.05,1,EQ,NSE,NSE");
  ok(rows.some((row) => row.includes(",NEWCO,,0,,0,0.01,1,EQ,NSE,NSE")));
});

test("who refuses gzip gets the list as it is; caches keep it for each coding and origin", async () => {
  for (const refusing of ["gzip;q=0", "gzip; q=0, deflate", "*;q=0"])
    equal(
      (await listOf("/instruments", refusing)).headers["content-encoding"],
      undefined,
      refusing,
    );
  for (const encoding of ["gzip", "identity"]) {
    const { vary } = (await listOf("/instruments", encoding)).headers;
    deepEqual(String(vary).split(", ").toSorted(), ["accept-encoding", "origin"], encoding);
  }
});

test("quotes by name and by token; what there is not is left out", async () => {
  const query = "i=NSE:SBI&i=172416769&i=NSE:NOBODY&i=BSE:SBIN";
  const { body } = await kiteCall(market, "HDFC", "GET", `/quote/ltp?${query}`);
  const sbin = { instrument_token: 172416769, last_price: 985 };
  deepEqual(dataOf(body), { "NSE:SBI": sbin, "172416769": sbin });
});

test("a full quote: five levels on each side, what was traded, and before that the reference close", async () => {
  const read = async () => {
    const { body } = await kiteCall(market, "HDFC", "GET", "/quote?i=NSE:LT");
    return dataOf<Record<string, Record<string, unknown>>>(body)["NSE:LT"] ?? {};
  };
  const before = await read();
  deepEqual([before["last_price"], before["volume"], before["last_trade_time"]], [4015, 0, null]);
  for (const price of ["4010", "4010", "4009.9"])
    await placeOrder(market, "HDFC", { tradingsymbol: "LT", price, quantity: "5" });
  const sell = { tradingsymbol: "LT", transaction_type: "SELL", quantity: "7" };
  await placeOrder(market, "SELLER", { ...sell, price: "4010" });
  const quote = await read();
  const { depth, ohlc, ...rest } = quote as {
    depth: { buy: object[]; sell: object[] };
    ohlc: object;
  } & Record<string, unknown>;
  const none = { price: 0, quantity: 0, orders: 0 };
  deepEqual(depth.buy.slice(0, 3), [
    { price: 4010, quantity: 3, orders: 1 },
    { price: 4009.9, quantity: 5, orders: 1 },
    none,
  ]);
  deepEqual([depth.buy.length, depth.sell], [5, Array(5).fill(none)]);
  deepEqual(ohlc, { open: 4010, high: 4010, low: 4010, close: 4015 });
  deepEqual(
    [rest["last_price"], rest["last_quantity"], rest["volume"], rest["buy_quantity"]],
    [4010, 2, 7, 8],
  );
});

test("candles of the trades, by minute and by hour", async () => {
  const sell = { tradingsymbol: "LT", transaction_type: "SELL", quantity: "4" };
  await placeOrder(market, "SELLER", { ...sell, price: "4009.9" });
  const token = expectedToken("LT");
  for (const interval of ["minute", "60minute"]) {
    const path = `/instruments/historical/${token}/${interval}?from=2020-01-01&to=2099-01-01`;
    const { body } = await kiteCall(market, "HDFC", "GET", `${path}&oi=1`);
    const { candles } = dataOf<{ candles: (string | number)[][] }>(body);
    equal(
      candles.reduce((sum, candle) => sum + Number(candle[5]), 0),
      11,
    );
    deepEqual([candles[0]?.[1], candles.at(-1)?.[3], candles[0]?.[6]], [4010, 4009.9, 0]);
  }
});
