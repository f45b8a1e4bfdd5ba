import type { Cover } from "../../../domain/facts/clearing-terms.ts";
import {
  isAtDoor,
  type DoorOrigin,
  type Origin,
  type SourcePosition,
} from "../../../domain/facts/origin.ts";
import type { RejectReason } from "../../../domain/facts/reject-reason.ts";
import type { Paise, TimeMs } from "../../../domain/facts/units.ts";
import {
  either,
  moment as near,
  name,
  orAbsent,
  orNull,
  record,
  text,
  whole,
  word,
  type FieldShapes,
  type Shape,
} from "../../snapshot/shape.ts";

/** A moment, by how far it is from its step's. */
export const moment: Shape<TimeMs> = near<TimeMs>();
/** An amount of rupees. */
export const paise: Shape<Paise> = whole<Paise>();
/** A text of a kind that most steps have none of. */
export const nameOrNull: Shape<string | null> = orNull(name);

/** Where a margin stands in. */
export const cover: Shape<Exclude<Cover, "full"> | undefined> = orAbsent(word({ margin: true }));

/** A place in a source topic. */
export const source: Shape<SourcePosition> = record<SourcePosition>({
  topicId: name,
  topic: name,
  partition: whole(),
  offset: whole(),
  timestampMs: near(),
});

const atDoor: Shape<DoorOrigin> = record<DoorOrigin>({
  requestId: name,
  receivedAtMs: near(),
  deadlineMs: near(),
  redriveOf: orNull(source),
});

/** Where a command came from. */
export const origin: Shape<Origin> = either(source, atDoor, isAtDoor);

/** Why the market refused. */
export const rejectReason: Shape<RejectReason> = word<RejectReason>({
  QUARANTINED: true,
  SYMBOL_HALTED: true,
  RESERVED_ID: true,
  DUPLICATE_ID: true,
  TOO_OLD_TO_CHECK: true,
  DEADLINE_PASSED: true,
  NOT_SUPPORTED: true,
  UNKNOWN_PARTICIPANT: true,
  MEMBER_SUSPENDED: true,
  UNKNOWN_SYMBOL: true,
  QUANTITY_OUT_OF_RANGE: true,
  PRICE_MISSING: true,
  PRICE_DECIMALS: true,
  PRICE_OUT_OF_RANGE: true,
  PRICE_OFF_TICK: true,
  VALUE_OUT_OF_RANGE: true,
  COUNTERPARTY_NOT_ALLOWED: true,
  PRODUCT_NOT_ALLOWED: true,
  CUSTODIAN_NOT_ALLOWED: true,
  TOO_MANY_FILLS: true,
  INSUFFICIENT_FUNDS: true,
  INSUFFICIENT_HOLDINGS: true,
  INSUFFICIENT_MARGIN: true,
  UNKNOWN_ORDER: true,
  ORDER_CLOSED: true,
  NOT_YOUR_ORDER: true,
  UNKNOWN_TRADE: true,
  NOT_YOUR_TRADE: true,
  AFFIRMATION_CLOSED: true,
  NO_AUCTION: true,
  DEFAULTING_MEMBER: true,
  PRICE_OUT_OF_BAND: true,
  NOTHING_DUE: true,
  DUES_OWED: true,
  NOT_SUSPENDED: true,
  NOT_HALTED: true,
});

/** An order or a request was refused. */
export const refusalFields: FieldShapes<{
  readonly reason: RejectReason;
  readonly text: string;
}> = { reason: rejectReason, text };
