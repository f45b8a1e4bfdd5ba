import { nothingToRemember, type Market } from "../domain/market.ts";
import type { MarketLog } from "./log.ts";
import { viewNow } from "./snapshots/followed-now.ts";
import type { SnapshotReport } from "./snapshots/snapshotter.ts";

/**
 * Up to which offset the log has taken a source's partition. Undefined: it names none of
 * its records.
 */
type TakenInputs = (topicId: string, partition: number) => number | undefined;

/** Which logs are read, and who hears of their snapshots. */
type TakenPlace = {
  readonly log: MarketLog;
  readonly shards: number;
  readonly report: (report: SnapshotReport) => void;
};

/**
 * Reads what every shard's market has taken of the sources, from its newest good snapshot on: for
 * an intake whose group has forgotten where it was. Throws `Stop` where a log is not whole. A
 * signal ends it before its time.
 */
export async function readTaken(
  { log, shards, report }: TakenPlace,
  signal: AbortSignal,
): Promise<TakenInputs> {
  const limits = nothingToRemember;
  const all: Market["sources"][] = [];
  for (let shard = 0; shard < shards; shard += 1)
    all.push((await viewNow({ log, shard, limits, report }, signal)).market.sources);
  return (topicId, partition) => {
    const found = all.flatMap((sources) => sources.get(topicId)?.get(partition) ?? []);
    return found.length === 0 ? undefined : Math.max(...found);
  };
}

/**
 * Reads it once for all that ask meanwhile: a group forgets the places of all its sources at the
 * same time.
 */
export function newTakenReading(
  place: TakenPlace,
  signal: AbortSignal,
): () => Promise<TakenInputs> {
  let underWay: Promise<TakenInputs> | null = null;
  return () => {
    underWay ??= readTaken(place, signal).finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
