import type {
  LiftHalt,
  LiftSuspension,
  MoveFunds,
  OfferInAuction,
  PayDues,
  PayInEarly,
  CancelAll,
} from "./clearing-command.ts";
import type { OrderFields } from "./order-fields.ts";
import type { Participant, Ticker } from "./units.ts";
import type { SourcePosition, Origin, OriginalRecord, RecordCut, BatchCut } from "./origin.ts";
import type { Side } from "./side.ts";

/** A new order: for the book, or negotiated where it names a counterparty. */
export type PlaceOrder = OrderFields & {
  readonly type: "PlaceOrder";
  readonly source: Origin;
};

/** Takes what is left of an order out of the market. `clientOrderId` is the request's own id. */
export type CancelOrder = {
  readonly type: "CancelOrder";
  readonly participant: Participant;
  readonly clientOrderId: string;
  /** The order's client id or ours (`O-...`). */
  readonly origClientOrderId: string;
  readonly symbol: Ticker;
  readonly source: Origin;
};

/** A change to an order: always refused until it is built (NOT_SUPPORTED). */
export type ModifyOrder = Omit<CancelOrder, "type"> & { readonly type: "ModifyOrder" };

/** What a counterparty says to a negotiated order. */
export type Answer = "CONFIRM" | "REJECT";

/**
 * A counterparty's word. From `Counter_party` it has no `clientOrderId` and may lack `orderId`
 * (then it is for the oldest order that waits); from `sauda.orders` and the doors it has both; sent
 * again from the dead letters it has the former. `orderId` is the order's client id or ours.
 */
export type AnswerOrder = {
  readonly type: "AnswerOrder";
  readonly answer: Answer;
  readonly participant: Participant;
  readonly clientOrderId: string | null;
  readonly orderId: string | null;
  readonly symbol: Ticker | null;
  readonly source: Origin;
  readonly original: OriginalRecord;
};

/** What a custodian says to a trade that was made for its client. */
export type AffirmationAnswer = "AFFIRM" | "REJECT";

/**
 * A custodian's word on one side of a trade: yes, it settles it for its client; or no.
 * `clientOrderId` is the request's own id; `reason` is words for people, and another one does not
 * make it another request.
 */
export type AffirmTrade = {
  readonly type: "AffirmTrade";
  readonly answer: AffirmationAnswer;
  readonly participant: Participant;
  readonly clientOrderId: string;
  readonly tradeId: string;
  readonly side: Side;
  readonly symbol: Ticker;
  readonly reason: string | null;
  readonly source: Origin;
};

/** A record nobody could read. It travels as a command so that its dead letter is counted once. */
export type Unreadable = {
  readonly type: "Unreadable";
  readonly reason: UnreadableReason;
  /** One sentence that names the field, the value and the fix. */
  readonly detail: string;
  /** Null only for a record on `sauda.commands` itself, whose cause says where it stands. */
  readonly source: SourcePosition | null;
  readonly original: OriginalRecord;
  /** Only where `original` is not the whole record, but its beginning. */
  readonly cut?: RecordCut | BatchCut;
};

/**
 * "Look at the clock now": expires what is due. Carries no time, so late or doubled ones
 * are harmless.
 */
type Tick = { readonly type: "Tick" };

/**
 * Records `from` to `to` (both included) of a source were deleted before an intake had read them.
 * The source position is that of `to`. The market notes it; nothing else changes.
 */
type InputsMissing = {
  readonly type: "InputsMissing";
  readonly from: number;
  readonly to: number;
  readonly source: SourcePosition;
};

/** Everything the market is asked to do, one record of `sauda.commands` each. */
export type Command =
  | PlaceOrder
  | CancelOrder
  | CancelAll
  | ModifyOrder
  | AnswerOrder
  | AffirmTrade
  | Unreadable
  | InputsMissing
  | Tick
  | OfferInAuction
  | PayDues
  | PayInEarly
  | MoveFunds
  | LiftSuspension
  | LiftHalt;

/** Why a record is a dead letter before the market has looked at it. */
export const unreadableReasons = [
  "NOT_UTF8",
  "NOT_JSON",
  "NOT_AN_OBJECT",
  "WRONG_FIELD_TYPE",
  "MISSING_FIELD",
  "INVALID_FIELD",
  "WRONG_TYPE_NAME",
  "TOO_LARGE",
  "NOT_UNPACKED",
  "TOMBSTONE",
  "UNKNOWN_ANSWER",
  "UNREADABLE_COMMAND",
  "REPEATED_FIELD",
] as const;
/** One of them. */
export type UnreadableReason = (typeof unreadableReasons)[number];
