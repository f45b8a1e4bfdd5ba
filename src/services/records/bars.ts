import type { DateText } from "../../domain/facts/calendar.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/**
 * Trades of one symbol in one span of time: opening, highest, lowest and closing price, and shares.
 */
export type Bar = {
  readonly startMs: number;
  readonly openPaise: number;
  highPaise: number;
  lowPaise: number;
  closePaise: number;
  quantity: number;
  trades: number;
};

/**
 * A symbol's last trade date with a trade in the book: first, highest, lowest and last
 * price, turnover.
 */
type Day = {
  readonly date: DateText;
  /**
   * Of the trade date before: as clearing said it, else its last price; null where there was none.
   */
  readonly previousClosePaise: number | null;
  openPaise: number | null;
  highPaise: number | null;
  lowPaise: number | null;
  lastPaise: number | null;
  lastQuantity: number;
  lastAtMs: number | null;
  quantity: number;
  turnoverPaise: bigint;
  trades: number;
};

type SymbolBars = {
  readonly spans: Map<number, Bar[]>;
  day: Day;
  /** The last close that clearing said. */
  closePaise: number | null;
};

/** Bars of each length by symbol, and the day so far. Spans without trades have no bar. */
export type Bars = {
  readonly bySymbol: Map<string, SymbolBars>;
};

/** The lengths bars are kept in, in ms: 1 s, 5 s, 1 min, 5 min. */
export const barLengthsMs = [1_000, 5_000, 60_000, 300_000] as const;
/** Bars of one length kept for one symbol. */
export const barsKept = 1_500;

/** No trades yet. */
export function newBars(): Bars {
  return { bySymbol: new Map() };
}

/** The bars and the day of a symbol; undefined before its first trade in the book. */
export function findBars(
  bars: Bars,
  symbol: string,
): { spans: ReadonlyMap<number, Bar[]>; day: Day } | undefined {
  return bars.bySymbol.get(symbol);
}

/**
 * Takes a trade of the book in; the first of a later trade date begins the symbol's day anew.
 * Negotiated trades are not the book's price and stay out.
 */
export function noteBarTrade(
  bars: Bars,
  trade: { readonly symbol: string; readonly pricePaise: number; readonly quantity: number },
  atMs: number,
  tradeDate: DateText,
): void {
  const own = getOrMake(bars.bySymbol, trade.symbol, () => ({
    spans: new Map(barLengthsMs.map((lengthMs) => [lengthMs, []])),
    day: newDay(tradeDate, null),
    closePaise: null,
  }));
  for (const [lengthMs, line] of own.spans) noteInSpan(line, lengthMs, trade, atMs);
  if (own.day.date < tradeDate) own.day = newDay(tradeDate, own.closePaise ?? own.day.lastPaise);
  noteInDay(own.day, trade, atMs);
}

/** Takes in what clearing said to be a symbol's close. */
export function noteClose(bars: Bars, symbol: string, closePaise: number): void {
  const own = bars.bySymbol.get(symbol);
  if (own !== undefined) own.closePaise = closePaise;
}

function noteInSpan(
  line: Bar[],
  lengthMs: number,
  { pricePaise, quantity }: { readonly pricePaise: number; readonly quantity: number },
  atMs: number,
): void {
  const startMs = atMs - (atMs % lengthMs);
  const last = line.at(-1);
  if (last?.startMs === startMs) {
    last.highPaise = Math.max(last.highPaise, pricePaise);
    last.lowPaise = Math.min(last.lowPaise, pricePaise);
    last.closePaise = pricePaise;
    last.quantity += quantity;
    last.trades += 1;
    return;
  }
  line.push({
    startMs,
    openPaise: pricePaise,
    highPaise: pricePaise,
    lowPaise: pricePaise,
    closePaise: pricePaise,
    quantity,
    trades: 1,
  });
  if (line.length > barsKept) line.shift();
}

function noteInDay(
  day: Day,
  { pricePaise, quantity }: { readonly pricePaise: number; readonly quantity: number },
  atMs: number,
): void {
  day.openPaise ??= pricePaise;
  day.highPaise = Math.max(day.highPaise ?? 0, pricePaise);
  day.lowPaise = Math.min(day.lowPaise ?? Infinity, pricePaise);
  day.lastPaise = pricePaise;
  day.lastQuantity = quantity;
  day.lastAtMs = atMs;
  day.quantity += quantity;
  day.turnoverPaise += BigInt(pricePaise) * BigInt(quantity);
  day.trades += 1;
}

function newDay(date: DateText, previousClosePaise: number | null): Day {
  return {
    date,
    previousClosePaise,
    openPaise: null,
    highPaise: null,
    lowPaise: null,
    lastPaise: null,
    lastQuantity: 0,
    lastAtMs: null,
    quantity: 0,
    turnoverPaise: 0n,
    trades: 0,
  };
}
