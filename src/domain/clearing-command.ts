import type { Holder } from "./account.ts";
import type { Origin } from "./command.ts";
import type { OfferFields } from "./shortfall-event.ts";

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
