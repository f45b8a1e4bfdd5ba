import type { BarJson, PrintMessage } from "../wire.ts";

/** The lengths a chart can have, as the gateway keeps them. */
export const barLengths = [
  { ms: 1_000, label: "1s" },
  { ms: 5_000, label: "5s" },
  { ms: 60_000, label: "1m" },
  { ms: 300_000, label: "5m" },
] as const;

/** Bars shown of a symbol: as many as the gateway keeps. */
const barsKept = 1_500;

/**
 * Adds a trade to the bars, oldest first. Returns the bar it changed; null for a negotiated trade,
 * which is not the book's price, and for one older than the last bar, which the next snapshot
 * brings. Of twice as many bars as are kept the older half is let go of: a page may stay open for
 * days, and a cut draws the chart anew.
 */
export function addToBars(bars: BarJson[], lengthMs: number, trade: PrintMessage): BarJson | null {
  if (trade.kind === "negotiated") return null;
  const atMs = Date.parse(trade.executed_at);
  const startMs = atMs - (atMs % lengthMs);
  const last = bars.at(-1);
  if (last !== undefined && startMs < last.start_ms) return null;
  const bar = last?.start_ms === startMs ? widened(last, trade) : opened(startMs, trade);
  if (last?.start_ms === startMs) bars[bars.length - 1] = bar;
  else bars.push(bar);
  if (bars.length > 2 * barsKept) bars.splice(0, bars.length - barsKept);
  return bar;
}

function opened(startMs: number, { price_paise, quantity }: PrintMessage): BarJson {
  return {
    start_ms: startMs,
    open_paise: price_paise,
    high_paise: price_paise,
    low_paise: price_paise,
    close_paise: price_paise,
    quantity,
    trades: 1,
  };
}

function widened(bar: BarJson, { price_paise, quantity }: PrintMessage): BarJson {
  return {
    ...bar,
    high_paise: Math.max(bar.high_paise, price_paise),
    low_paise: Math.min(bar.low_paise, price_paise),
    close_paise: price_paise,
    quantity: bar.quantity + quantity,
    trades: bar.trades + 1,
  };
}
