import type { Holder } from "./account.ts";
import type { DateText } from "./calendar.ts";
import type { Origin } from "./origin.ts";
import type { RejectReason } from "./reject-reason.ts";
import type { Paise, Participant, PricePaise, Quantity, Ticker, TimeMs } from "./units.ts";

/**
 * Where a debt comes from: a client did not pay (MONY); its shortage cost its member (LACK); the
 * fund paid for a member (FUND); nobody paid, so that a receiver went without (CMON).
 */
export type DebtReason = "MONY" | "LACK" | "FUND" | "CMON";

/**
 * One account owes another so many paise more; both are account keys. It stands in what is due
 * of both.
 */
export type DebtIncurred = {
  readonly type: "DebtIncurred";
  readonly debtor: string;
  readonly creditor: string;
  readonly paise: number;
  readonly reason: DebtReason;
  readonly settlementNumber: string;
};

/** So much of it is paid. */
type DebtPaid = {
  readonly type: "DebtPaid";
  readonly debtor: string;
  readonly creditor: string;
  readonly paise: number;
};

/**
 * A member stood in for accounts of its own that did not pay, with what it had or others had
 * for it.
 */
export type MemberCovered = {
  readonly type: "MemberCovered";
  readonly settlementNumber: string;
  readonly participant: Participant;
  readonly lackPaise: number;
  /**
   * Of that, what was brought together: its receipts of the settlement, cash, collateral,
   * the fund's.
   */
  readonly coveredPaise: number;
};

/**
 * A member could not pay so much of its own free cash on a day in India (`date`), and goes on
 * trading: what it lacked on the day together is less than suspends it.
 */
type MemberLacked = {
  readonly type: "MemberLacked";
  readonly participant: Participant;
  readonly settlementNumber: string;
  readonly lackPaise: number;
  readonly date: DateText;
};

/** A member could not pay of its own free cash. It is suspended: its orders are refused. */
type MemberDefaulted = {
  readonly type: "MemberDefaulted";
  readonly participant: Participant;
  readonly settlementNumber: string;
  readonly lackPaise: number;
};

/** All orders of a suspended member are out of the market. */
type SuspensionDone = {
  readonly type: "SuspensionDone";
  readonly participant: Participant;
};

/**
 * Shares an account received while it owes: blocked in the account for its member (CUSPA), or held
 * by the guarantee fund where the member owes the fund.
 */
export type UnpaidSharesHeld = Holder & {
  readonly type: "UnpaidSharesHeld";
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly heldBy: "Account" | "Fund";
};

/** They are free, or delivered for a sale of the account. */
type UnpaidSharesFreed = Holder & {
  readonly type: "UnpaidSharesFreed";
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly heldBy: "Account" | "Fund";
};

/**
 * Shares that a seller did not deliver, and the receiver that goes without them until they are
 * bought in.
 */
export type ShortageFound = {
  readonly type: "ShortageFound";
  readonly lotId: string;
  readonly settlementNumber: string;
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly seller: Holder;
  readonly receiver: Holder;
  /** Ids of the two instructions: the seller's delivery, the receiver's receipt. */
  readonly deliveryId: string;
  readonly receiptId: string;
  /** True where both have the same member, so that the clearing corporation nets it to nothing. */
  readonly isInternal: boolean;
  /**
   * What the seller's member was debited until the shares are bought; 0 where they are closed out
   * at once.
   */
  readonly valuationPricePaise: PricePaise;
  readonly debitedPaise: number;
};

/**
 * Shares of the symbol are bought in on this day. Offers are taken between two moments, inside
 * a band.
 */
export type AuctionCalled = {
  readonly type: "AuctionCalled";
  readonly symbol: Ticker;
  readonly auctionDate: DateText;
  readonly opensAtMs: TimeMs;
  readonly closesAtMs: TimeMs;
  readonly closeOutAtMs: TimeMs;
  readonly lowPaise: PricePaise;
  readonly highPaise: PricePaise;
};

/** What an offer in the auction says. The shares offered are blocked. */
export type OfferFields = Holder & {
  readonly clientOrderId: string;
  readonly symbol: Ticker;
  readonly quantity: number;
  readonly pricePaise: number;
};

/** Shares are offered in the auction. */
export type AuctionOffered = OfferFields & {
  readonly type: "AuctionOffered";
  readonly offerId: string;
  readonly source: Origin;
};

/** Shares of a lot are bought from an offer, to be delivered in the auction's own settlement. */
export type BoughtIn = {
  readonly type: "BoughtIn";
  readonly tradeId: string;
  readonly lotId: string;
  readonly offerId: string;
  readonly deliveryId: string;
  readonly receiptId: string;
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly amountPaise: Paise;
  /** Of the lot's debit, what was used for this or given back. */
  readonly usedPaise: number;
  /** The auction's settlement (type A). */
  readonly settlementNumber: string;
  readonly seller: Holder;
  readonly receiver: Holder;
};

/** The offer's shares that nobody needed are free again. */
export type AuctionOfferEnded = {
  readonly type: "AuctionOfferEnded";
  readonly offerId: string;
  readonly symbol: Ticker;
  readonly quantity: number;
};

/** The auction of a symbol is over. What was not bought in it is closed out. */
type AuctionEnded = {
  readonly type: "AuctionEnded";
  readonly symbol: Ticker;
  readonly auctionDate: DateText;
};

/** A lot is settled in cash: the receiver gets the close-out price instead of the shares. */
type ClosedOut = {
  readonly type: "ClosedOut";
  readonly lotId: string;
  readonly settlementNumber: string;
  readonly deliveryId: string;
  readonly receiptId: string;
  readonly symbol: Ticker;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly amountPaise: number;
  /** Less than the amount only where even the guarantee fund lacks it; the rest stays due. */
  readonly paidPaise: number;
};

/**
 * A trade that settles by itself ended in cash: the buyer keeps its money and gets the difference.
 */
type TradeClosedOut = {
  readonly type: "TradeClosedOut";
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly pricePaise: PricePaise;
  readonly differencePaise: number;
  readonly paidPaise: number;
};

/**
 * A trade that settles by itself ended with nothing moved: not even the guarantee fund had the
 * buyer's cash.
 */
type TradeFailed = {
  readonly type: "TradeFailed";
  readonly settlementNumber: string;
  readonly tradeId: string;
  readonly reason: "MONY";
};

/** An account paid of what it owes. */
export type DuesPaid = Holder & {
  readonly type: "DuesPaid";
  readonly clientOrderId: string;
  /**
   * What was asked for, and what the journal paid of it: at most what is owed, to its first
   * 16 creditors.
   */
  readonly amountPaise: number;
  readonly paidPaise: number;
  readonly source: Origin;
};

/** The member owes nothing any more and may trade again. */
export type SuspensionLifted = Holder & {
  readonly type: "SuspensionLifted";
  readonly client: null;
  readonly clientOrderId: string;
  readonly source: Origin;
};

/**
 * An offer, a payment, an early pay-in, a cancel-all, a deposit, a withdrawal or a lift
 * was refused.
 */
export type ClearingRequestRejected = Holder & {
  readonly type: "ClearingRequestRejected";
  readonly request:
    | "OfferInAuction"
    | "PayDues"
    | "PayInEarly"
    | "CancelAll"
    | "Deposit"
    | "Withdraw"
    | "LiftSuspension"
    | "LiftHalt";
  readonly clientOrderId: string;
  /** All that the request said, as the text that a repeat is known by. */
  readonly said: string;
  readonly reason: RejectReason;
  readonly text: string;
  readonly source: Origin;
};

/** What happens where shares or cash lack. */
export type ShortfallEvent =
  | DebtIncurred
  | DebtPaid
  | MemberCovered
  | MemberLacked
  | MemberDefaulted
  | SuspensionDone
  | UnpaidSharesHeld
  | UnpaidSharesFreed
  | ShortageFound
  | AuctionCalled
  | AuctionOffered
  | BoughtIn
  | AuctionOfferEnded
  | AuctionEnded
  | ClosedOut
  | TradeClosedOut
  | TradeFailed
  | DuesPaid
  | SuspensionLifted
  | ClearingRequestRejected;

/** True for an event of shares or cash that lack. */
export function isShortfallEvent<Event extends { readonly type: string }>(
  event: Event,
): event is Event & ShortfallEvent {
  return shortfallTypes.has(event.type);
}

/** The types of those events. */
export const shortfallTypes: ReadonlySet<string> = new Set(
  Object.keys({
    DebtIncurred: true,
    DebtPaid: true,
    MemberCovered: true,
    MemberLacked: true,
    MemberDefaulted: true,
    SuspensionDone: true,
    UnpaidSharesHeld: true,
    UnpaidSharesFreed: true,
    ShortageFound: true,
    AuctionCalled: true,
    AuctionOffered: true,
    BoughtIn: true,
    AuctionOfferEnded: true,
    AuctionEnded: true,
    ClosedOut: true,
    TradeClosedOut: true,
    TradeFailed: true,
    DuesPaid: true,
    SuspensionLifted: true,
    ClearingRequestRejected: true,
  } satisfies Record<ShortfallEvent["type"], true>),
);
