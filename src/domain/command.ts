import type {
  LiftSuspension,
  MoveFunds,
  OfferInAuction,
  PayDues,
  PayInEarly,
} from "./clearing-command.ts";
import type { Participant, Ticker } from "./units.ts";

/**
 * Where a record stood in a source topic. `topicId` tells a topic from one made anew under the same
 * name; `timestampMs` is Kafka's and is shown, never trusted.
 */
export type SourcePosition = {
  readonly topicId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
};

/**
 * A request at one of the gateway's doors. It is in the log by its deadline or never: decided later than
 * `deadlineMs` on the shard's clock it is refused, so that "unknown" ends (rule R14). `receivedAtMs` is the
 * gateway's clock, for people. `redriveOf`: the place of the dead letter that is sent again.
 */
export type DoorRequest = {
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly redriveOf: SourcePosition | null;
};

/** Where a command came from: a record a relay copied, or a request at a door. */
export type Origin = SourcePosition | DoorRequest;

/** True for what came in at a door. */
export function isAtDoor(origin: Origin): origin is DoorRequest {
  return "requestId" in origin;
}

/** The bytes of a record as they came, in base64; null where Kafka had null. */
export type OriginalRecord = {
  readonly keyBase64: string | null;
  readonly valueBase64: string | null;
};

/**
 * What is known of a record that was too large to be carried: its bytes' true numbers (null where Kafka had
 * null), and the SHA-256, in hex, of key, value and headers (as Kafka encodes them), one after the other.
 */
export type RecordCut = {
  readonly keyBytes: number | null;
  readonly valueBytes: number | null;
  readonly headerBytes: number;
  readonly sha256: string;
};

/**
 * What is known of a batch that nobody unpacked because it would unpack to too much: the offsets of its
 * records, both included, and number and SHA-256 of the packed bytes.
 */
export type BatchCut = {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly packedBytes: number;
  readonly sha256: string;
};

/** Side of an order (FIX 54). */
export type Side = "BUY" | "SELL";

/** A number that was readable but fits no unit, with the text as it was sent. */
export type Unfit = {
  readonly field: "quantity" | "price";
  readonly reason: "QUANTITY_OUT_OF_RANGE" | "PRICE_DECIMALS" | "PRICE_OUT_OF_RANGE";
  readonly text: string;
};

/**
 * What an order says. `client` null: the member's own account. `clientOrderId` null: the sender gave
 * none (flow A). `pricePaise` null: unpriced. `counterparty` set: negotiated. `quantity` and
 * `pricePaise` are safe integers that may still be out of range; where `unfit` names one of them, it
 * holds 0 (quantity) or null (price). `custodian` set: who settles the trades once it has affirmed them, for
 * its client `client`; until then they are the member's own.
 */
export type OrderFields = {
  readonly participant: Participant;
  readonly client: string | null;
  readonly clientOrderId: string | null;
  /** NSE's symbol, aliases resolved. */
  readonly symbol: Ticker;
  /** The symbol as the sender wrote it, echoed on the seeds' topics. */
  readonly symbolAsSent: string;
  readonly side: Side;
  readonly quantity: number;
  readonly pricePaise: number | null;
  readonly counterparty: Participant | null;
  readonly custodian: Participant | null;
  /** Absent: CNC, to be delivered. MIS: squared off on the day, what is left is delivered. */
  readonly product?: "MIS";
  readonly unfit: Unfit | null;
};

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

/**
 * Takes all of a member's own orders out of the market: of one client where `client` is set, in one symbol where
 * `symbol` is. Negotiated orders that wait are orders too. `clientOrderId` is the request's own id. Of operations
 * alone, and so at a door alone: `participant` may be `everyMember`, for the orders of all of them (rule R13).
 */
export type CancelAll = CancelAllSaid & { readonly type: "CancelAll"; readonly source: Origin };

/** Whose orders, and in what. */
export type CancelAllSaid = {
  readonly participant: Participant;
  readonly clientOrderId: string;
  /** Null: of all accounts of the member. */
  readonly client: string | null;
  /** Null: in every symbol. */
  readonly symbol: Ticker | null;
};

/** A change to an order: always refused until it is built (NOT_SUPPORTED). */
export type ModifyOrder = Omit<CancelOrder, "type"> & { readonly type: "ModifyOrder" };

/** What a counterparty says to a negotiated order. */
export type Answer = "CONFIRM" | "REJECT";

/**
 * A counterparty's word. From `Counter_party` it has no `clientOrderId` and may lack `orderId` (then
 * it is for the oldest order that waits); from `sauda.orders` and the doors it has both; sent again from
 * the dead letters it has the former. `orderId` is the order's client id or ours.
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
 * A custodian's word on one side of a trade: yes, it settles it for its client; or no. `clientOrderId` is the
 * request's own id; `reason` is words for people, and another one does not make it another request.
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

/** "Look at the clock now": expires what is due. Carries no time, so late or doubled ones are harmless. */
export type Tick = { readonly type: "Tick" };

/**
 * Records `from` to `to` (both included) of a source were deleted before an intake had read them. The
 * source position is that of `to`. The market notes it; nothing else changes.
 */
export type InputsMissing = {
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
  | LiftSuspension;

/** Why a record is a dead letter before the market has looked at it. */
export type UnreadableReason =
  | "NOT_UTF8"
  | "NOT_JSON"
  | "NOT_AN_OBJECT"
  | "REPEATED_FIELD"
  | "WRONG_FIELD_TYPE"
  | "MISSING_FIELD"
  | "INVALID_FIELD"
  | "WRONG_TYPE_NAME"
  | "TOO_LARGE"
  | "NOT_UNPACKED"
  | "TOMBSTONE"
  | "UNKNOWN_ANSWER"
  | "UNREADABLE_COMMAND";
