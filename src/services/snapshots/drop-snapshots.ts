import { openDigest, type RunningDigest } from "../../protocol/snapshot/state.ts";
import { snapshotsTopic } from "../../protocol/topics.ts";
import { Away } from "../log-errors.ts";
import type { Deletion, LogRecord, MarketLog } from "../log.ts";
import { tryManifest } from "./load-snapshot.ts";
import { chunkKey, manifestKey, readKey, readManifest, type Manifest } from "./manifest.ts";
import { readSnapshotRecords, type FoundManifest } from "./snapshot-topic.ts";

/** So many that read back whole are kept (R18). */
const keptMax = 3;

/** A snapshot as it goes by: what of it is there. */
type Passing = {
  readonly id: string;
  readonly numbers: Set<number>;
  readonly running: RunningDigest;
  /** The piece that comes next; those that come otherwise make it no whole one. */
  next: number;
  found: FoundManifest | null;
};

/**
 * Reads all snapshots of a shard back, and deletes by its keys whatever is older than the newest
 * three that are whole and fit the log (R18). Throws `Away` where the one just taken is not among
 * them: nothing is deleted for it then.
 */
export async function dropOldSnapshots(
  log: MarketLog,
  { shard, id: takenId }: Manifest,
  append: (records: readonly Deletion[]) => Promise<void>,
): Promise<void> {
  const passing = new Map<string, Passing>();
  const { start, end } = await log.bounds(snapshotsTopic, shard);
  for await (const record of readSnapshotRecords(log, shard, start, end)) pass(passing, record);
  const kept: string[] = [];
  const old: Passing[] = [];
  for (const each of newestFirst(passing)) {
    if (kept.length === keptMax) old.push(each);
    else if (await isGood(log, shard, each)) kept.push(each.id);
    else if (each.id === takenId) throw new Away(`snapshot ${takenId} does not read back`);
  }
  await append(old.flatMap(({ id, numbers, found }) => deletions(shard, id, numbers, found)));
}

/** By where their last records lie. */
function newestFirst(passing: ReadonlyMap<string, Passing>): Passing[] {
  return [...passing.values()].toReversed();
}

function pass(passing: Map<string, Passing>, { key, value, offset }: LogRecord): void {
  const read = readKey(key);
  if (read === null) return;
  const { id, number } = read;
  const known = passing.get(id);
  const each = known ?? newPassing(id);
  passing.delete(id);
  if (value === null) {
    if (number === null) each.found = null;
    else each.numbers.delete(number);
  } else if (number === null) each.found = { id, offset, read: readManifest(value) };
  else {
    each.numbers.add(number);
    if (number === each.next) {
      each.running.add(value);
      each.next += 1;
      // one that was sent again is the same
    } else if (number !== each.next - 1) each.next = Number.NaN;
  }
  if (each.numbers.size > 0 || each.found !== null) passing.set(id, each);
}

function newPassing(id: string): Passing {
  return { id, numbers: new Set(), running: openDigest(), next: 0, found: null };
}

async function isGood(log: MarketLog, shard: number, each: Passing): Promise<boolean> {
  const { found, next, running } = each;
  if (found === null || !found.read.ok) return false;
  const { sha256, parts } = found.read.value;
  const chunks = Object.values(parts).reduce((sum, part) => sum + part.chunks, 0);
  if (next !== chunks || running.end() !== sha256) return false;
  return typeof (await tryManifest(log, shard, found)) !== "string";
}

function deletions(
  shard: number,
  id: string,
  numbers: ReadonlySet<number>,
  found: FoundManifest | null,
): Deletion[] {
  const keys = [...numbers].map((number) => chunkKey(shard, id, number));
  if (found !== null) keys.unshift(manifestKey(shard, id)); // first, so that no half one is found
  return keys.map((key) => ({ key, value: null }));
}
