import type { TopicName } from "../../protocol/topics.ts";
import { OutsideLog, type CommittedRecord, type MarketLog } from "../../services/log.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import {
  findPublicFrom,
  lookBytes,
  lookWaitMs,
  stampOf,
  type PublicLook,
  type ReadsLeft,
} from "../../services/reconciling/public-place.ts";

/** What a step said on a public topic, and where it stands. */
export type PublicPlace = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly record: CommittedRecord;
};

/**
 * So many reads a search has; some thirty are enough where each look meets the
 * shard. Where it has been silent while others filled the partition, what stands before is not
 * looked for.
 */
const readsMax = 64;
/**
 * What a step said of one thing on a partition of a public topic: its committed records that
 * `isAbout` fits, in their order. Looked for when somebody asks, by the place that each record
 * names in its stamp: a shard's steps are published in their order, so some twenty looks find one
 * among a thousand million, whatever clocks say. Nothing where it is not published yet, is gone, or
 * is too far behind what others have written.
 */
export async function findPublished(
  log: MarketLog,
  wanted: PublicLook,
  isAbout: (record: CommittedRecord) => boolean,
): Promise<PublicPlace[]> {
  const { topic, partition } = wanted;
  try {
    const reads = { left: readsMax };
    const place = await findPublicFrom(log, wanted, reads);
    const found = place?.isThere === true ? await readStep(log, wanted, place.from, reads) : [];
    return found.filter(isAbout).map((record) => ({ topic, partition, record }));
  } catch (error) {
    // Retention took it while we looked, or the topic is gone.
    if (error instanceof OutsideLog || error instanceof NoSuchTopic) return [];
    throw error;
  }
}

/** The step's records, from the first that is of it or later. */
async function readStep(
  log: MarketLog,
  { topic, partition, shard, seq }: PublicLook,
  from: number,
  reads: ReadsLeft,
): Promise<CommittedRecord[]> {
  const { end } = await log.bounds(topic, partition);
  const reader = await log.committedReader(topic, partition, from, lookBytes);
  const found: CommittedRecord[] = [];
  try {
    for (let at = from; at < end && reads.left > 0; reads.left -= 1) {
      const { records, next } = await reader.read(lookWaitMs);
      for (const record of records) {
        const stamp = stampOf(record);
        if (stamp?.shard !== shard) continue;
        if (stamp.seq > seq) return found;
        if (stamp.seq === seq) found.push(record);
      }
      if (next <= at) return found;
      at = next;
    }
    return found;
  } finally {
    await reader.close();
  }
}
