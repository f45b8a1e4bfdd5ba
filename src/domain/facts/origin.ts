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
 * Asked at one of the gateway's doors. It is in the log by its deadline or never: decided later
 * than `deadlineMs` on the shard's clock it is refused, so that "unknown" ends (rule R14).
 * `receivedAtMs` is the gateway's clock, for people. `redriveOf`: the place of the dead letter that
 * is sent again.
 */
export type DoorOrigin = {
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly redriveOf: SourcePosition | null;
};

/** Where a command came from: a record a relay copied, or what was asked at a door. */
export type Origin = SourcePosition | DoorOrigin;

/** True for what came in at a door. */
export function isAtDoor(origin: Origin): origin is DoorOrigin {
  return "requestId" in origin;
}

/**
 * When it was sent, by whoever sent it: Kafka's time of the record, of the dead letter's where one
 * is sent again, else the door's clock. Kafka's is its sender's: shown, and believed for nothing
 * but how old it is at least.
 */
export function sentMs(origin: Origin): number {
  if (!isAtDoor(origin)) return origin.timestampMs;
  return origin.redriveOf?.timestampMs ?? origin.receivedAtMs;
}

/** The bytes of a record as they came, in base64; null where Kafka had null. */
export type OriginalRecord = {
  readonly keyBase64: string | null;
  readonly valueBase64: string | null;
};

/**
 * What is known of a record that was too large to be carried: its bytes' true numbers (null where
 * Kafka had null), and the SHA-256, in hex, of key, value and headers (as Kafka encodes them), one
 * after the other.
 */
export type RecordCut = {
  readonly keyBytes: number | null;
  readonly valueBytes: number | null;
  readonly headerBytes: number;
  readonly sha256: string;
};

/**
 * What is known of a batch that nobody unpacked because it would unpack to too much: the offsets of
 * its records, both included, and number and SHA-256 of the packed bytes.
 */
export type BatchCut = {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly packedBytes: number;
  readonly sha256: string;
};
