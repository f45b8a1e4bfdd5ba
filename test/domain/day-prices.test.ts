import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  closeBefore,
  closeDay,
  dayPricesOf,
  highestSince,
  notePrice,
  type SymbolPrices,
} from "../../src/domain/state/day-prices.ts";
import {
  amountOf,
  percentOf,
  shortageMaxPaise,
} from "../../src/domain/decide/shortage/shortage-price.ts";
import { pricePaise, quantity, timeMs } from "../../src/domain/facts/units.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, given, lineOf, sell } from "../given.ts";

const day = { tradeDate: "2026-06-01", closesAtMs: timeMs(at("01 15:30")), isPostClose: false };
const date = day.tradeDate;

function traded(trades: readonly (readonly [string, number, number])[]): Map<string, SymbolPrices> {
  const prices = new Map<string, SymbolPrices>();
  for (const [time, price, shares] of trades) {
    const trade = { symbol: "SBIN", pricePaise: pricePaise(price), quantity: quantity(shares) };
    notePrice(prices, day, trade, timeMs(at(time)));
  }
  return prices;
}

test("the close is the average price of the last 30 minutes by shares, rounded to the paisa", () => {
  const prices = traded([
    ["01 10:00", 300_00, 1_000],
    ["01 14:59", 10_00, 1_000],
    ["01 15:00", 100_00, 1],
    ["01 15:29", 100_01, 1],
  ]);
  deepEqual(dayPricesOf(prices, date), [{ symbol: "SBIN", closePaise: 100_01, highPaise: 300_00 }]);
  const less = traded([
    ["01 15:00", 100_00, 2],
    ["01 15:29", 100_01, 1],
  ]);
  equal(dayPricesOf(less, date)[0]?.closePaise, 100_00);
});

test("without a trade in the last 30 minutes the close is the last price", () => {
  const prices = traded([
    ["01 10:00", 300_00, 1_000],
    ["01 14:59", 10_00, 1],
  ]);
  equal(dayPricesOf(prices, date)[0]?.closePaise, 10_00);
});

test("a symbol that did not trade keeps its close, and its highs as far back as is asked", () => {
  const prices = traded([["01 10:00", 300_00, 1]]);
  const closed = { type: "TradingDayClosed", tradeDate: "2026-06-01" } as const;
  closeDay(prices, { ...closed, prices: dayPricesOf(prices, date) }, "2026-06-01");
  deepEqual(dayPricesOf(prices, date), []);
  equal(closeBefore(prices.get("SBIN"), null), 300_00);
  equal(closeBefore(prices.get("SBIN"), "2026-06-01"), null);
  equal(highestSince(prices.get("SBIN"), "2026-06-01"), 300_00);
  equal(highestSince(prices.get("SBIN"), "2026-06-02"), null);
});

test("a trade after the close still has the day's trade date, for prices and settlement alike, until 21:00", () => {
  const start = given(
    [
      { command: sell("s", 15, 100_00), atMs: at("01 15:10") },
      { command: buy("b", 5, 100_00), atMs: at("01 15:10") },
    ],
    clearingTerms(),
  );
  const words = ["DAY", "OPENED"];
  start
    .when({ command: buy("b2", 5, 100_00), atMs: at("01 16:00") })
    .emitsOf(words, [
      "DAY CLOSED 2026-06-01: SBIN 100.00 high 100.00",
      "DAY 2026-06-01 post-close",
    ]);
  start.when({ command: sell("s2", 9, 130_00), atMs: at("01 16:01") });
  start.when({ command: buy("b3", 9, 130_00), atMs: at("01 20:59") }).emitsOf(words, []);
  // The close stands; the day's highest is what it traded at until its end.
  start
    .when({ command: buy("b4", 1, 130_00), atMs: at("01 21:00") })
    .emitsOf(words, [
      "DAY CLOSED 2026-06-01: SBIN 100.00 high 130.00",
      "OPENED M2026101 traded 2026-06-02 settled 2026-06-03",
      "DAY 2026-06-02",
    ]);
});

test("a day that traded after its close only has its close from there", () => {
  const start = given(
    [
      { command: sell("s", 5, 108_00), atMs: at("01 15:55") },
      { command: buy("b", 5, 108_00), atMs: at("01 15:56") },
    ],
    clearingTerms(),
  );
  deepEqual(
    (start.steps[1]?.events ?? []).map(lineOf).filter((line) => /^(DAY|OPENED)/.test(line)),
    ["OPENED M2026100 traded 2026-06-01 settled 2026-06-02", "DAY 2026-06-01 post-close"],
  );
  start.when(tick("01 21:00")).emitsOf(["DAY"], ["DAY CLOSED 2026-06-01: SBIN 108.00 high 108.00"]);
});

test("what trades on T+0 after its obligations is of the next trade date, and so are its prices", () => {
  const symbols = new Map([["SBIN", { settlement: "T+0" as const, series: "EQ" }]]);
  const start = given(
    [
      { command: sell("s", 5, 300_00), atMs: at("01 10:00") },
      { command: buy("b", 5, 300_00), atMs: at("01 10:00") },
      { command: sell("s2", 5, 100_00), atMs: at("01 13:30") },
    ],
    clearingTerms({ symbols }),
  );
  start
    .when({ command: buy("b2", 5, 100_00), atMs: at("01 14:00") })
    .emitsOf(["DAY"], ["DAY 2026-06-02"]);
  equal(highestSince(start.market.clearing.prices.get("SBIN"), "2026-06-02"), 100_00);
  start.when(tick("01 15:30")).emitsOf(["DAY"], ["DAY CLOSED 2026-06-01: SBIN 300.00 high 300.00"]);
  start.when(tick("02 15:30")).emitsOf(["DAY"], ["DAY CLOSED 2026-06-02: SBIN 100.00 high 100.00"]);
});

test("percentages are rounded to the paisa, half a paisa up", () => {
  const cases = [
    [209_00, 120, 250_80],
    [1, 120, 1],
    [3, 150, 5],
    [100_01, 120, 120_01],
    [100_02, 120, 120_02],
    [100_03, 120, 120_04],
  ] as const;
  for (const [price, percent, expected] of cases)
    equal(percentOf(pricePaise(price), percent), expected);
});

test("what a shortage costs is exact, and capped where it could not be counted", () => {
  equal(amountOf(pricePaise(250_80), 1_000), 250_800_00);
  equal(amountOf(pricePaise(1e9), 1e9), shortageMaxPaise);
});

test("property: the close is the exact average, and lies between the prices traded", () => {
  const trade = fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }));
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1, maxLength: 20 }), (trades) => {
      const prices = traded(trades.map(([price, shares]) => ["01 15:15", price, shares] as const));
      const value = trades.reduce((sum, [p, q]) => sum + BigInt(p) * BigInt(q), 0n);
      const all = trades.reduce((sum, [, q]) => sum + BigInt(q), 0n);
      const close = BigInt(dayPricesOf(prices, date)[0]?.closePaise ?? 0);
      // Nearest: twice the distance to the average is at most one paisa.
      const off = 2n * (close * all - value);
      equal(off <= all && off > 0n - all, true);
    }),
  );
});
