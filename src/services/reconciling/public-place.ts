import { stampHeader } from "../../protocol/own/public-record.ts";
import type { TopicName } from "../../protocol/topics.ts";
import type { CommittedRecord, MarketLog } from "../log.ts";
import type { StepPlace } from "../step-place.ts";
import { headerOf } from "./public-break.ts";

/** Where is looked: a partition of a public topic, and from which of a shard's steps on. */
export type PublicLook = { readonly topic: TopicName; readonly partition: number } & Pick<
  StepPlace,
  "shard" | "seq"
>;

/**
 * Where the records of a step and of later ones begin. `isThere`: one of them stands at `from`;
 * else they are to come there or behind. `isAfterOthers`: one of an earlier step stands before it.
 */
type PublicFrom = {
  readonly from: number;
  readonly isThere: boolean;
  readonly isAfterOthers: boolean;
};

/**
 * The first look is at so many records before the end: most who ask, ask for what has
 * just happened.
 */
const firstStride = 1000;
/** Each look further back goes so many times as far. */
const strideGrowth = 8;
/** A look wants a few records: with a megabyte each, journeys would cost the gateway its core. */
export const lookBytes: number = 64 * 1024;
/** How long a look waits for a record that must be there, in milliseconds. */
export const lookWaitMs = 500;

/**
 * Looks for the shard's first record that is of this step or a later one: a shard's steps are
 * published in their order. Null: no more reads were left.
 */
export async function findPublicFrom(
  log: MarketLog,
  wanted: PublicLook,
  reads: ReadsLeft,
): Promise<PublicFrom | null> {
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
    const wantedOne = seen.find((each) => each.seq >= seq);
    if (first === undefined) {
      high = probe; // nothing of this shard from there on
    } else if (wantedOne === undefined) {
      low = (seen.at(-1) ?? first).offset + 1;
    } else if (wantedOne === first) {
      found = first.offset;
      high = probe;
    } else return { from: wantedOne.offset, isThere: true, isAfterOthers: true };
  }
  return { from: found ?? low, isThere: found !== null, isAfterOthers: low > bounds.start };
}

/** What a search may still read. */
export type ReadsLeft = { left: number };

type Stamped = { readonly offset: number; readonly seq: number };

/**
 * The shard's records of one read from `from` on, reading on until there are some or `end`
 * is reached; null: no more reads were left.
 */
async function readOwn(
  log: MarketLog,
  { topic, partition, shard }: PublicLook,
  from: number,
  end: number,
  reads: ReadsLeft,
): Promise<Stamped[] | null> {
  const reader = await log.committedReader(topic, partition, from, lookBytes);
  try {
    for (let at = from; at < end;) {
      reads.left -= 1;
      if (reads.left < 0) return null;
      const { records, next } = await reader.read(lookWaitMs);
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

/** The shard and the step that a public record says it is of; null: its stamp is not ours. */
export function stampOf(
  record: CommittedRecord,
): { readonly shard: number; readonly seq: number } | null {
  const stamp = headerOf(record, stampHeader);
  const [, shard, seq] = /^(\d+)\/(\d+)\/\d+$/.exec(stamp ?? "") ?? [];
  return shard === undefined ? null : { shard: Number(shard), seq: Number(seq) };
}
