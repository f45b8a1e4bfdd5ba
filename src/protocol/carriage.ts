import { createHash } from "node:crypto";
import type { OriginalRecord, RecordCut } from "../domain/facts/origin.ts";

// Rule R22: what a record may weigh, and what that makes of every later hop. A broker's
// limits are on compressed batches; what we carry on is not compressed, and grows by base64
// and by JSON's escapes. Each limit here is larger than the worst that the hop before it can
// send: test/protocol/carriage.test.ts.

const kib = 1024;
const mib = 1024 * kib;

/**
 * The one bound: of a record at most so many bytes of key, value and headers together are
 * carried on.
 */
export const carriedBytesMax: number = 80 * kib;
/** The value's share of it. */
export const valueBytesMax: number = 64 * kib;
/** What is left for the key and the headers together. */
export const restBytesMax: number = carriedBytesMax - valueBytesMax;
/** Of the value of a larger record so many bytes are carried, and of its key. */
export const cutBytes: number = 4 * kib;

/**
 * A batch that would unpack to more is not unpacked: it has one dead letter for all of its offsets.
 * More than any batch of ours, and any that a client sends with settings near its defaults.
 */
export const unpackedBytesMax: number = 8 * mib;

/** Most characters of a sentence that says what is wrong with a record. */
export const detailCharsMax = 1000;
/** Room for a command's or a dead letter's own fields, names and sentences, escaped. */
const fieldBytesMax = 16 * kib;

/** The largest command: the original in base64, and all that is said of it. */
export const commandBytesMax: number =
  base64Length(carriedBytesMax) + base64Length(2) + fieldBytesMax;
/** One request of commands holds at most so many bytes of them, or one command. */
export const commandRequestBytesMax: number = mib;
/**
 * A steps record holds at most so many bytes, or one step: some 500 orders that trade. What is
 * behind them then waits for no more than these, at the exchange and at each reader.
 */
export const stepsRecordBytesMax: number = 128 * kib;
/**
 * The largest step. A tick makes dead letters of 1 MiB of originals at most, or of one, and about
 * 1,000 events of clearing; a sweep has 1,000 fills, each with two sides to affirm and a margin in
 * T+1; any other step says what its command said, a few times at most.
 */
export const stepBytesMax: number = 6 * mib;
/** The largest dead letter: the original's own bytes, and its headers. */
export const deadLetterBytesMax: number = carriedBytesMax + fieldBytesMax;
/** The largest record of any other public topic. */
export const publicRecordBytesMax: number = 64 * kib;
/** One batch of public records holds at most so many bytes, or one record. */
export const publicBatchBytesMax: number = 768 * kib;
/** Kafka's own default: what a topic takes that somebody made without settings. */
export const defaultBatchBytesMax = 1_048_588;
/** What `sauda.commands` and `sauda.events` must take in one batch (R1). */
export const logBatchBytesMax: number = 8 * mib;
/** What `sauda.dead-letters` must take in one batch (R1). */
export const deadLetterBatchBytesMax: number = 2 * mib;
/**
 * Of a dead letter's value a list over HTTP shows so many bytes; asked for by its id it is
 * shown whole.
 */
export const listedValueBytesMax: number = cutBytes;

/** The characters that base64 makes of so many bytes. */
function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/**
 * What a record of a topic weighs. `headers` as Kafka encodes them; absent or empty where there
 * are none.
 */
export type Weighed = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Buffer;
};

/** What is wrong with a record that is too large to be carried, and the fix. Null: it is not. */
export function findExcess({ key, value, headers }: Weighed): string | null {
  const valueBytes = value?.length ?? 0;
  if (valueBytes > valueBytesMax)
    return `the value has ${valueBytes} bytes: send at most ${valueBytesMax}`;
  const restBytes = (key?.length ?? 0) + (headers?.length ?? 0);
  if (restBytes <= restBytesMax) return null;
  return `key and headers have ${restBytes} bytes: send at most ${restBytesMax}`;
}

/**
 * What of a record is carried: all of it, or its beginning with the true sizes and the sum of
 * the whole.
 */
type Carried = { readonly original: OriginalRecord; readonly cut?: RecordCut };

/**
 * Key and value in base64, so that any bytes travel in JSON; of what is too large only
 * the beginning.
 */
export function carried(record: Weighed): Carried {
  const { key, value, headers } = record;
  if (findExcess(record) === null) return { original: inBase64(key, value) };
  const sum = createHash("sha256");
  for (const part of [key, value, headers]) if (part) sum.update(part);
  const cut = {
    keyBytes: key?.length ?? null,
    valueBytes: value?.length ?? null,
    headerBytes: headers?.length ?? 0,
    sha256: sum.digest("hex"),
  };
  const beginning = (bytes: Buffer | null) => bytes?.subarray(0, cutBytes) ?? null;
  return { original: inBase64(beginning(key), beginning(value)), cut };
}

function inBase64(key: Buffer | null, value: Buffer | null): OriginalRecord {
  return {
    keyBase64: key === null ? null : key.toString("base64"),
    valueBase64: value === null ? null : value.toString("base64"),
  };
}
