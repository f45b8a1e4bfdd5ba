import type { DepthLevel } from "../../domain/state/depth.ts";
import { kiteTime } from "./kite-time.ts";
import { depthLevels, type QuoteFacts } from "./quote-facts.ts";
import { rupeeNumber } from "./rupee-numbers.ts";

/**
 * A full quote in Kite's fields. Source: Kite Connect v3, "Market quotes". No circuit limits exist
 * here: 0.
 */
export function kiteQuote(facts: QuoteFacts): object {
  const { depth } = facts;
  return {
    instrument_token: facts.token,
    timestamp: facts.atMs === 0 ? null : kiteTime(facts.atMs),
    last_trade_time: facts.lastAtMs === 0 ? null : kiteTime(facts.lastAtMs),
    last_price: rupeeNumber(facts.lastPaise),
    last_quantity: facts.lastQuantity,
    buy_quantity: depth.totalBuyQuantity,
    sell_quantity: depth.totalSellQuantity,
    volume: facts.volume,
    average_price: rupeeNumber(facts.averagePaise),
    oi: 0,
    oi_day_high: 0,
    oi_day_low: 0,
    net_change: 0,
    lower_circuit_limit: 0,
    upper_circuit_limit: 0,
    ohlc: ohlcOf(facts),
    depth: { buy: fiveLevels(depth.bids), sell: fiveLevels(depth.asks) },
  };
}

/** Last price, and open, high, low and close. */
export function kiteOhlc(facts: QuoteFacts): object {
  return { ...kiteLtp(facts), ohlc: ohlcOf(facts) };
}

/** The last price alone. */
export function kiteLtp({ token, lastPaise }: QuoteFacts): object {
  return { instrument_token: token, last_price: rupeeNumber(lastPaise) };
}

function ohlcOf({ openPaise, highPaise, lowPaise, closePaise }: QuoteFacts): object {
  return {
    open: rupeeNumber(openPaise),
    high: rupeeNumber(highPaise),
    low: rupeeNumber(lowPaise),
    close: rupeeNumber(closePaise),
  };
}

/** Kite's depth has five prices on each side always; those that nobody offers are zeros. */
function fiveLevels(levels: readonly DepthLevel[]): object[] {
  return Array.from({ length: depthLevels }, (_, index) => {
    const { pricePaise = 0, quantity = 0, orders = 0 } = levels[index] ?? {};
    return { price: rupeeNumber(pricePaise), quantity, orders };
  });
}
