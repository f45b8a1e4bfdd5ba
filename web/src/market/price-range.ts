import type { BarJson } from "../wire.ts";

/** The prices that a chart's scale reaches from and to, in paise. */
type PriceRange = { readonly lowPaise: number; readonly highPaise: number };

/** With fewer bars nobody can say which of them is the stray one. */
const fencedMin = 3;
/**
 * Prices further from the median close than this many times the median distance to it are strays.
 */
const fenceWidths = 4;
/**
 * That distance counts as at least this part of a price, so that a quiet market has a fence too.
 */
const quietPart = 500;

/**
 * The range that shows the bars well: lows and highs far outside what the closes say do not stretch
 * it (the seeds' print at 885 in a market at 985). What is near the last close is always within, so
 * that a move that holds is seen. Null without bars.
 */
export function priceRange(bars: readonly BarJson[]): PriceRange | null {
  const last = bars.at(-1);
  if (last === undefined) return null;
  const [middle, reach] = fenceOf(bars);
  const isShown = (paise: number): boolean =>
    Math.abs(paise - middle) <= reach || Math.abs(paise - last.close_paise) <= reach;
  const lows = bars.map(({ low_paise }) => low_paise);
  const highs = bars.map(({ high_paise }) => high_paise);
  const within = [...lows, ...highs, last.close_paise].filter(isShown);
  return {
    lowPaise: within.reduce((least, paise) => Math.min(least, paise)),
    highPaise: within.reduce((most, paise) => Math.max(most, paise)),
  };
}

/** The median close, and how far from it prices are no strays. */
function fenceOf(bars: readonly BarJson[]): readonly [middlePaise: number, reachPaise: number] {
  const closes = bars.map(({ close_paise }) => close_paise);
  const middle = medianOf(closes);
  if (bars.length < fencedMin) return [middle, Infinity];
  const spread = medianOf(closes.map((close) => Math.abs(close - middle)));
  return [middle, fenceWidths * Math.max(spread, middle / quietPart)];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
