import { crc32c, Writer } from "./client.ts";

/** What a key or value is: bytes, or text that goes in as UTF-8. */
type Content = Buffer | string | null;

/** A record as it goes into a batch. */
type BatchRecord = {
  readonly key: Content;
  readonly value: Content;
  readonly headers?: readonly (readonly [string, string])[];
};

/** Under which producer a batch is written. Plain producers have none: -1 everywhere. */
type BatchProducer = {
  readonly id: bigint;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
};

/** The producer of everything that is not a transaction (R7). */
const plainProducer: BatchProducer = {
  id: -1n,
  epoch: -1,
  firstSequence: -1,
  isTransactional: false,
};

/** Layout of a batch (magic 2): what stands before the records, by position. */
export const batchLayout = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

/** The batch's attributes, by bit. */
export const attributeBits = {
  compression: 0b111,
  logAppendTime: 1 << 3,
  transactional: 1 << 4,
  control: 1 << 5,
} as const;

const at = batchLayout;
/** Lays out one batch, uncompressed. All records bear `nowMs`. */
export function encodeBatch(
  records: readonly BatchRecord[],
  nowMs: number,
  producer: BatchProducer = plainProducer,
): Buffer {
  const writer = new BatchWriter();
  for (const record of records) writer.add(record, Infinity);
  return writer.finish(nowMs, producer);
}

/**
 * Lays out batches one after the other in the same memory. In one pass and straight into place:
 * the client makes many small buffers for each record and takes about five times as long.
 */
export class BatchWriter {
  /** How many records the batch has. */
  count = 0;
  #batch: Buffer = noBytes;
  #end: number = at.records;

  /** Adds a record. False where the batch would pass `bytesMax`; the first one always fits. */
  add(record: BatchRecord, bytesMax: number): boolean {
    const enough = this.#end + bytesAtMost(record);
    if (enough > this.#batch.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(enough, 2 * this.#batch.length));
      this.#batch.copy(grown, 0, 0, this.#end);
      this.#batch = grown;
    }
    const end = writeRecord(this.#batch, this.#end, record, this.count);
    if (this.count > 0 && end > bytesMax) return false;
    this.#end = end;
    this.count += 1;
    return true;
  }

  /** The batch, which stands until the next one is begun with `add`. */
  finish(nowMs: number, producer: BatchProducer): Buffer {
    const batch = this.#batch.subarray(0, this.#end);
    writeHead(batch, this.count, nowMs, producer);
    this.#end = at.records;
    this.count = 0;
    return batch;
  }
}

function writeHead(batch: Buffer, count: number, nowMs: number, producer: BatchProducer): void {
  batch.writeBigInt64BE(0n, at.baseOffset);
  batch.writeInt32BE(batch.length - at.leaderEpoch, at.length);
  batch.writeInt32BE(-1, at.leaderEpoch);
  batch.writeInt8(2, at.magic);
  batch.writeInt16BE(producer.isTransactional ? attributeBits.transactional : 0, at.attributes);
  batch.writeInt32BE(count - 1, at.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(nowMs), at.baseTimestamp);
  batch.writeBigInt64BE(BigInt(nowMs), at.maxTimestamp);
  batch.writeBigInt64BE(producer.id, at.producerId);
  batch.writeInt16BE(producer.epoch, at.producerEpoch);
  batch.writeInt32BE(producer.firstSequence, at.baseSequence);
  batch.writeInt32BE(count, at.count);
  batch.writeUInt32BE(checksumOf(batch), at.crc);
}

/**
 * The checksum of a batch (CRC-32C of what stands behind it). Of a Buffer the client would make a
 * copy first, which takes three times as long as the sum; of its own kind of buffer it makes none.
 */
export function checksumOf(batch: Buffer): number {
  return crc32c(Writer.create().append(batch.subarray(at.attributes)).dynamicBuffer);
}

const noBytes = Buffer.alloc(0);
const noHeaders: BatchRecord["headers"] & object = [];
/** Its own five fields at their longest; of text, what UTF-8 may make of a UTF-16 unit. */
const longest = { record: 32, field: 5, unit: 3 };

function bytesAtMost({ key, value, headers = noHeaders }: BatchRecord): number {
  let bytes = longest.record + contentAtMost(key) + contentAtMost(value);
  for (const [name, text] of headers)
    bytes += 2 * longest.field + longest.unit * (name.length + text.length);
  return bytes;
}

function contentAtMost(content: Content): number {
  if (content === null) return 0;
  return typeof content === "string" ? longest.unit * content.length : content.length;
}

function writeRecord(
  batch: Buffer,
  start: number,
  { key, value, headers = noHeaders }: BatchRecord,
  index: number,
): number {
  // Its length stands first and is known last. Nearly always it takes the two bytes kept here.
  const body = start + 2;
  batch[body] = 0; // attributes
  batch[body + 1] = 0; // the timestamp's distance, which is always 0 here
  let end = writeVarint(batch, body + 2, index);
  end = writeContent(batch, end, key);
  end = writeContent(batch, end, value);
  end = writeVarint(batch, end, headers.length);
  for (const [name, text] of headers) end = writeText(batch, writeText(batch, end, name), text);
  return putLength(batch, start, body, end);
}

function writeContent(batch: Buffer, start: number, content: Content): number {
  if (content === null) return writeVarint(batch, start, -1);
  if (typeof content === "string") return writeText(batch, start, content);
  const body = writeVarint(batch, start, content.length);
  batch.set(content, body);
  return body + content.length;
}

function writeText(batch: Buffer, start: number, text: string): number {
  const body = start + varintSize(text.length); // right for ASCII
  return putLength(batch, start, body, body + batch.write(text, body));
}

/** Writes the length of what lies from `body` to `end` before it, and moves it if need be. */
function putLength(batch: Buffer, start: number, body: number, end: number): number {
  const moved = start + varintSize(end - body);
  if (moved !== body) batch.copyWithin(moved, body, end);
  return writeVarint(batch, start, end - body) + end - body;
}

/** Kafka's varint: zigzag, seven bits a byte, lowest first. Here for values of 31 bits. */
function varintSize(value: number): number {
  let rest = zigzag(value);
  let size = 1;
  while (rest > 127) {
    rest >>>= 7;
    size++;
  }
  return size;
}

function writeVarint(batch: Buffer, start: number, value: number): number {
  let rest = zigzag(value);
  let position = start;
  while (rest > 127) {
    batch[position++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  batch[position++] = rest;
  return position;
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
