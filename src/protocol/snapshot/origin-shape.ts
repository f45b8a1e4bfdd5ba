import {
  isAtDoor,
  type DoorOrigin,
  type Origin,
  type OriginalRecord,
  type SourcePosition,
} from "../../domain/facts/origin.ts";
import { either, name, orNull, record, text, whole, type Shape } from "./shape.ts";

/** Where a record stood in a source. */
export const sourcePosition: Shape<SourcePosition> = record<SourcePosition>({
  topicId: name,
  topic: name,
  partition: whole(),
  offset: whole(),
  timestampMs: whole(),
});

const atDoor = record<DoorOrigin>({
  requestId: text,
  receivedAtMs: whole(),
  deadlineMs: whole(),
  redriveOf: orNull(sourcePosition),
});

/** Where a command came from. */
export const origin: Shape<Origin> = either(sourcePosition, atDoor, isAtDoor);

/** The bytes of a record as they came. */
export const originalRecord: Shape<OriginalRecord> = record<OriginalRecord>({
  keyBase64: orNull(text),
  valueBase64: orNull(text),
});
