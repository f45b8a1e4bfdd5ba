import type { Holder } from "../facts/account.ts";
import type { DateText } from "../facts/calendar.ts";
import type { AuctionCalled } from "../facts/shortfall-event.ts";
import type { PricePaise, Ticker, TimeMs } from "../facts/units.ts";

/** Shares one seller did not deliver to one receiver, until they are bought in or closed out. */
export type Lot = {
  readonly lotId: string;
  readonly settlementNumber: string;
  /** Since when its highest price counts. */
  readonly tradeDate: DateText;
  readonly symbol: Ticker;
  readonly seller: Holder;
  readonly receiver: Holder;
  readonly deliveryId: string;
  readonly receiptId: string;
  quantity: number;
  /** What is left of the valuation debit, blocked in the clearing corporation's account. */
  heldPaise: number;
};

/** Shares offered in an auction, blocked in the offerer's account. */
export type Offer = Holder & {
  readonly offerId: string;
  readonly pricePaise: PricePaise;
  readonly arrival: number;
  leavesQuantity: number;
};

/**
 * The buy-in auction of a symbol, from the first shortage of the day until its last lot is settled.
 */
export type Auction = Omit<AuctionCalled, "type"> & {
  isEnded: boolean;
  /** By id, oldest first. */
  readonly lots: Map<string, Lot>;
  /** By id, oldest first. */
  readonly offers: Map<string, Offer>;
};

/**
 * When the auction has something to do next: its end, then the close-out of what was not bought.
 */
export function auctionDueMs({ isEnded, closesAtMs, closeOutAtMs }: Auction): TimeMs {
  return isEnded ? closeOutAtMs : closesAtMs;
}

/** The offers, lowest price first, and of equal ones the oldest. */
export function lowestFirst({ offers }: Auction): Offer[] {
  return [...offers.values()].toSorted((one, other) => one.pricePaise - other.pricePaise);
}
