import type { PricePaise, Ticker } from "./units.ts";

/**
 * A security that can be traded. `isin` and `referenceClosePaise` are null for a symbol listed on
 * first use. `tickPaise` is master data of the month and does not follow the price.
 */
export type Instrument = {
  readonly symbol: Ticker;
  readonly series: string;
  readonly isin: string | null;
  readonly faceValuePaise: number;
  readonly lot: number;
  readonly referenceClosePaise: PricePaise | null;
  readonly tickPaise: PricePaise;
};
