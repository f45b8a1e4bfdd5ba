import { logBatchBytesMax } from "../protocol/carriage.ts";
import { topicSpecs } from "../protocol/topics.ts";
import { BrokenLog, waysOn } from "../services/audit/log-break.ts";
import type { LogRecord } from "../services/log.ts";
import { BatchWalk } from "./batch-walk.ts";
import { attributeBits, batchLayout as at, checksumOf } from "./record-batch.ts";

/** A partition of the log whose batches are checked, one after the other. */
type CheckedPlace = {
  readonly topic: string;
  readonly partition: number;
  /**
   * The leader epoch under which the broker says it took in what stands at an offset; null where
   * nobody says it: then epochs must not fall.
   */
  readonly epochAt: ((offset: number) => number) | null;
};

/** What whole batches held. `taken`: how many of the bytes they are. */
type Checked = {
  readonly records: readonly LogRecord[];
  readonly batches: number;
  readonly taken: number;
};

/**
 * Checks batches as they lie in a log that has no transactions (R1). No byte of a batch is without
 * a check: base offset, length, leader epoch and magic are compared with what they must be, as no
 * checksum covers them; the checksum covers all the rest. Where a topic is compacted, offsets may
 * be missing, never come again.
 */
export class BatchCheck {
  /** The offset at which the next batch must begin. */
  next: number;
  readonly #place: CheckedPlace;
  readonly #isCompacted: boolean;
  #leaderEpoch = 0;

  constructor(place: CheckedPlace, from: number) {
    this.#place = place;
    this.#isCompacted = isCompacted(place.topic);
    this.next = from;
  }

  /**
   * Takes the whole batches at the start of the bytes; one that is cut off is left. Records are
   * views of the bytes. Throws `BrokenLog`.
   */
  take(bytes: Buffer): Checked {
    const records: LogRecord[] = [];
    let taken = 0;
    let batches = 0;
    while (bytes.length - taken >= at.records) {
      const size = this.#sizeAt(bytes, taken);
      if (taken + size > bytes.length) break;
      this.#checkBatch(bytes.subarray(taken, taken + size), records);
      taken += size;
      batches += 1;
    }
    return { records, batches, taken };
  }

  /** The break that what is left of the bytes is, where no more will come. */
  cutOff(left: Buffer): BrokenLog {
    const whole = left.length >= at.records ? this.#sizeAt(left, 0) : at.records;
    const found = `${left.length} bytes, and no more`;
    return this.broken(`a batch of ${whole} bytes, as it says, or nothing`, found);
  }

  /** A break where the next batch must begin. */
  broken(expected: string, found: string, wayOn: string = waysOn.damaged): BrokenLog {
    const { topic, partition } = this.#place;
    return new BrokenLog({ topic, partition, offset: this.next, expected, found, wayOn });
  }

  /** Whether what begins at this offset may come next. */
  follows(offset: number): boolean {
    return offset === this.next || (this.#isCompacted && offset > this.next);
  }

  #sizeAt(bytes: Buffer, start: number): number {
    const offset = bytes.readBigInt64BE(start + at.baseOffset);
    if (!this.follows(Number(offset)))
      throw this.broken(
        `a batch that begins at ${this.next}${this.#isCompacted ? " or later" : ""}`,
        `one that begins at ${offset}`,
      );
    const size = at.leaderEpoch + bytes.readInt32BE(start + at.length);
    if (size < at.records || size > logBatchBytesMax)
      throw this.broken(
        `a batch of ${at.records} to ${logBatchBytesMax} bytes`,
        `one that says it has ${size}`,
      );
    return size;
  }

  #checkBatch(batch: Buffer, records: LogRecord[]): void {
    const magic = batch.readInt8(at.magic);
    if (magic !== 2) throw this.broken("a batch of format 2 (its magic)", `format ${magic}`);
    const [stored, sum] = [batch.readUInt32BE(at.crc), checksumOf(batch)];
    if (stored !== sum)
      throw this.broken(
        `bytes with the checksum ${inHex(stored)}, as their batch says`,
        `bytes with ${inHex(sum)}: a byte of the ${batch.length} has changed`,
      );
    this.#checkEpoch(batch.readInt32BE(at.leaderEpoch));
    const attributes = batch.readInt16BE(at.attributes);
    if ((attributes & (attributeBits.transactional | attributeBits.control)) !== 0)
      throw this.broken("no transactions in this topic (R1)", "a batch of one", waysOn.written);
    this.#takeRecords(batch, records);
  }

  #checkEpoch(epoch: number): void {
    const { epochAt } = this.#place;
    const expected = epochAt?.(this.next) ?? null;
    if (expected !== null && epoch !== expected)
      throw this.broken(`leader epoch ${expected}, as the partition's checkpoint says`, `${epoch}`);
    if (epoch < this.#leaderEpoch)
      throw this.broken(`leader epoch ${this.#leaderEpoch} or more, as before it`, `${epoch}`);
    this.#leaderEpoch = epoch;
  }

  #takeRecords(batch: Buffer, records: LogRecord[]): void {
    this.next = Number(batch.readBigInt64BE(at.baseOffset));
    const last = this.next + batch.readInt32BE(at.lastOffsetDelta);
    const walk = new BatchWalk(batch, this.next);
    for (let found = walk.take(); found !== null; found = walk.take()) {
      if ("packed" in found)
        throw this.broken(
          "a batch that can be unpacked",
          found.packed.fault ?? "one that would unpack to more than is ever written",
          waysOn.written,
        );
      const { offset, timestampMs, key, value, isControl } = found;
      if (!this.follows(offset))
        throw this.broken("the next record", `the one of offset ${offset}`, waysOn.written);
      records.push({ offset, timestampMs, key, value, isControl });
      this.next = offset + 1;
    }
    if (this.next !== last + 1 && !this.#isCompacted)
      throw this.broken(`records up to ${last}, as their batch says`, "none", waysOn.written);
    this.next = last + 1;
  }
}

/** Whether Kafka takes out of the topic what has a newer record of its key. */
function isCompacted(topic: string): boolean {
  const spec = topicSpecs.find(({ name }) => name === topic);
  return spec?.config["cleanup.policy"] === "compact";
}

function inHex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
