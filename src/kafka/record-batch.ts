import { crc32c } from "./client.ts";

/** A record as it goes into a batch. */
type BatchRecord = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
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
/**
 * Lays out one batch, uncompressed. All records bear `nowMs`. Encoded here and not by the client,
 * which makes many small buffers for each record and takes about five times as long.
 */
export function encodeBatch(
  records: readonly BatchRecord[],
  nowMs: number,
  producer: BatchProducer = plainProducer,
): Buffer {
  const bodies = records.map(bodySize);
  let size: number = at.records;
  for (const body of bodies) size += varintSize(body) + body;
  const batch = Buffer.allocUnsafe(size);
  let position: number = at.records;
  for (const [index, record] of records.entries())
    position = writeRecord(batch, position, record, index, bodies[index] ?? 0);
  writeHead(batch, records.length, nowMs, producer);
  return batch;
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
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc);
}

const noHeaders: BatchRecord["headers"] & object = [];

function bodySize({ key, value, headers = noHeaders }: BatchRecord, index: number): number {
  // One byte of attributes, one for the timestamp's distance, which is always 0 here.
  let size = 2 + varintSize(index) + fieldSize(key) + fieldSize(value) + varintSize(headers.length);
  for (const [name, text] of headers) size += textSize(name) + textSize(text);
  return size;
}

function writeRecord(
  batch: Buffer,
  start: number,
  { key, value, headers = noHeaders }: BatchRecord,
  index: number,
  body: number,
): number {
  let position = writeVarint(batch, start, body);
  batch[position++] = 0;
  batch[position++] = 0;
  position = writeVarint(batch, position, index);
  position = writeField(batch, position, key);
  position = writeField(batch, position, value);
  position = writeVarint(batch, position, headers.length);
  for (const [name, text] of headers)
    position = writeText(batch, writeText(batch, position, name), text);
  return position;
}

function textSize(text: string): number {
  const bytes = Buffer.byteLength(text);
  return varintSize(bytes) + bytes;
}

function writeText(batch: Buffer, position: number, text: string): number {
  const start = writeVarint(batch, position, Buffer.byteLength(text));
  return start + batch.write(text, start);
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

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
