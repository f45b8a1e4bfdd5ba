import { openDigest, type RunningDigest } from "../../protocol/snapshot/digest.ts";
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

/** A snapshot that is there, and what is wrong with it; null: it is whole and fits the log. */
export type SurveyedSnapshot = {
  readonly id: string;
  readonly manifest: FoundManifest | null;
  readonly why: string | null;
};

/** Every byte of every snapshot of a shard read and tried against the log (R18), newest first. */
export async function* surveySnapshots(
  log: MarketLog,
  shard: number,
): AsyncGenerator<SurveyedSnapshot & { readonly deletions: () => Deletion[] }> {
  const passing = new Map<string, Passing>();
  const { start, end } = await log.bounds(snapshotsTopic, shard);
  for await (const record of readSnapshotRecords(log, shard, start, end)) pass(passing, record);
  for (const each of newestFirst(passing)) {
    const { id, found: manifest } = each;
    const why = await findFault(log, shard, each);
    yield { id, manifest, why, deletions: () => deletions(shard, each) };
  }
}

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
  let kept = 0;
  for await (const { id, why, deletions: all } of surveySnapshots(log, shard)) {
    if (kept === keptMax) await append(all());
    else if (why === null) kept += 1;
    else if (id === takenId) throw new Away(`snapshot ${takenId} does not read back: ${why}`);
  }
}

/** By where their last records lie. */
function newestFirst(passing: ReadonlyMap<string, Passing>): Passing[] {
  return [...passing.values()].toReversed();
}

function pass(passing: Map<string, Passing>, { key, value, offset, timestampMs }: LogRecord): void {
  const read = readKey(key);
  if (read === null) return;
  const { id, number } = read;
  const known = passing.get(id);
  const each = known ?? newPassing(id);
  passing.delete(id);
  if (value === null) {
    if (number === null) each.found = null;
    else each.numbers.delete(number);
  } else if (number === null) each.found = { id, offset, timestampMs, read: readManifest(value) };
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

async function findFault(log: MarketLog, shard: number, each: Passing): Promise<string | null> {
  const { found, next, running } = each;
  if (found === null) return "it has no manifest: whoever wrote it has ended before, or is at it";
  if (!found.read.ok) return found.read.problem;
  const { sha256, parts } = found.read.value;
  const chunks = Object.values(parts).reduce((sum, part) => sum + part.chunks, 0);
  if (next !== chunks) return `not all of its ${chunks} pieces are there, in their order`;
  if (running.end() !== sha256) return "its bytes are damaged: SHA-256 is another";
  const tried = await tryManifest(log, shard, found);
  return typeof tried === "string" ? tried : null;
}

function deletions(shard: number, { id, numbers, found }: Passing): Deletion[] {
  const keys = [...numbers].map((number) => chunkKey(shard, id, number));
  if (found !== null) keys.unshift(manifestKey(shard, id)); // first, so that no half one is found
  return keys.map((key) => ({ key, value: null }));
}
