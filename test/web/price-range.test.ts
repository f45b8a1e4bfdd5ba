import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { priceRange } from "../../web/src/market/price-range.ts";
import type { BarJson } from "../../web/src/wire.ts";

const bar = (low: number, high: number, close = high): BarJson => ({
  start_ms: 0,
  open_paise: low,
  high_paise: high,
  low_paise: low,
  close_paise: close,
  quantity: 1,
  trades: 1,
});

test("the seeds' print at 885 does not flatten a chart of prices near 985", () => {
  const quiet = Array.from({ length: 40 }, (_, at) => bar(98_400 + at * 5, 98_450 + at * 5));
  const range = priceRange([bar(88_500, 88_500), ...quiet]);
  assert.deepEqual(range, { lowPaise: 98_400, highPaise: 98_645 });
});

test("a stray low inside a candle of good prices does not stretch the scale either", () => {
  const quiet = Array.from({ length: 10 }, () => bar(98_400, 98_450));
  assert.deepEqual(priceRange([...quiet, bar(88_500, 98_440), ...quiet]), {
    lowPaise: 98_400,
    highPaise: 98_450,
  });
});

test("a move that holds is shown: the last close is always on the scale", () => {
  const before = Array.from({ length: 40 }, () => bar(98_400, 98_450));
  const range = priceRange([...before, bar(110_000, 110_000)]);
  assert.equal(range?.highPaise, 110_000);
});

test("three candles are enough to tell which is the stray one", () => {
  const range = priceRange([bar(88_500, 88_500), bar(98_500, 98_530), bar(98_500, 98_510)]);
  assert.deepEqual(range, { lowPaise: 98_500, highPaise: 98_530 });
});

test("candles around the last close are not cut, however far they are from all before", () => {
  const before = Array.from({ length: 40 }, () => bar(98_400, 98_450));
  const now = [bar(110_000, 110_200, 110_100), bar(109_900, 110_300, 110_000)];
  assert.deepEqual(priceRange([...before, ...now]), { lowPaise: 98_400, highPaise: 110_300 });
});

test("a steady trend and a few bars are shown whole", () => {
  const trend = Array.from({ length: 50 }, (_, at) => bar(90_000 + at * 400, 90_300 + at * 400));
  assert.deepEqual(priceRange(trend), { lowPaise: 90_000, highPaise: 109_900 });
  assert.deepEqual(priceRange([bar(88_500, 88_500), bar(98_500, 98_500)]), {
    lowPaise: 88_500,
    highPaise: 98_500,
  });
  assert.equal(priceRange([]), null);
});

test("whatever the bars, the range holds the last close", () => {
  const price = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(price, price, price), { minLength: 1 }), (all) => {
      const bars = all.map((prices) => {
        const [low = 0, close = 0, high = 0] = prices.toSorted((one, other) => one - other);
        return bar(low, high, close);
      });
      const range = priceRange(bars);
      assert.ok(range !== null);
      const holds = (paise: number) => paise >= range.lowPaise && paise <= range.highPaise;
      assert.ok(holds(bars.at(-1)?.close_paise ?? 0));
    }),
  );
});
