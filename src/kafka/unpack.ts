import { compressionsAlgorithmsByBitmask } from "./client.ts";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { unpackLz4 } from "./lz4.ts";

/** Kafka's names of the compressions, by the number that a batch bears. */
export const compressionNames: readonly string[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * Unpacks the records of a batch, given the compression's number. Null: there would be more than
 * `bytesMax` bytes, of which no more than that were made. Takes up that much memory for a moment.
 * Throws for what is not packed so.
 */
export function unpack(kind: number, bytes: Buffer, bytesMax: number): Buffer | null {
  switch (compressionNames[kind] ?? "") {
    case "none":
      return bytes.length > bytesMax ? null : bytes;
    case "gzip":
      return inOnePiece(bytesMax, (room) => upTo(() => gunzipSync(bytes, room)));
    case "zstd":
      return inOnePiece(bytesMax, (room) => upTo(() => zstdDecompressSync(bytes, room)));
    case "snappy":
      return snappySize(bytes) > bytesMax ? null : unpackAsClient(kind, bytes);
    case "lz4":
      return inOnePiece(bytesMax, ({ maxOutputLength }) => unpackLz4(bytes, maxOutputLength));
    default:
      throw new Error(`compression ${kind}: not known`);
  }
}

/**
 * Gives the memory of an unpacked batch back at once; no view of it may be used any more. Left to
 * the garbage collector, batches of some MiB cost five times the work of unpacking them, in pauses
 * of tens of ms, and twice the memory. What lies in memory that is shared with others stays: only
 * small batches do.
 */
export function freeUnpacked({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > sharedBytesMax) buffer.transfer(0);
}

/** Node puts what is smaller together with others. */
const sharedBytesMax = 64 * 1024;
/** Nearly all batches are smaller. */
const smallBytes = 256 * 1024;

type Room = { readonly maxOutputLength: number; readonly chunkSize: number };

/** All room at once: what grows piece by piece must be put together in another one. */
function inOnePiece(bytesMax: number, work: (room: Room) => Buffer | null): Buffer | null {
  for (const bytes of [Math.min(smallBytes, bytesMax), bytesMax]) {
    const made = work({ maxOutputLength: bytes, chunkSize: bytes });
    if (made !== null) return withoutRoom(made);
  }
  return null;
}

/** Whoever keeps a few bytes of a batch is not to keep all the room that it might have needed. */
function withoutRoom(made: Buffer): Buffer {
  if (2 * made.length >= made.buffer.byteLength) return made;
  const copy = Buffer.from(made);
  freeUnpacked(made);
  return copy;
}

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
