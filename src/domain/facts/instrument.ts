import { pricePaise, type PricePaise, type Ticker } from "./units.ts";

/**
 * How a symbol's trades settle: one by one at once, on the trade date, or on the settlement day
 * after it.
 */
export type SettlementCycle = "instant" | "T+0" | "T+1";

/**
 * A security that can be traded. `isin` and `referenceClosePaise` are null for a symbol listed on
 * first use. `tickPaise` is master data of the month and does not follow the price. Without
 * `settlement` trades settle at once.
 */
export type Instrument = {
  readonly symbol: Ticker;
  readonly series: string;
  readonly isin: string | null;
  readonly faceValuePaise: number;
  readonly lot: number;
  readonly referenceClosePaise: PricePaise | null;
  readonly tickPaise: PricePaise;
  readonly settlement?: Exclude<SettlementCycle, "instant">;
};

/**
 * The tick for a month, in paise, from the close of the last trading day of the month before.
 * 250.00 has the tick of the band above it, the other borders that of the band below. Source: NSE,
 * tick sizes in force from 15 April 2025, as printed by Fyers on 17 March 2025.
 */
export function tickPaise(referenceClosePaise: PricePaise): PricePaise {
  for (const { upToPaise, tick } of tickBands) if (referenceClosePaise <= upToPaise) return tick;
  return highestTick;
}

/**
 * The prices next to an off-tick one, lower first; only the upper where the lower would be nothing.
 */
export function nearestOnTick(price: PricePaise, tick: PricePaise): readonly PricePaise[] {
  const below = price - (price % tick);
  const above = pricePaise(below + tick);
  return below === 0 ? [above] : [pricePaise(below), above];
}

/** NSE's symbol for the one a sender wrote. `SBI` is the seeds' name for `SBIN`. */
export function canonicalSymbol(asSent: string): Ticker {
  return asSent === "SBI" ? "SBIN" : asSent;
}

/**
 * True if a symbol may be listed on first use: 1 to 20 of A-Z 0-9 & -, and not the name of
 * the cash.
 */
export function isListableSymbol(symbol: string): boolean {
  return /^[A-Z0-9&-]{1,20}$/.test(symbol) && symbol !== "INR";
}

/** What an open market knows of a symbol nobody has described: nothing but that it trades. */
export function listedOnFirstUse(symbol: Ticker): Instrument {
  return {
    symbol,
    series: "EQ",
    isin: null,
    faceValuePaise: 100,
    lot: 1,
    referenceClosePaise: null,
    tickPaise: pricePaise(1),
  };
}

const tickBands = [
  { upToPaise: 249_99, tick: pricePaise(1) },
  { upToPaise: 1_000_00, tick: pricePaise(5) },
  { upToPaise: 5_000_00, tick: pricePaise(10) },
  { upToPaise: 10_000_00, tick: pricePaise(50) },
  { upToPaise: 20_000_00, tick: pricePaise(100) },
];

const highestTick = pricePaise(500);
