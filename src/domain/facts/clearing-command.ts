import type { Holder } from "./account.ts";
import type { DoorOrigin, Origin } from "./origin.ts";
import type { FundsMovement } from "./funds-event.ts";
import type { OfferFields } from "./shortfall-event.ts";
import type { Participant, Ticker } from "./units.ts";

/**
 * Takes all of a member's own orders out of the market: of one client where `client` is set, in one
 * symbol where `symbol` is. Negotiated orders that wait are orders too. `clientOrderId` is the
 * request's own id. Of operations alone, and so at a door alone: `participant` may be
 * `everyMember`, for the orders of all of them (rule R13).
 */
export type CancelAll = CancelAllScope & { readonly type: "CancelAll"; readonly source: Origin };

/** Whose orders, and in what. */
export type CancelAllScope = {
  readonly participant: Participant;
  readonly clientOrderId: string;
  /** Null: of all accounts of the member. */
  readonly client: string | null;
  /** Null: in every symbol. */
  readonly symbol: Ticker | null;
};

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
 * Pays in before its time what an account on margin traded of a security in a settlement: so many
 * shares that it sold, or the money for so many that it bought. `clientOrderId` is the request's
 * own id.
 */
export type PayInEarly = Holder & {
  readonly type: "PayInEarly";
  readonly clientOrderId: string;
  readonly settlementNumber: string;
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly source: Origin;
};

/**
 * Brings cash or shares of an account into the market: `amount` is paise of INR, else shares. Of
 * operations only: never read from a topic that strangers write (rule R13).
 */
export type Deposit = FundsMovement & { readonly type: "Deposit"; readonly source: DoorOrigin };

/** Takes free cash or shares of an account out of the market. Of operations only. */
export type Withdraw = FundsMovement & { readonly type: "Withdraw"; readonly source: DoorOrigin };

/**
 * Ends a halt that a command in quarantine left: of new orders in a symbol; null: of what the clock
 * does. Of operations only, and of no member: `participant` is `everyMember`.
 */
export type LiftHalt = {
  readonly type: "LiftHalt";
  readonly participant: Participant;
  readonly clientOrderId: string;
  readonly symbol: Ticker | null;
  readonly source: DoorOrigin;
};

/** What moves between the market and what is outside of it. */
export type MoveFunds = Deposit | Withdraw;

/** Lets a member in default trade again, once it owes nothing. Of operations only. */
export type LiftSuspension = {
  readonly type: "LiftSuspension";
  readonly participant: Participant;
  readonly clientOrderId: string;
  readonly source: DoorOrigin;
};

/** What a deposit or a withdrawal says, as the text that a repeat is known by. */
export function fundsText({ client, asset, amount }: FundsMovement): string {
  return JSON.stringify([client, asset, amount]);
}

/** A lift says nothing but whose it is. */
export const liftSuspensionText = "[]";

/** What it says to lift a halt, as the text that a repeat is known by. */
export function liftHaltText({ symbol }: Pick<LiftHalt, "symbol">): string {
  return JSON.stringify([symbol]);
}

/** What a cancel-all says, as the text that a repeat is known by. */
export function cancelAllText({ client, symbol }: CancelAllScope): string {
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
