import { closeBefore, highestSince, openPaise } from "../../state/day-prices.ts";
import type { DateText } from "../../facts/calendar.ts";
import type { Market } from "../../state/market-state.ts";
import { failInvariant, pricePaise, type PricePaise, type Ticker } from "../../facts/units.ts";

/**
 * The symbol's last close, of a trade date before `beforeDate` where one is given: of its last
 * closed date, else its reference close, else its last price. A symbol that only traded by
 * negotiation is worth what it first traded at.
 */
export function lastClosePaise(
  { clearing, instruments }: Market,
  symbol: Ticker,
  beforeDate: DateText | null = null,
): PricePaise {
  const prices = clearing.prices.get(symbol);
  return (
    closeBefore(prices, beforeDate) ??
    instruments.get(symbol)?.referenceClosePaise ??
    openPaise(prices) ??
    closeBefore(prices, null) ??
    prices?.negotiatedPaise ??
    failInvariant(`${symbol} has a shortage and never had a price`)
  );
}

/** So many percent of a price, rounded to the paisa, half a paisa up; at least a paisa. */
export function percentOf(price: PricePaise, percent: number): PricePaise {
  return pricePaise(Math.max(1, Math.floor((price * percent + 50) / 100)));
}

/**
 * What a share costs that is not delivered: the highest price from the trade date until now, but at
 * least so many percent of the last close. Source: NSE, shortages handling; 120 % of the auction
 * day's close.
 */
export function closeOutPricePaise(
  market: Market,
  symbol: Ticker,
  tradeDate: DateText,
  closeOutPercent: number,
): PricePaise {
  const least = percentOf(lastClosePaise(market, symbol), closeOutPercent);
  const highest = highestSince(market.clearing.prices.get(symbol), tradeDate) ?? least;
  return highest > least ? highest : least;
}

/** The most that one shortage may cost: 2^49 paise. Above it no sum could be counted exactly. */
export const shortageMaxPaise: number = 2 ** 49;

/** What so many shares cost at a price, at most `shortageMaxPaise`. */
export function amountOf(price: PricePaise, shares: number): number {
  const exact = BigInt(price) * BigInt(shares);
  return exact > BigInt(shortageMaxPaise) ? shortageMaxPaise : Number(exact);
}
