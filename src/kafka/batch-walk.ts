import { createHash } from "node:crypto";
import { unpackedBytesMax } from "../protocol/carriage.ts";
import { BatchDamaged, type LogRecord, type PackedBatch } from "../services/log.ts";
import { attributeBits, batchLayout as at, checksumOf } from "./record-batch.ts";
import { compressionNames, freeUnpacked, unpack } from "./unpack.ts";

/** What a reader needs to know of a batch besides its records. */
export type BatchHead = {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly producerId: bigint;
};

/**
 * A record as it lies in its batch. A control record does have key and value, in which Kafka writes
 * what became of the transaction. `headers` as Kafka encodes them, empty where there are none;
 * `bytes` is all it takes up.
 */
export type WalkedRecord = LogRecord & {
  readonly headers: Buffer;
  readonly bytes: number;
  readonly head: BatchHead;
};

/**
 * A batch, or what is left of one, that would unpack to more than `unpackedBytesMax`, or cannot
 * be unpacked.
 */
export type WalkedBatch = {
  readonly packed: PackedBatch;
  readonly bytes: number;
  readonly head: BatchHead;
};

/** A batch whose records are being read. */
type OpenBatch = {
  readonly batch: Buffer;
  readonly head: BatchHead;
  readonly records: RecordCursor;
  readonly baseTimestamp: number;
  /** The broker's time of all its records, where the topic asks for that. */
  readonly stampedMs: number | null;
  /** What was unpacked for it; null where it was not packed. */
  readonly unpacked: Buffer | null;
  left: number;
};

const noHeaders = Buffer.alloc(0);

/**
 * Walks the whole batches in the bytes of a fetch, record by record, and unpacks a batch when it
 * comes to it: who stops in between holds one unpacked batch and no more. Records below `from` are
 * left out (a batch may begin before it), as is a batch cut off at the end. Keys and values are
 * views of the bytes. Throws where a batch's checksum is wrong, which the client never compares.
 */
export class BatchWalk {
  /** The offset after everything that was taken. */
  next: number;
  readonly #bytes: Buffer;
  readonly #from: number;
  #start = 0;
  #open: OpenBatch | null = null;
  #walked: Buffer[] = [];

  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes;
    this.#from = from;
    this.next = from;
  }

  /** Null: that was all. */
  take(): WalkedRecord | WalkedBatch | null {
    for (;;) {
      while (this.#open !== null) {
        const record = readRecord(this.#open);
        const { left, head, batch } = this.#open;
        if (record === null) {
          this.#close();
          return this.#leavePacked(batch, head, "its records are not as Kafka lays them out");
        }
        this.next = Math.max(this.next, left === 0 ? head.lastOffset + 1 : record.offset + 1);
        if (left === 0) this.#close();
        if (record.offset >= this.#from) return record;
      }
      const packed = this.#openNext();
      if (packed !== null) return packed;
      if (this.#open === null) return null;
    }
  }

  /**
   * Gives back what was unpacked of the batches that were taken whole. Nobody may use their
   * records' keys, values and headers any more. Who never calls it leaves them to the garbage
   * collector, and may keep them.
   */
  free(): void {
    for (const unpacked of this.#walked) freeUnpacked(unpacked);
    this.#walked = [];
  }

  #close(): void {
    const unpacked = this.#open?.unpacked ?? null;
    if (unpacked !== null) this.#walked.push(unpacked);
    this.#open = null;
  }

  /**
   * Opens the next batch that has a record from `from` on. A batch that is too large is
   * returned instead.
   */
  #openNext(): WalkedBatch | null {
    const bytes = this.#bytes;
    while (bytes.length - this.#start >= at.records) {
      const end = this.#start + at.leaderEpoch + bytes.readInt32BE(this.#start + at.length);
      if (end > bytes.length) break;
      const batch = bytes.subarray(this.#start, end);
      const head = readHead(batch);
      // Without records: compacted away, all but its head.
      const isLeftOut = head.lastOffset < this.#from || batch.readInt32BE(at.count) === 0;
      if (!isLeftOut && checksumOf(batch) !== batch.readUInt32BE(at.crc))
        throw new BatchDamaged(head.baseOffset); // asked again, it says so again
      this.#start = end;
      if (isLeftOut) {
        this.next = Math.max(this.next, head.lastOffset + 1);
        continue;
      }
      const unpacked = unpackOrFault(batch);
      if (!("records" in unpacked)) return this.#leavePacked(batch, head, unpacked.fault);
      this.#open = openBatch(batch, head, unpacked.records);
      return null;
    }
    return null;
  }

  /** From the first record on that was not taken. */
  #leavePacked(batch: Buffer, head: BatchHead, fault: string | null): WalkedBatch {
    const packed = describe(batch, head, Math.max(this.#from, this.next), fault);
    this.next = head.lastOffset + 1;
    return { packed, bytes: unpackedBytesMax, head };
  }
}

function compressionOf(batch: Buffer): number {
  return batch.readInt16BE(at.attributes) & attributeBits.compression;
}

function readHead(batch: Buffer): BatchHead {
  const baseOffset = Number(batch.readBigInt64BE(at.baseOffset));
  const magic = batch.readInt8(at.magic);
  if (magic !== 2) throw new Error(`offset ${baseOffset}: batch format ${magic}, expected 2`);
  const attributes = batch.readInt16BE(at.attributes);
  return {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(at.lastOffsetDelta),
    isTransactional: (attributes & attributeBits.transactional) !== 0,
    isControl: (attributes & attributeBits.control) !== 0,
    producerId: batch.readBigInt64BE(at.producerId),
  };
}

/**
 * Its checksum is right, so the bytes are what the sender sent, and no later reading will find
 * others. Java's readers take what ours do not (bytes behind the end of a gzip member), so Kafka
 * lets them through.
 */
function unpackOrFault(batch: Buffer): { records: Buffer } | { fault: string | null } {
  try {
    const records = unpack(compressionOf(batch), batch.subarray(at.records), unpackedBytesMax);
    return records === null ? { fault: null } : { records };
  } catch (error) {
    if (!(error instanceof Error) || isOutOfMemory(error)) throw error;
    return { fault: `it is not packed as it says (${error.message})` };
  }
}

/** What zlib, zstd and Node itself say of the machine, not of the batch. */
const outOfMemory: readonly (string | undefined)[] = [
  "Z_MEM_ERROR",
  "ZSTD_error_memory_allocation",
  "ERR_MEMORY_ALLOCATION_FAILED",
];

function isOutOfMemory({ code }: NodeJS.ErrnoException): boolean {
  return outOfMemory.includes(code);
}

function describe(batch: Buffer, head: BatchHead, from: number, fault: string | null): PackedBatch {
  const packed = batch.subarray(at.records);
  return {
    firstOffset: Math.max(head.baseOffset, from),
    lastOffset: head.lastOffset,
    timestampMs: clampedMs(Number(batch.readBigInt64BE(at.maxTimestamp))),
    compression: compressionNames[compressionOf(batch)] ?? "unknown",
    packedBytes: packed.length,
    sha256: createHash("sha256").update(packed).digest("hex"),
    fault,
  };
}

function openBatch(batch: Buffer, head: BatchHead, records: Buffer): OpenBatch {
  const isStamped = (batch.readInt16BE(at.attributes) & attributeBits.logAppendTime) !== 0;
  return {
    batch,
    head,
    records: new RecordCursor(records),
    unpacked: compressionOf(batch) === 0 ? null : records,
    baseTimestamp: Number(batch.readBigInt64BE(at.baseTimestamp)),
    stampedMs: isStamped ? Number(batch.readBigInt64BE(at.maxTimestamp)) : null,
    left: batch.readInt32BE(at.count),
  };
}

/** Null: what is there is no record of the batch. */
function readRecord(batch: OpenBatch): WalkedRecord | null {
  const { head, records, baseTimestamp, stampedMs } = batch;
  const length = records.varint();
  const end = length + records.position;
  records.position += 1;
  const timestampDelta = records.varint();
  const offset = head.baseOffset + records.varint();
  const key = records.field();
  const value = records.field();
  const isWhole = records.position < end && end <= records.length;
  if (!isWhole || offset < head.baseOffset || offset > head.lastOffset) return null;
  const headers = records.rest(end);
  batch.left -= 1;
  const timestampMs = clampedMs(stampedMs ?? baseTimestamp + timestampDelta);
  return {
    offset,
    timestampMs,
    key,
    value,
    isControl: head.isControl,
    headers,
    bytes: length,
    head,
  };
}

/** A sender may write any 64 bits as a time; ours are safe integers. */
function clampedMs(ms: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, ms));
}

/** Ours have a handful; a stranger's may be millions. */
const headersMax = 100;

/** The first hundred headers as text, in order; a value that is null is empty. */
export function readHeaders(headers: Buffer): [string, string][] {
  if (headers.length === 0) return [];
  const cursor = new RecordCursor(headers);
  return Array.from({ length: Math.min(cursor.varint(), headersMax) }, () => {
    const name = cursor.field();
    return [String(name ?? ""), String(cursor.field() ?? "")];
  });
}

/** A place in a batch's records. A class because six calls for each record move it. */
class RecordCursor {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
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

  /** What is left of the record, where it is more than "no headers". */
  rest(end: number): Buffer {
    const start = this.position;
    this.position = end;
    return end - start === 1 ? noHeaders : this.#bytes.subarray(start, end);
  }
}
