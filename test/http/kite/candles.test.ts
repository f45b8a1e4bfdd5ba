import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { candlesOf } from "../../../src/http/kite/candles.ts";
import {
  candleTime,
  kiteTime,
  readKiteTime,
  sessionEndMs,
} from "../../../src/http/kite/kite-time.ts";
import { averagePaise, rupeeNumber } from "../../../src/http/kite/rupee-numbers.ts";
import type { Bar } from "../../../src/services/records/bars.ts";

const at = (time: string): number => Date.parse(`2026-01-05T${time}:00+05:30`);

const bar = (
  time: string,
  prices: readonly [number, number, number, number],
  quantity: number,
): Bar => {
  const [openPaise, highPaise, lowPaise, closePaise] = prices;
  return { startMs: at(time), openPaise, highPaise, lowPaise, closePaise, quantity, trades: 1 };
};

test("candles are put together on India's clock, whose hours are not UTC's", () => {
  const bars = [
    bar("09:55", [100_00, 101_00, 99_00, 100_50], 10),
    bar("10:00", [100_50, 105_00, 100_50, 104_00], 20),
    bar("10:55", [104_00, 104_05, 98_00, 98_05], 30),
    bar("11:30", [98_05, 98_05, 98_05, 98_05], 1),
  ];
  deepEqual(candlesOf(bars, 3_600_000, false), [
    ["2026-01-05T09:00:00+0530", 100, 101, 99, 100.5, 10],
    ["2026-01-05T10:00:00+0530", 100.5, 105, 98, 98.05, 50],
    ["2026-01-05T11:00:00+0530", 98.05, 98.05, 98.05, 98.05, 1],
  ]);
  equal(candlesOf(bars, 300_000, true)[3]?.[6], 0, "open interest where it was asked for");
  equal(bars[1]?.quantity, 20, "the bars themselves stay as they are");
});

test("moments in India's time, both ways", () => {
  equal(kiteTime(at("09:15")), "2026-01-05 09:15:00");
  equal(candleTime(at("00:00")), "2026-01-05T00:00:00+0530");
  equal(readKiteTime("2026-01-05 09:15:00"), at("09:15"));
  equal(readKiteTime("2026-01-05"), at("00:00"));
  for (const text of ["", "2026-1-5", "2026-13-01", "2026-01-05 25:00:00", "now"])
    equal(readKiteTime(text), null, text);
  equal(sessionEndMs(at("05:59")), at("06:00"));
  equal(sessionEndMs(at("06:00")), at("06:00") + 86_400_000);
});

test("rupees as numbers, and averages to the nearest paisa, also beyond safe integers", () => {
  deepEqual([98_505, 29, 0, -5, 10n].map(rupeeNumber), [985.05, 0.29, 0, -0.05, 0.1]);
  deepEqual([averagePaise(0, 0), averagePaise(5, 2), averagePaise(4, 3)], [0, 3, 1]);
  equal(averagePaise(10n ** 24n, 1_000_000_000), 1e15);
});
