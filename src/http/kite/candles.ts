import type { Bar } from "../../services/records/bars.ts";
import { candleTime, spanStart } from "./kite-time.ts";
import { rupeeNumber } from "./rupee-numbers.ts";

const minuteMs = 60_000;

/** Kite's names of the candle lengths that bars are kept for, each with the bars it is made of. */
export const candleLengths: ReadonlyMap<string, { lengthMs: number; barMs: number }> = new Map([
  ["minute", { lengthMs: minuteMs, barMs: minuteMs }],
  ["3minute", { lengthMs: 3 * minuteMs, barMs: minuteMs }],
  ["5minute", { lengthMs: 5 * minuteMs, barMs: 5 * minuteMs }],
  ["10minute", { lengthMs: 10 * minuteMs, barMs: 5 * minuteMs }],
  ["15minute", { lengthMs: 15 * minuteMs, barMs: 5 * minuteMs }],
  ["30minute", { lengthMs: 30 * minuteMs, barMs: 5 * minuteMs }],
  ["60minute", { lengthMs: 60 * minuteMs, barMs: 5 * minuteMs }],
]);

/**
 * A candle as Kite has it: moment, open, high, low, close, shares; with open interest (none)
 * where asked.
 */
type Candle = readonly (string | number)[];

/** Bars, oldest first, put together in candles of a length. Spans without trades have none. */
export function candlesOf(bars: readonly Bar[], lengthMs: number, withInterest: boolean): Candle[] {
  const merged: Bar[] = [];
  for (const bar of bars) {
    const startMs = spanStart(bar.startMs, lengthMs);
    const last = merged.at(-1);
    if (last === undefined || last.startMs !== startMs) {
      merged.push({ ...bar, startMs });
      continue;
    }
    last.highPaise = Math.max(last.highPaise, bar.highPaise);
    last.lowPaise = Math.min(last.lowPaise, bar.lowPaise);
    last.closePaise = bar.closePaise;
    last.quantity += bar.quantity;
  }
  return merged.map((bar) => candle(bar, withInterest));
}

function candle(bar: Bar, withInterest: boolean): Candle {
  const prices = [bar.openPaise, bar.highPaise, bar.lowPaise, bar.closePaise].map(rupeeNumber);
  const all = [candleTime(bar.startMs), ...prices, bar.quantity];
  return withInterest ? [...all, 0] : all;
}
