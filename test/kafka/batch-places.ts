import { batchLayout as at } from "../../src/kafka/record-batch.ts";

/** A batch in a file: its first byte, how many it has, and the offset of its first record. */
type BatchPlace = { readonly start: number; readonly size: number; readonly offset: number };

/** Where the batches of a whole file are, in their order. */
export function batchesOf(bytes: Buffer): BatchPlace[] {
  const found: BatchPlace[] = [];
  for (let start = 0; start < bytes.length;) {
    const size = at.leaderEpoch + bytes.readInt32BE(start + at.length);
    found.push({ start, size, offset: Number(bytes.readBigInt64BE(start)) });
    start += size;
  }
  return found;
}
