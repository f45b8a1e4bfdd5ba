import type { ClearingEvent } from "./clearing-event.ts";
import type { Cover } from "./clearing-terms.ts";
import type { Answer, UnreadableReason } from "./command.ts";
import type { OrderFields, EntryOnlyField } from "./order-fields.ts";
import type { CancelAllScope } from "./clearing-command.ts";
import type { HaltLifted, Quarantined, Trying } from "./halt-event.ts";
import type { BatchCut, Origin, OriginalRecord, RecordCut, SourcePosition } from "./origin.ts";
import type { Instrument } from "./instrument.ts";
import type { Journal } from "./journal.ts";
import type { Participant, PricePaise, Quantity, Ticker, TimeMs } from "./units.ts";
import type { RejectReason } from "./reject-reason.ts";
import type { TradeExecuted, TradeSettled } from "./trade-event.ts";

/** Why the market made a dead letter of a record it could read. */
export type DeadLetterReason =
  | UnreadableReason
  | "NO_ORDER_WAITING"
  | "ANSWER_REPEATED"
  | "NOT_YOUR_ORDER"
  | "ORDER_CLOSED"
  | "QUARANTINED";

/** A symbol enters the market. The step that first names it begins with this. */
type InstrumentListed = {
  readonly type: "InstrumentListed";
  readonly instrument: Instrument;
};

/**
 * Assets moved: an opening, a block, a release or a delivery against payment. Sums to zero
 * per asset.
 */
export type JournalPosted = { readonly type: "JournalPosted"; readonly journal: Journal };

/**
 * The order is in the market: New in the book, or AwaitingConfirmation where it names a
 * counterparty (then `expiresAtMs` says until when; of an MIS order, until the cut-off). `quantity`
 * and `pricePaise` are in range here. `cover` is there where not all that the order may cost is
 * blocked for it.
 */
export type OrderAccepted = OrderFields & {
  readonly type: "OrderAccepted";
  readonly orderId: string;
  readonly expiresAtMs: TimeMs | null;
  readonly cover?: Exclude<Cover, "full">;
  readonly source: Origin;
};

/** The order was refused and changed nothing but the table of client ids. */
export type OrderRejected = OrderFields & {
  readonly type: "OrderRejected";
  readonly orderId: string;
  readonly reason: RejectReason;
  readonly text: string;
  readonly source: Origin;
};

/** An order's end other than a fill: what every reader needs to say so. */
type OrderEnded = Omit<OrderFields, EntryOnlyField | "quantity" | "pricePaise"> & {
  readonly orderId: string;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise | null;
  readonly cumQuantity: number;
};

/**
 * The owner took the rest out. `requestId` is the cancel's own client id. `source` is null where a
 * `CancelAll` did it: what became of that input is said by its `CancelAllDone`.
 */
export type OrderCanceled = OrderEnded & {
  readonly type: "OrderCanceled";
  readonly requestId: string;
  readonly source: Origin | null;
};

/**
 * All orders that the request is about are to be canceled: `orders` of them live now. First
 * event of its step; until `CancelAllDone`, which may come parts later (rule R10), nothing else
 * is decided.
 */
export type CancelAllBegun = CancelAllScope & {
  readonly type: "CancelAllBegun";
  readonly orders: number;
};

/** So many of them are canceled: the request is done, and this is its outcome. */
export type CancelAllDone = CancelAllScope & {
  readonly type: "CancelAllDone";
  readonly canceled: number;
  readonly orders: number;
  readonly source: Origin;
};

/**
 * The step's order meets more resting orders than one part may take: `orders` of them, each of
 * which a trade takes, or `OrderExpired` where it cannot receive. Until `SweepDone`, parts later
 * (rule R10), nothing else is decided. No outcome: the order's own is its `OrderAccepted`.
 */
type SweepBegun = {
  readonly type: "SweepBegun";
  readonly orderId: string;
  readonly participant: Participant;
  readonly symbol: Ticker;
  readonly orders: number;
};

/** It has met them all. */
export type SweepDone = Omit<SweepBegun, "type"> & { readonly type: "SweepDone" };

/**
 * Nobody answered a negotiated order in time, or a side's member was suspended. `reason` is there
 * where it was its turn in the book and its account could not receive what it would have got
 * (2^53-1 is the most), or where it had traded in parts and the next one broke the market.
 */
export type OrderExpired = OrderEnded & {
  readonly type: "OrderExpired";
  readonly reason?: "VALUE_OUT_OF_RANGE" | "QUARANTINED";
};

/**
 * A negotiated order ended without a trade: by REJECT (`reason` null), for want of shares, or
 * because a balance would leave the numbers that can be counted exactly.
 */
export type OrderDeclined = OrderEnded & {
  readonly type: "OrderDeclined";
  readonly counterparty: Participant;
  readonly reason: "INSUFFICIENT_HOLDINGS" | "INSUFFICIENT_MARGIN" | "VALUE_OUT_OF_RANGE" | null;
};

/**
 * An answer came before its order and is kept until `expiresAtMs`. Not yet an outcome of the input.
 */
export type AnswerKept = {
  readonly type: "AnswerKept";
  readonly answer: Answer;
  readonly participant: Participant;
  readonly orderId: string | null;
  readonly expiresAtMs: TimeMs;
  readonly source: SourcePosition;
  readonly original: OriginalRecord;
};

/**
 * An answer was used for the order named (the answer's source, which may be an earlier input's).
 * `repeatsUntilMs`: there for an answer that named no order and had no id of its own. Until then an
 * equal one that finds no order is its sender's retry.
 */
export type AnswerAccepted = {
  readonly type: "AnswerAccepted";
  readonly answer: Answer;
  readonly participant: Participant;
  readonly clientOrderId: string | null;
  readonly orderId: string;
  readonly repeatsUntilMs?: TimeMs;
  readonly source: Origin;
};

/**
 * A cancel, modify, answer or word on a trade, with an own id, was refused. Of a trade, `orderId`
 * names the side: `T-0-7-0-0/BUY`.
 */
export type RequestRejected = {
  readonly type: "RequestRejected";
  readonly request: "Cancel" | "Modify" | "Confirm" | "Reject" | "Affirm" | "RejectTrade";
  readonly participant: Participant;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly symbol: Ticker;
  readonly reason: RejectReason;
  readonly text: string;
  readonly source: Origin;
};

/**
 * The same input again: a relay's repeat (`firstSeq` null), or a client id with the same content
 * (`firstSeq` is the step of the first answer). Changes nothing.
 */
export type Repeated = {
  readonly type: "Repeated";
  readonly participant: Participant | null;
  readonly clientOrderId: string | null;
  readonly firstSeq: number | null;
  readonly source: Origin;
};

/**
 * The record goes to the dead letters with its original bytes, or the beginning of them (`cut`).
 */
export type DeadLettered = {
  readonly type: "DeadLettered";
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly source: SourcePosition | null;
  readonly original: OriginalRecord;
  readonly cut?: RecordCut | BatchCut;
};

/**
 * Records of a source were deleted unread: a hole in what came in, on the record. Outcome of
 * its command.
 */
export type InputsMissingNoted = {
  readonly type: "InputsMissingNoted";
  readonly from: number;
  readonly to: number;
  readonly source: SourcePosition;
};

/** Everything that can have happened. State changes by these and by nothing else. */
export type MarketEvent =
  | InstrumentListed
  | JournalPosted
  | OrderAccepted
  | OrderRejected
  | TradeExecuted
  | TradeSettled
  | OrderCanceled
  | CancelAllBegun
  | CancelAllDone
  | SweepBegun
  | SweepDone
  | OrderExpired
  | OrderDeclined
  | AnswerKept
  | AnswerAccepted
  | RequestRejected
  | Repeated
  | DeadLettered
  | InputsMissingNoted
  | Trying
  | Quarantined
  | HaltLifted
  | ClearingEvent;

/**
 * What one command caused, in order, or a part of it: parts count from 0 and only the last has
 * `last` (rule R10). `offset` is the command's in its partition.
 */
export type Step = {
  readonly cause: { readonly offset: number; readonly digest: string };
  readonly part: number;
  readonly last: boolean;
  readonly at: TimeMs;
  readonly events: readonly MarketEvent[];
};
