import {
  isAtDoor,
  type DoorOrigin,
  type Origin,
  type OriginalRecord,
  type SourcePosition,
} from "../../domain/facts/origin.ts";
import { name, orNull, record, text, whole, type Shape } from "./shape.ts";

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
export const origin: Shape<Origin> = {
  text: `(${atDoor.text}|${sourcePosition.text})`,
  write(to, value) {
    to.count(isAtDoor(value) ? 1 : 0);
    if (isAtDoor(value)) atDoor.write(to, value);
    else sourcePosition.write(to, value);
  },
  read: (from) => (from.count() === 1 ? atDoor.read(from) : sourcePosition.read(from)),
};

/** The bytes of a record as they came. */
export const originalRecord: Shape<OriginalRecord> = record<OriginalRecord>({
  keyBase64: orNull(text),
  valueBase64: orNull(text),
});
