import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** Kafka's names of the compressions, by the number that a batch bears. */
export const compressionNames: readonly string[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * Unpacks the records of a batch, given the compression's number. Null: there would be more than `bytesMax`
 * bytes, of which no more than that were made. Throws for what is not packed so.
 */
export function unpack(kind: number, bytes: Buffer, bytesMax: number): Buffer | null {
  switch (compressionNames[kind] ?? "") {
    case "none":
      return bytes.length > bytesMax ? null : bytes;
    case "gzip":
      return upTo(() => gunzipSync(bytes, { maxOutputLength: bytesMax, chunkSize }));
    case "zstd":
      return upTo(() => zstdDecompressSync(bytes, { maxOutputLength: bytesMax, chunkSize }));
    case "snappy":
      return snappySize(bytes) > bytesMax ? null : unpackAsClient(kind, bytes);
    case "lz4":
      return lz4Size(bytes, bytesMax) > bytesMax ? null : unpackAsClient(kind, bytes);
    default:
      throw new Error(`compression ${kind}: not known`);
  }
}

const chunkSize = 256 * 1024;

/** Node gives up as soon as there is more than was allowed. */
function upTo(work: () => Buffer): Buffer | null {
  try {
    return work();
  } catch (error) {
    const isTooMuch = error instanceof RangeError && "code" in error;
    if (isTooMuch && error.code === "ERR_BUFFER_TOO_LARGE") return null;
    throw error;
  }
}

/** The client knows no limit: how much it would make is counted before. */
function unpackAsClient(kind: number, bytes: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[kind];
  if (algorithm === undefined) throw new Error(`compression ${kind}: not known`);
  return algorithm.decompressSync(bytes);
}

const xerialMagic = Buffer.from("\x82SNAPPY\0", "latin1");
const xerialHeadBytes = 16;

/** What snappy says that it holds: one block, or Java's blocks, each behind its length. */
function snappySize(bytes: Buffer): number {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return blockSize(bytes, 0);
  let size = 0;
  let at = xerialHeadBytes;
  while (at + 4 <= bytes.length) {
    size += blockSize(bytes, at + 4);
    at += 4 + bytes.readUInt32BE(at);
  }
  return size;
}

/** A snappy block begins with its unpacked size as a varint. */
function blockSize(bytes: Buffer, start: number): number {
  let size = 0;
  let unit = 1;
  for (let at = start; at < Math.min(bytes.length, start + 5); at += 1) {
    const byte = bytes[at] ?? 0;
    size += (byte & 127) * unit;
    if (byte < 128) break;
    unit *= 128;
  }
  return size;
}

const lz4 = {
  magic: 0x184d2204,
  blockChecksum: 0b1_0000,
  contentSize: 0b1000,
  contentChecksum: 0b100,
  dictionary: 0b1,
  isPlain: 0x8000_0000,
} as const;

/**
 * What the frames of LZ4 hold, counted by their tokens: not every frame says its size, and one that does could
 * say anything. Counts no further than the first size above `most`.
 */
function lz4Size(bytes: Buffer, most: number): number {
  let size = 0;
  let at = 0;
  while (size <= most && at + 7 <= bytes.length && bytes.readUInt32LE(at) === lz4.magic) {
    const flags = bytes[at + 4] ?? 0;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    at += 7 + (has(lz4.contentSize) ? 8 : 0) + (has(lz4.dictionary) ? 4 : 0);
    while (size <= most && at + 4 <= bytes.length) {
      const head = bytes.readUInt32LE(at);
      at += 4;
      if (head === 0) break;
      const length = head % lz4.isPlain;
      const end = Math.min(at + length, bytes.length);
      size += head >= lz4.isPlain ? length : lz4BlockSize(bytes, at, end, most - size);
      at += length + (has(lz4.blockChecksum) ? 4 : 0);
    }
    at += has(lz4.contentChecksum) ? 4 : 0;
  }
  return size;
}

/** A block is literals and matches in turn; of both only the lengths are looked at. */
function lz4BlockSize(bytes: Buffer, start: number, end: number, most: number): number {
  let size = 0;
  let at = start;
  const longer = (length: number): number => {
    let total = length;
    for (let byte = 255; length === 15 && byte === 255 && at < end;) {
      byte = bytes[at++] ?? 0;
      total += byte;
    }
    return total;
  };
  while (at < end && size <= most) {
    const token = bytes[at++] ?? 0;
    const literals = longer(token >>> 4);
    size += literals;
    at += literals;
    if (at >= end) break; // the last literals have no match behind them
    at += 2;
    size += longer(token & 15) + 4;
  }
  return size;
}
