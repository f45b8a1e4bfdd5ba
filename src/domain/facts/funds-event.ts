import type { Holder } from "./account.ts";
import type { Origin } from "./origin.ts";
import type { Asset } from "./journal.ts";

/**
 * What comes into the market for an account, or leaves it: `amount` is paise of INR, else shares.
 */
export type FundsMovement = Holder & {
  readonly clientOrderId: string;
  readonly asset: Asset;
  readonly amount: number;
};

/**
 * Cash came from the account's bank, or shares from another depository, by the journal
 * that follows.
 */
export type Deposited = FundsMovement & { readonly type: "Deposited"; readonly source: Origin };

/** Free cash went to the account's bank, or free shares to another depository. */
export type Withdrawn = FundsMovement & { readonly type: "Withdrawn"; readonly source: Origin };

/** What moves between the market and what is outside of it. */
export type FundsEvent = Deposited | Withdrawn;

/** True for such an event. */
export function isFundsEvent<Event extends { readonly type: string }>(
  event: Event,
): event is Event & FundsEvent {
  return fundsTypes.has(event.type);
}

/** The types of those events. */
export const fundsTypes: ReadonlySet<string> = new Set(
  Object.keys({ Deposited: true, Withdrawn: true } satisfies Record<FundsEvent["type"], true>),
);
