import { depthOf, type Depth } from "../../domain/state/depth.ts";
import { findBars } from "../../services/records/bars.ts";
import type { KiteParts } from "./kite-parts.ts";
import { averagePaise } from "./rupee-numbers.ts";

/** Prices a side shows in Kite's depth. */
export const depthLevels = 5;

/** What a quote says of a symbol: paise, shares, ms since 1970. 0 is "none", as Kite has it. */
export type QuoteFacts = {
  readonly token: number;
  /** Of the last trade in the book; before the first one the reference close. */
  readonly lastPaise: number;
  readonly lastQuantity: number;
  readonly lastAtMs: number;
  readonly averagePaise: number;
  readonly volume: number;
  readonly openPaise: number;
  readonly highPaise: number;
  readonly lowPaise: number;
  readonly closePaise: number;
  /** The shard's clock: when the picture was true. */
  readonly atMs: number;
  readonly depth: Depth;
};

/** A symbol's last price, and the close before it. Cheap: no book is walked. */
export function lastPrices(
  { gateway, tokens }: KiteParts,
  symbol: string,
): { readonly lastPaise: number; readonly closePaise: number } {
  const day = findBars(gateway.records.bars, symbol)?.day;
  const closePaise = day?.previousClosePaise ?? tokens.find(symbol)?.referenceClosePaise ?? 0;
  return { lastPaise: day?.lastPaise ?? closePaise, closePaise };
}

/** The quote of a symbol as of now. Negotiated trades are not the book's price and stay out. */
export function quoteFacts(parts: KiteParts, symbol: string): QuoteFacts {
  const { market } = parts.gateway.viewOf(symbol);
  const day = findBars(parts.gateway.records.bars, symbol)?.day;
  return {
    ...lastPrices(parts, symbol),
    token: parts.tokens.tokenOf(symbol),
    lastQuantity: day?.lastQuantity ?? 0,
    lastAtMs: day?.lastAtMs ?? 0,
    averagePaise: averagePaise(day?.turnoverPaise ?? 0n, day?.quantity ?? 0),
    volume: day?.quantity ?? 0,
    openPaise: day?.openPaise ?? 0,
    highPaise: day?.highPaise ?? 0,
    lowPaise: day?.lowPaise ?? 0,
    atMs: market.clockMs,
    depth: depthOf(market, symbol, depthLevels),
  };
}
