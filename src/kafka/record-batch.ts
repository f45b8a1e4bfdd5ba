import { crc32c } from "@platformatic/kafka";
import type { LogRecord } from "../services/log.ts";

/** A record as it goes into a batch. */
export type BatchRecord = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [string, string])[];
};

/** Under which producer a batch is written. Plain producers have none: -1 everywhere. */
export type BatchProducer = {
  readonly id: bigint;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
};

/** What a reader needs to know of a batch besides its records. */
export type BatchHead = {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly producerId: bigint;
};

/** The producer of everything that is not a transaction (R7). */
export const plainProducer: BatchProducer = {
  id: -1n,
  epoch: -1,
  firstSequence: -1,
  isTransactional: false,
};

// Layout of a batch (magic 2): what stands before the records, by position.
const at = {
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

const compressionBits = 0b111;
const logAppendTimeBit = 1 << 3;
const transactionalBit = 1 << 4;
const controlBit = 1 << 5;
const noBytes = Buffer.alloc(0);

/**
 * Lays out one batch, uncompressed. All records bear `nowMs`. Encoded here and not by the client,
 * which makes many small buffers for each record and takes about five times as long.
 */
export function encodeBatch(
  records: readonly BatchRecord[],
  nowMs: number,
  producer: BatchProducer = plainProducer,
): Buffer {
  const headers = records.map(encodeHeaders);
  let size: number = at.records;
  for (const [index, record] of records.entries()) {
    const body = bodySize(record, index, headers[index] ?? noBytes);
    size += varintSize(body) + body;
  }
  const batch = Buffer.allocUnsafe(size);
  let position: number = at.records;
  for (const [index, record] of records.entries()) {
    position = writeRecord(batch, position, record, index, headers[index] ?? noBytes);
  }
  writeHead(batch, records.length, nowMs, producer);
  return batch;
}

function writeHead(batch: Buffer, count: number, nowMs: number, producer: BatchProducer): void {
  batch.writeBigInt64BE(0n, at.baseOffset);
  batch.writeInt32BE(batch.length - at.leaderEpoch, at.length);
  batch.writeInt32BE(-1, at.leaderEpoch);
  batch.writeInt8(2, at.magic);
  batch.writeInt16BE(producer.isTransactional ? transactionalBit : 0, at.attributes);
  batch.writeInt32BE(count - 1, at.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(nowMs), at.baseTimestamp);
  batch.writeBigInt64BE(BigInt(nowMs), at.maxTimestamp);
  batch.writeBigInt64BE(producer.id, at.producerId);
  batch.writeInt16BE(producer.epoch, at.producerEpoch);
  batch.writeInt32BE(producer.firstSequence, at.baseSequence);
  batch.writeInt32BE(count, at.count);
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc);
}

function encodeHeaders(record: BatchRecord): Buffer {
  const pairs = record.headers ?? [];
  if (pairs.length === 0) return Buffer.from([0]);
  const parts = [varint(pairs.length)];
  for (const text of pairs.flat()) {
    const bytes = Buffer.from(text);
    parts.push(varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function bodySize(record: BatchRecord, index: number, headers: Buffer): number {
  // One byte of attributes, one for the timestamp's distance, which is always 0 here.
  return 2 + varintSize(index) + fieldSize(record.key) + fieldSize(record.value) + headers.length;
}

function writeRecord(
  batch: Buffer,
  start: number,
  record: BatchRecord,
  index: number,
  headers: Buffer,
): number {
  let position = writeVarint(batch, start, bodySize(record, index, headers));
  batch[position++] = 0;
  batch[position++] = 0;
  position = writeVarint(batch, position, index);
  position = writeField(batch, position, record.key);
  position = writeField(batch, position, record.value);
  batch.set(headers, position);
  return position + headers.length;
}

function fieldSize(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function writeField(batch: Buffer, position: number, bytes: Buffer | null): number {
  if (bytes === null) return writeVarint(batch, position, -1);
  const start = writeVarint(batch, position, bytes.length);
  batch.set(bytes, start);
  return start + bytes.length;
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

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Decompresses the records of a batch, given the compression's number. */
export type Decompress = (kind: number, bytes: Buffer) => Buffer;

/**
 * Walks the whole batches in `bytes`, calling `visit` for each record in order, and returns the
 * offset after the last batch, or null if there was none. Records below `from` are left out (a batch
 * may begin before it), as is a batch cut off at the end. Keys and values are views of `bytes`.
 * Throws where a batch's checksum is wrong, which the client never compares.
 */
export function readBatches(
  bytes: Buffer,
  from: number,
  decompress: Decompress,
  visit: (record: LogRecord, head: BatchHead, cursor: RecordCursor) => void,
): number | null {
  let next: number | null = null;
  let start = 0;
  while (bytes.length - start >= at.records) {
    const end = start + at.leaderEpoch + bytes.readInt32BE(start + at.length);
    if (end > bytes.length) break;
    const batch = bytes.subarray(start, end);
    const head = readHead(batch);
    if (head.lastOffset >= from) {
      readBatch(batch, head, from, decompress, visit);
      next = head.lastOffset + 1;
    }
    start = end;
  }
  return next;
}

function readHead(batch: Buffer): BatchHead {
  const baseOffset = Number(batch.readBigInt64BE(at.baseOffset));
  const magic = batch.readInt8(at.magic);
  if (magic !== 2) throw new Error(`offset ${baseOffset}: batch format ${magic}, expected 2`);
  const attributes = batch.readInt16BE(at.attributes);
  return {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(at.lastOffsetDelta),
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    producerId: batch.readBigInt64BE(at.producerId),
  };
}

function readBatch(
  batch: Buffer,
  head: BatchHead,
  from: number,
  decompress: Decompress,
  visit: (record: LogRecord, head: BatchHead, cursor: RecordCursor) => void,
): void {
  if (crc32c(batch.subarray(at.attributes)) !== batch.readUInt32BE(at.crc)) {
    throw new Error(`offset ${head.baseOffset}: the batch's checksum is wrong`);
  }
  const attributes = batch.readInt16BE(at.attributes);
  const kind = attributes & compressionBits;
  const packed = batch.subarray(at.records);
  const records = new RecordCursor(kind === 0 ? packed : decompress(kind, packed));
  const baseTimestamp = Number(batch.readBigInt64BE(at.baseTimestamp));
  const maxTimestamp = Number(batch.readBigInt64BE(at.maxTimestamp));
  const isStamped = (attributes & logAppendTimeBit) !== 0;
  for (let count = batch.readInt32BE(at.count); count > 0; count--) {
    const end = records.varint() + records.position;
    records.position += 1;
    const timestampDelta = records.varint();
    const offset = head.baseOffset + records.varint();
    if (offset >= from) {
      const key = records.field();
      const value = records.field();
      const timestampMs = isStamped ? maxTimestamp : baseTimestamp + timestampDelta;
      // A control record does have key and value, in which Kafka writes what became of the
      // transaction. They are for readers that filter, not for ours.
      visit({ offset, timestampMs, key, value, isControl: head.isControl }, head, records);
    }
    records.position = end;
  }
}

/**
 * A place in a batch's records. A class because three calls for each record move it. A visitor gets it
 * standing before the record's headers, which only some want.
 */
export class RecordCursor {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** By arithmetic, not by shifts: a timestamp's distance may need more than 32 bits. */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.position++] ?? 0;
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 127;
    let unit = 128;
    do {
      byte = bytes[this.position++] ?? 0;
      value += (byte & 127) * unit;
      unit *= 128;
    } while (byte >= 128);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  field(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.position;
    this.position = start + length;
    return this.#bytes.subarray(start, this.position);
  }

  /** The record's headers as text; a value that is null is empty. */
  headers(): [string, string][] {
    return Array.from({ length: this.varint() }, () => {
      const name = this.field();
      return [String(name ?? ""), String(this.field() ?? "")];
    });
  }
}
