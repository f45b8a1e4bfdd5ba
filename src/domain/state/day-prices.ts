import { getOrMake } from "../facts/get-or-make.ts";
import type { DateText } from "../facts/calendar.ts";
import type { DayPrices, TradingDayClosed } from "../facts/clearing-event.ts";
import {
  pricePaise,
  type PricePaise,
  type Quantity,
  type Ticker,
  type TimeMs,
} from "../facts/units.ts";

/** A trade date whose prices are open: until its close, or after that until the date ends. */
export type TradingDay = {
  readonly tradeDate: DateText;
  readonly closesAtMs: TimeMs;
  /** Opened again after its close, by a trade that still has this date. */
  readonly isPostClose: boolean;
};

/** What a symbol traded at on a trade date since that was opened. */
type OpenPrices = {
  lastPaise: PricePaise;
  highPaise: PricePaise;
  /**
   * Value and shares of the last 30 minutes before the close. Their sums may leave the
   * safe integers.
   */
  windowPaise: bigint;
  windowShares: bigint;
};

/** A trade date's close and highest price. */
type ClosedPrices = {
  readonly tradeDate: DateText;
  readonly closePaise: PricePaise;
  readonly highPaise: PricePaise;
};

/** What a symbol with a cycle traded at. */
export type SymbolPrices = {
  /**
   * Trade dates that are not closed, oldest first: one, and a second where T+0 already trades for
   * the next.
   */
  readonly open: Map<DateText, OpenPrices>;
  /** Trade dates closed, oldest first: as far back as somebody may ask, and always the last. */
  closed: readonly ClosedPrices[];
  /**
   * Of the first negotiated trade: what the symbol is worth where it has never had another price.
   */
  negotiatedPaise: PricePaise | null;
};

/** The part of a day before its close that makes the close. Source: NSE, 30 minutes. */
const closeWindowMs: number = 30 * 60_000;

/** Notes a trade of a trade date that is open. */
export function notePrice(
  prices: Map<Ticker, SymbolPrices>,
  { tradeDate, closesAtMs, isPostClose }: TradingDay,
  trade: { readonly symbol: Ticker; readonly pricePaise: PricePaise; readonly quantity: Quantity },
  atMs: TimeMs,
): void {
  const { symbol, pricePaise: price, quantity } = trade;
  const { open } = pricesOf(prices, symbol);
  const noWindow = { windowPaise: 0n, windowShares: 0n };
  const day = getOrMake(open, tradeDate, () => ({
    lastPaise: price,
    highPaise: price,
    ...noWindow,
  }));
  day.lastPaise = price;
  if (price > day.highPaise) day.highPaise = price;
  if (isPostClose || atMs < closesAtMs - closeWindowMs) return;
  day.windowPaise += BigInt(price) * BigInt(quantity);
  day.windowShares += BigInt(quantity);
}

/** Notes a negotiated trade. It does not touch a symbol's price, like its book. */
export function noteNegotiated(
  prices: Map<Ticker, SymbolPrices>,
  symbol: Ticker,
  price: PricePaise,
): void {
  const known = pricesOf(prices, symbol);
  known.negotiatedPaise ??= price;
}

/**
 * The prices of a trade date that is open, by symbol, of those that traded: the close is the
 * average price of the last 30 minutes before it by shares, rounded to the paisa, else the last
 * price. What trades after the close changes no close that there is. Source: NSE, settlement price.
 */
export function dayPricesOf(
  prices: ReadonlyMap<Ticker, SymbolPrices>,
  tradeDate: DateText,
): DayPrices[] {
  const all: DayPrices[] = [];
  for (const [symbol, { open, closed }] of prices) {
    const day = open.get(tradeDate);
    if (day === undefined) continue;
    const before = closed.find((each) => each.tradeDate === tradeDate);
    const closePaise = before?.closePaise ?? closeOf(day);
    const highPaise = highest(before?.highPaise ?? null, day.highPaise);
    all.push({ symbol, closePaise, highPaise });
  }
  return all.toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1));
}

/** Closes a trade date, and lets go of what is older than what `oldestDate` may ask for. */
export function closeDay(
  prices: Map<Ticker, SymbolPrices>,
  { tradeDate, prices: day }: TradingDayClosed,
  oldestDate: DateText,
): void {
  for (const { symbol, closePaise, highPaise } of day) {
    const known = pricesOf(prices, symbol);
    known.open.delete(tradeDate);
    const others = known.closed.filter((each) => each.tradeDate !== tradeDate);
    const all = [...others, { tradeDate, closePaise, highPaise }];
    const last = all.findLastIndex((each) => each.tradeDate < oldestDate);
    known.closed = all.slice(Math.max(0, last));
  }
}

/** The close of the last trade date before one that is closed; null where there is none. */
export function closeBefore(
  prices: SymbolPrices | undefined,
  date: DateText | null,
): PricePaise | null {
  const before = prices?.closed.findLast(({ tradeDate }) => date === null || tradeDate < date);
  return before?.closePaise ?? null;
}

/** The last price of a trade date that is not closed; null where there is none. */
export function openPaise(prices: SymbolPrices | undefined): PricePaise | null {
  return [...(prices?.open.values() ?? [])].at(-1)?.lastPaise ?? null;
}

/**
 * The highest price of this and later trade dates until now; null where the symbol has not
 * traded since.
 */
export function highestSince(
  prices: SymbolPrices | undefined,
  tradeDate: DateText,
): PricePaise | null {
  let found: PricePaise | null = null;
  for (const [date, { highPaise }] of prices?.open ?? [])
    if (date >= tradeDate) found = highest(found, highPaise);
  for (const { tradeDate: date, highPaise } of prices?.closed ?? [])
    if (date >= tradeDate) found = highest(found, highPaise);
  return found;
}

function highest(one: PricePaise | null, other: PricePaise): PricePaise {
  return one !== null && one > other ? one : other;
}

function closeOf({ lastPaise, windowPaise, windowShares }: OpenPrices): PricePaise {
  if (windowShares === 0n) return lastPaise;
  return pricePaise(Number((2n * windowPaise + windowShares) / (2n * windowShares)));
}

function pricesOf(prices: Map<Ticker, SymbolPrices>, symbol: Ticker): SymbolPrices {
  return getOrMake(prices, symbol, () => ({ open: new Map(), closed: [], negotiatedPaise: null }));
}
