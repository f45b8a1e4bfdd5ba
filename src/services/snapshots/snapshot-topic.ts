import { snapshotsTopic } from "../../protocol/topics.ts";
import {
  BatchDamaged,
  BatchNotUnpacked,
  readWaitMs,
  type LogRecord,
  type MarketLog,
} from "../log.ts";
import { readKey, readManifest, type Manifest } from "./manifest.ts";
import type { Result } from "../../protocol/result.ts";

/**
 * How many offsets are looked through at a time, from the end: the newest manifest is mostly there.
 * Each time four times as many: a stranger's small records may be hundreds of thousands.
 */
const windowOffsets = { first: 4, most: 16_384 };

/** A manifest as it lies in the topic: what it says, or what is wrong with it. */
export type FoundManifest = {
  readonly id: string;
  readonly offset: number;
  /** When it was written, by its writer's clock. */
  readonly timestampMs: number;
  readonly read: Result<Manifest>;
};

/**
 * Records of a shard's partition of snapshots between two offsets, in order. A batch that is not
 * unpacked is a stranger's, one with a wrong checksum is damaged; they are left out: what stands
 * before and behind them may serve.
 */
export async function* readSnapshotRecords(
  log: MarketLog,
  shard: number,
  from: number,
  end: number,
): AsyncGenerator<LogRecord> {
  if (from >= end) return;
  let reader = await log.reader(snapshotsTopic, shard, from);
  try {
    for (let next = from; next < end;) {
      const read = await unlessUnreadable(reader.read(readWaitMs));
      if (read instanceof Error) {
        await reader.close();
        // Where a damaged batch ends is not known: its head may be what was changed.
        next =
          read instanceof BatchNotUnpacked
            ? read.batch.lastOffset + 1
            : Math.max(next, read.baseOffset) + 1;
        reader = await log.reader(snapshotsTopic, shard, next);
        continue;
      }
      for (const record of read.records) {
        next = record.offset + 1;
        if (record.offset >= end) return;
        yield record;
      }
    }
  } finally {
    await reader.close();
  }
}

async function unlessUnreadable<Slice>(
  asked: Promise<Slice>,
): Promise<Slice | BatchNotUnpacked | BatchDamaged> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof BatchNotUnpacked || error instanceof BatchDamaged) return error;
    throw error;
  }
}

/**
 * The manifests of a shard's snapshots, newest first. Read from the end in windows, since what lies
 * before a manifest is its pieces: whoever needs the newest reads little. No window is left out for
 * what a manifest says, which may be a stranger's. Deleted ones are left out.
 */
export async function* findManifests(log: MarketLog, shard: number): AsyncGenerator<FoundManifest> {
  const { start, end } = await log.bounds(snapshotsTopic, shard);
  const deleted = new Set<string>();
  let window = windowOffsets.first;
  for (let before = end; before > start;) {
    const from = Math.max(start, before - window);
    window = Math.min(4 * window, windowOffsets.most);
    const found: FoundManifest[] = [];
    const records = readSnapshotRecords(log, shard, from, before);
    for await (const { key, value, offset, timestampMs } of records) {
      const read = readKey(key);
      if (read === null || read.number !== null) continue;
      if (value === null) deleted.add(read.id);
      else found.push({ id: read.id, offset, timestampMs, read: readManifest(value) });
    }
    before = from;
    for (const each of found.toReversed()) {
      if (deleted.has(each.id)) continue;
      yield each;
    }
  }
}
