import type { DateText } from "./calendar.ts";
import type { DayPrices, TradingDayClosed } from "./clearing-event.ts";
import { pricePaise } from "./units.ts";
import type { PricePaise, Quantity, Ticker, TimeMs } from "./units.ts";

/** A trading day whose close is still to come. */
export type TradingDay = { readonly tradeDate: DateText; readonly closesAtMs: TimeMs };

/** What a symbol with a cycle traded at. */
export type SymbolPrices = {
  /** Of the last day that was closed; null before the first. */
  closePaise: PricePaise | null;
  /** Of the day that is open; null while it has not traded. */
  lastPaise: PricePaise | null;
  highPaise: PricePaise | null;
  /** Of the first negotiated trade: what the symbol is worth where it has never had another price. */
  negotiatedPaise: PricePaise | null;
  /** Value and shares of the day's last 30 minutes. Their sums may leave the safe integers. */
  windowPaise: bigint;
  windowShares: bigint;
  /** Highest price of each day closed, oldest first; as far back as an open settlement reaches. */
  highs: { readonly tradeDate: DateText; readonly highPaise: PricePaise }[];
};

/** The part of a day before its close that makes the close. Source: NSE, 30 minutes. */
export const closeWindowMs: number = 30 * 60_000;

/** Notes a trade of the day that is open. */
export function notePrice(
  prices: Map<Ticker, SymbolPrices>,
  { closesAtMs }: TradingDay,
  trade: { readonly symbol: Ticker; readonly pricePaise: PricePaise; readonly quantity: Quantity },
  atMs: TimeMs,
): void {
  const { symbol, pricePaise: price, quantity } = trade;
  const known = pricesOf(prices, symbol);
  known.lastPaise = price;
  if (known.highPaise === null || price > known.highPaise) known.highPaise = price;
  if (atMs < closesAtMs - closeWindowMs) return;
  known.windowPaise += BigInt(price) * BigInt(quantity);
  known.windowShares += BigInt(quantity);
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
 * The prices of the day that is open, by symbol, of those that traded: the close is the average price of the
 * last 30 minutes by shares, rounded to the paisa, else the last price. Source: NSE, settlement price.
 */
export function dayPricesOf(prices: ReadonlyMap<Ticker, SymbolPrices>): DayPrices[] {
  const all: DayPrices[] = [];
  for (const [symbol, { lastPaise, highPaise, windowPaise, windowShares }] of prices) {
    if (lastPaise === null || highPaise === null) continue;
    const average =
      windowShares === 0n
        ? lastPaise
        : pricePaise(Number((2n * windowPaise + windowShares) / (2n * windowShares)));
    all.push({ symbol, closePaise: average, highPaise });
  }
  return all.toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1));
}

/** Closes the day, and lets go of highs from before `oldestDate`. */
export function closeDay(
  prices: Map<Ticker, SymbolPrices>,
  { tradeDate, prices: closed }: TradingDayClosed,
  oldestDate: DateText,
): void {
  for (const { symbol, closePaise, highPaise } of closed) {
    const { highs, negotiatedPaise } = pricesOf(prices, symbol);
    prices.set(symbol, {
      ...noPrices(),
      closePaise,
      negotiatedPaise,
      highs: [...highs, { tradeDate, highPaise }].filter((high) => high.tradeDate >= oldestDate),
    });
  }
}

/** The highest price from a trade date until now; null where the symbol has not traded since. */
export function highestSince(
  prices: SymbolPrices | undefined,
  tradeDate: DateText,
): PricePaise | null {
  let highest = prices?.highPaise ?? null;
  for (const high of prices?.highs ?? [])
    if (high.tradeDate >= tradeDate && (highest === null || high.highPaise > highest))
      highest = high.highPaise;
  return highest;
}

function pricesOf(prices: Map<Ticker, SymbolPrices>, symbol: Ticker): SymbolPrices {
  const known = prices.get(symbol);
  if (known !== undefined) return known;
  const made = noPrices();
  prices.set(symbol, made);
  return made;
}

function noPrices(): SymbolPrices {
  return {
    closePaise: null,
    lastPaise: null,
    highPaise: null,
    negotiatedPaise: null,
    windowPaise: 0n,
    windowShares: 0n,
    highs: [],
  };
}
