import { stampHeader } from "../../protocol/own/public-record.ts";
import type { TopicName } from "../../protocol/topics.ts";
import { OutsideLog, type CommittedRecord, type MarketLog } from "../../services/log.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import type { StepPlace } from "../../services/step-place.ts";

/** What a step said on a public topic, and where it stands. */
export type PublicPlace = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly record: CommittedRecord;
};

/** Where is looked: a partition of a topic, and of which shard's step. */
type Wanted = { readonly topic: TopicName; readonly partition: number } & Pick<
  StepPlace,
  "shard" | "seq"
>;

/**
 * The first look is at so many records before the end: most who ask, ask for what has
 * just happened.
 */
const firstStride = 1000;
/** Each look further back goes so many times as far. */
const strideGrowth = 8;
/**
 * So many reads a search has; some thirty are enough where each look meets the
 * shard. Where it has been silent while others filled the partition, what stands before is not
 * looked for.
 */
const readsMax = 64;
/** A look wants a few records: with a megabyte each, journeys would cost the gateway its core. */
const lookBytes = 64 * 1024;
/** How long a look waits for a record that must be there. */
const waitMs = 500;

/**
 * What a step said of one thing on a partition of a public topic: its committed records that
 * `isAbout` fits, in their order. Looked for when somebody asks, by the place that each record
 * names in its stamp: a shard's steps are published in their order, so some twenty looks find one
 * among a thousand million, whatever clocks say. Nothing where it is not published yet, is gone, or
 * is too far behind what others have written.
 */
export async function findPublished(
  log: MarketLog,
  wanted: Wanted,
  isAbout: (record: CommittedRecord) => boolean,
): Promise<PublicPlace[]> {
  const { topic, partition } = wanted;
  try {
    const reads = { left: readsMax };
    const from = await findFirst(log, wanted, reads);
    const found = from === null ? [] : await readStep(log, wanted, from, reads);
    return found.filter(isAbout).map((record) => ({ topic, partition, record }));
  } catch (error) {
    // Retention took it while we looked, or the topic is gone.
    if (error instanceof OutsideLog || error instanceof NoSuchTopic) return [];
    throw error;
  }
}

/**
 * The offset of the shard's first record that is of this step or a later one; null: there is
 * none yet.
 */
async function findFirst(log: MarketLog, wanted: Wanted, reads: Reads): Promise<number | null> {
  const { topic, partition, seq } = wanted;
  const bounds = await log.bounds(topic, partition);
  let [low, high] = [bounds.start, bounds.end];
  let found: number | null = null;
  let stride = firstStride;
  while (low < high) {
    const isEndKnown = low > bounds.start;
    const probe = isEndKnown ? Math.floor((low + high) / 2) : Math.max(low, high - stride);
    stride *= strideGrowth;
    const seen = await readOwn(log, wanted, probe, high, reads);
    if (seen === null) return null;
    const [first] = seen;
    const last = seen.at(-1);
    if (first === undefined || last === undefined) {
      high = probe; // nothing of this shard from there on
    } else if (last.seq < seq) {
      low = last.offset + 1;
    } else if (first.seq >= seq) {
      found = first.offset;
      high = probe;
    } else {
      return seen.find((each) => each.seq >= seq)?.offset ?? null;
    }
  }
  return found;
}

/** What a search may still read. */
type Reads = { left: number };

type Stamped = { readonly offset: number; readonly seq: number };

/**
 * The shard's records of one read from `from` on, reading on until there are some or `end`
 * is reached; null: no more reads were left.
 */
async function readOwn(
  log: MarketLog,
  { topic, partition, shard }: Wanted,
  from: number,
  end: number,
  reads: Reads,
): Promise<Stamped[] | null> {
  const reader = await log.committedReader(topic, partition, from, lookBytes);
  try {
    for (let at = from; at < end;) {
      reads.left -= 1;
      if (reads.left < 0) return null;
      const { records, next } = await reader.read(waitMs);
      const own = records.flatMap((record): Stamped[] => {
        const stamp = stampOf(record);
        return stamp?.shard === shard ? [{ offset: record.offset, seq: stamp.seq }] : [];
      });
      if (own.length > 0 || next <= at) return own; // or what is there is not decided yet
      at = next;
    }
    return [];
  } finally {
    await reader.close();
  }
}

/** The step's records, from the first that is of it or later. */
async function readStep(
  log: MarketLog,
  { topic, partition, shard, seq }: Wanted,
  from: number,
  reads: Reads,
): Promise<CommittedRecord[]> {
  const { end } = await log.bounds(topic, partition);
  const reader = await log.committedReader(topic, partition, from, lookBytes);
  const found: CommittedRecord[] = [];
  try {
    for (let at = from; at < end && reads.left > 0; reads.left -= 1) {
      const { records, next } = await reader.read(waitMs);
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

function stampOf({ headers }: CommittedRecord): { shard: number; seq: number } | null {
  const stamp = headers.find(([name]) => name === stampHeader)?.[1];
  const [, shard, seq] = /^(\d+)\/(\d+)\/\d+$/.exec(stamp ?? "") ?? [];
  return shard === undefined ? null : { shard: Number(shard), seq: Number(seq) };
}
