import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { unpackLz4 } from "./lz4.ts";

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
      return unpackLz4(bytes, bytesMax);
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
