import type { Holder } from "./account.ts";
import type { CancelAllSaid, Origin } from "./command.ts";
import type { OfferFields } from "./shortfall-event.ts";
import type { Ticker } from "./units.ts";

/** Offers shares in the buy-in auction of a symbol. `clientOrderId` is the offer's own id. */
export type OfferInAuction = OfferFields & {
  readonly type: "OfferInAuction";
  readonly source: Origin;
};

/** Pays of what an account owes, from its free cash. `clientOrderId` is the request's own id. */
export type PayDues = Holder & {
  readonly type: "PayDues";
  readonly clientOrderId: string;
  readonly amountPaise: number;
  readonly source: Origin;
};

/**
 * Pays in before its time what an account on margin traded of a security in a settlement: so many shares that
 * it sold, or the money for so many that it bought. `clientOrderId` is the request's own id.
 */
export type PayInEarly = Holder & {
  readonly type: "PayInEarly";
  readonly clientOrderId: string;
  readonly settlementNumber: string;
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly source: Origin;
};

/** What a cancel-all says, as the text that a repeat is known by. */
export function cancelAllText({ client, symbol }: CancelAllSaid): string {
  return JSON.stringify([client, symbol]);
}

/** What an offer says, as the text that a repeat is known by. */
export function offerText({ client, symbol, quantity, pricePaise }: OfferFields): string {
  return JSON.stringify([client, symbol, quantity, pricePaise]);
}

/** What a payment says, as the text that a repeat is known by. */
export function payDuesText({
  client,
  amountPaise,
}: Pick<PayDues, "client" | "amountPaise">): string {
  return JSON.stringify([client, amountPaise]);
}

/** What an early pay-in says, as the text that a repeat is known by. */
export function payInEarlyText({
  client,
  settlementNumber,
  symbol,
  quantity,
}: Pick<PayInEarly, "client" | "settlementNumber" | "symbol" | "quantity">): string {
  return JSON.stringify([client, settlementNumber, symbol, quantity]);
}
