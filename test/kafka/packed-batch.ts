import { crc32c } from "@platformatic/kafka";
import { batchLayout as at } from "../../src/kafka/record-batch.ts";

/** A batch with other bytes for its records, packed with gzip, as its head and checksum say. */
export function withPacked(batch: Buffer, packed: Buffer): Buffer {
  const made = Buffer.concat([batch.subarray(0, at.records), packed]);
  made.writeInt32BE(made.length - at.leaderEpoch, at.length);
  made.writeInt16BE(1, at.attributes);
  made.writeUInt32BE(crc32c(made.subarray(at.attributes)), at.crc);
  return made;
}
