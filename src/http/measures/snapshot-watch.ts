import { atMostOnceIn } from "../../services/at-most-once-in.ts";
import { OutsideLog, type MarketLog } from "../../services/log.ts";
import { isAway, NoSuchTopic } from "../../services/log-errors.ts";
import { findNewest } from "../../services/snapshots/load-snapshot.ts";
import type { Meters } from "./meters.ts";

/** How old a look may be: it reads the end of the topic of snapshots. */
const freshMs = 30_000;

/** What is known of the newest snapshot of a shard; null: there is none, or Kafka is away. */
type NewestSnapshot = { readonly seq: number; readonly takenAtMs: number } | null;

/** Looks at the newest snapshot of every shard, once in a while. */
export function newSnapshotWatch(
  log: MarketLog,
  shards: number,
  elapsedMs: () => number,
): () => Promise<readonly NewestSnapshot[]> {
  const look = async (shard: number): Promise<NewestSnapshot> => {
    const newest = await findNewest(log, shard);
    return newest && { seq: newest.manifest.reader.seq, takenAtMs: newest.takenAtMs };
  };
  const lookAll = (): Promise<readonly NewestSnapshot[]> =>
    Promise.all(Array.from({ length: shards }, (_, shard) => look(shard).catch(noneIfGone)));
  return atMostOnceIn(freshMs, elapsedMs, lookAll);
}

/** A topic that is missing, or lost its records, is a trouble that the watch tells. */
function noneIfGone(error: unknown): null {
  const isGone = error instanceof NoSuchTopic || error instanceof OutsideLog;
  if (isGone || isAway(error)) return null;
  throw error;
}

/** Sets the gauges of the snapshots, for Prometheus: none where there is none. */
export function measureSnapshots(
  { snapshotSeq, snapshotAge }: Meters,
  newest: readonly NewestSnapshot[],
  nowMs: number,
): void {
  for (const gauge of [snapshotSeq, snapshotAge]) gauge.reset();
  for (const [shard, each] of newest.entries()) {
    if (each === null) continue;
    snapshotSeq.set({ shard }, each.seq);
    snapshotAge.set({ shard }, Math.max(0, nowMs - each.takenAtMs) / 1000);
  }
}
