import type { Holder } from "./account.ts";
import type { Side } from "./side.ts";
import type { Origin } from "./origin.ts";
import type { Asset } from "./journal.ts";
import type { PricePaise, Ticker } from "./units.ts";

/** The margin that one security asks of an account, and what it is counted from. */
export type MarginOnSecurity = {
  readonly symbol: Ticker;
  readonly markPaise: PricePaise;
  /** VaR and ELM, or the least, in hundredths of a percent. */
  readonly basisPoints: number;
  readonly requiredPaise: number;
};

/**
 * The margin of an account has changed: the securities it changed in, the sum over all of its
 * securities, and what of that is blocked. Less is blocked than required only where no more
 * was free.
 */
export type MarginRequired = Holder & {
  readonly type: "MarginRequired";
  readonly securities: readonly MarginOnSecurity[];
  readonly requiredPaise: number;
  readonly blockedPaise: number;
};

/** More margin lacks than before. Orders that would raise it are refused until it is there. */
type MarginShort = Holder & {
  readonly type: "MarginShort";
  readonly requiredPaise: number;
  readonly blockedPaise: number;
  readonly lackPaise: number;
};

/**
 * What the account traded in a settlement is about to be paid in, and asks for no margin any more.
 */
type MarginPositionsClosed = Holder & {
  readonly type: "MarginPositionsClosed";
  readonly settlementNumber: string;
};

/**
 * Shares that the account sold, or the money for shares that it bought (`asset` INR, `amount`
 * paise), are blocked for the settlement before its pay-in: `quantity` shares of the position ask
 * for no margin.
 */
export type EarlyPaidIn = Holder & {
  readonly type: "EarlyPaidIn";
  readonly clientOrderId: string;
  readonly settlementNumber: string;
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly asset: Asset;
  readonly amount: number;
  readonly source: Origin;
};

/**
 * The market turned an MIS position round at the cut-off, by the order named. What found nobody
 * (`quantity` less `filledQuantity`) stays and is delivered.
 */
type SquaredOff = Holder & {
  readonly type: "SquaredOff";
  readonly symbol: Ticker;
  readonly side: Side;
  readonly orderId: string;
  readonly quantity: number;
  readonly filledQuantity: number;
};

/** So many accounts, of those whose margin is to be counted anew, have been. */
type MarginsRevalued = { readonly type: "MarginsRevalued"; readonly accounts: number };

/** Everything that happens to margins. */
export type MarginEvent =
  | MarginRequired
  | MarginShort
  | MarginPositionsClosed
  | EarlyPaidIn
  | SquaredOff
  | MarginsRevalued;

/** The names of these events. */
export const marginTypes: readonly string[] = Object.keys({
  MarginRequired: true,
  MarginShort: true,
  MarginPositionsClosed: true,
  EarlyPaidIn: true,
  SquaredOff: true,
  MarginsRevalued: true,
} satisfies Record<MarginEvent["type"], true>);

/** True for an event of margins. */
export function isMarginEvent<Event extends { readonly type: string }>(
  event: Event,
): event is Event & MarginEvent {
  return names.has(event.type);
}

const names: ReadonlySet<string> = new Set(marginTypes);
