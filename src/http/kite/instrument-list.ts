import type { KiteParts } from "./kite-parts.ts";
import { lastPrices } from "./quote-facts.ts";
import { rupeeNumber } from "./rupee-numbers.ts";

/**
 * The instruments as Kite's CSV. Source of the columns: Kite Connect v3, "Market data". No symbol
 * has a comma or a quote in it. No newline at the end: one client would read it as an instrument.
 */
export function instrumentList(parts: KiteParts): string {
  const rows = parts.tokens.all().map(({ symbol, tickPaise, lot, series }) => {
    const token = parts.tokens.tokenOf(symbol);
    const { lastPaise } = lastPrices(parts, symbol);
    return [
      token,
      Math.floor(token / 256),
      symbol,
      "",
      rupeeNumber(lastPaise),
      "",
      0,
      rupeeNumber(tickPaise),
      lot,
      series,
      "NSE",
      "NSE",
    ].join(",");
  });
  return [columns, ...rows].join("\n");
}

const columns =
  "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange";
