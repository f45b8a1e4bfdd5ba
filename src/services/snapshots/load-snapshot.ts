import type { Market, MarketMaking } from "../../domain/market.ts";
import { digestOf } from "../../protocol/snapshot/digest.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { newLogCheckpoints, type LogCheckpoints } from "../log-checkpoints.ts";
import { newLogFold, type LogFold } from "../log-fold.ts";
import type { LogRecord, MarketLog } from "../log.ts";
import { findOtherLog } from "./other-log.ts";
import { isAway, isForGood, unlessMissing } from "../log-errors.ts";
import { newMaking, type ShardView } from "../shard-view.ts";
import { whyOf } from "../why.ts";
import { findForged } from "./forged-reader.ts";
import { readKey, type Manifest, type PartSize } from "./manifest.ts";
import { findManifests, readSnapshotRecords, type FoundManifest } from "./snapshot-topic.ts";
import { decodeState, type SnapshotState, type StatePart } from "./state.ts";

/** Which snapshots may serve, and who hears of those that cannot. */
type SnapshotWish = {
  readonly log: MarketLog;
  readonly shard: number;
  /** As of `initialMarket`; absent: as the snapshot has it. */
  readonly limits?: MarketMaking["limits"] | undefined;
  /** What is wrong with one that was passed over, by its id. */
  readonly onPassedOver: (id: string, why: string) => void;
};

/** Parts of a state as of a place in the log. */
export type Loaded<Part extends StatePart> = {
  readonly manifest: Manifest;
  readonly state: Pick<SnapshotState, Part>;
};

/** The fold at a snapshot's place. */
export function foldAt({ reader }: Manifest): LogFold {
  return { ...newLogFold(), ...reader };
}

/** The view that a follower would have at a snapshot's place. */
export function viewAt(
  manifest: Manifest,
  market: Market,
  checkpoints: LogCheckpoints = newLogCheckpoints(),
): ShardView {
  const { appendedAtMs, writer, checkpoint: lastValid, attempts } = manifest;
  const own = { appendedAtMs, writer, lastValid, attempts: { ...attempts } };
  return { fold: foldAt(manifest), checkpoints, market, ...own };
}

/**
 * Parts of the newest snapshot that is whole, hashes right, is of this program's making, and fits
 * the log (R18); of those at or before `atMost` in the log. Null where none does, or where the
 * topic holds what cannot be read: the log is read from its start. What the log throws when it is
 * away is thrown.
 */
export async function loadNewest<Part extends StatePart>(
  wish: SnapshotWish,
  parts: readonly Part[],
  atMost: number = Infinity,
): Promise<Loaded<Part> | null> {
  try {
    return await tryAll(wish, parts, atMost);
  } catch (error) {
    if (isAway(error) || isForGood(error)) throw error;
    wish.onPassedOver("all that are left", whyOf(error));
    return null;
  }
}

async function tryAll<Part extends StatePart>(
  wish: SnapshotWish,
  parts: readonly Part[],
  atMost: number,
): Promise<Loaded<Part> | null> {
  const { log, shard, onPassedOver } = wish;
  for await (const found of existing(findManifests(log, shard))) {
    if (found.read.ok && found.read.value.reader.offset > atMost) continue;
    const loaded = await load(wish, found, parts);
    if (typeof loaded !== "string") return loaded;
    onPassedOver(found.id, loaded);
  }
  return null;
}

/** Reads the pieces of all parts in one go, and makes of each what it was; or what is wrong. */
async function load<Part extends StatePart>(
  { log, shard, limits }: SnapshotWish,
  found: FoundManifest,
  parts: readonly Part[],
): Promise<Loaded<Part> | string> {
  const manifest = await tryManifest(log, shard, found);
  if (typeof manifest === "string") return manifest;
  const { id, offset } = found;
  const { firstOffset, parts: sizes } = manifest;
  const state: Partial<SnapshotState> = {};
  try {
    const range = { from: firstOffset, end: offset };
    const wanted = parts.map((part) => sizes[part]);
    const pieces = await readPieces({ log, shard, id }, wanted, range);
    for (const part of parts) {
      const own = [...pieces].filter(([number]) => isOf(sizes[part], number));
      const chunks = own.toSorted(([one], [other]) => one - other).map(([, value]) => value);
      const wrong = findDamage(chunks, sizes[part]);
      if (wrong !== null) return `${part}: ${wrong}`;
      state[part] = decodeState(part, chunks, newMaking(limits));
    }
    return { manifest, state: state as Pick<SnapshotState, Part> };
  } catch (error) {
    if (isAway(error) || isForGood(error)) throw error;
    return `it cannot be read: ${whyOf(error)}`;
  }
}

/** Whether a piece is one of the part's. */
function isOf({ first, chunks }: PartSize, number: number): boolean {
  return number >= first && number < first + chunks;
}

/** The newest snapshot that fits the log, by its manifest alone; null where there is none. */
export async function findNewest(
  log: MarketLog,
  shard: number,
): Promise<{ readonly manifest: Manifest; readonly takenAtMs: number } | null> {
  for await (const found of existing(findManifests(log, shard))) {
    const manifest = await tryManifest(log, shard, found);
    if (typeof manifest !== "string") return { manifest, takenAtMs: found.timestampMs };
  }
  return null;
}

/** A market made by a program before has no topic of snapshots until `up` makes it. */
async function* existing(found: AsyncGenerator<FoundManifest>): AsyncGenerator<FoundManifest> {
  for (;;) {
    const next = await unlessMissing(found.next());
    if (next === null || next.done === true) return;
    yield next.value;
  }
}

/** The manifest of a snapshot that fits the log (R5), or what is wrong with it. */
export async function tryManifest(
  log: MarketLog,
  shard: number,
  { id, read }: FoundManifest,
): Promise<Manifest | string> {
  if (!read.ok) return read.problem;
  const manifest = read.value;
  const { topicId, reader, checkpoint } = manifest;
  if (manifest.id !== id || manifest.shard !== shard) return "its manifest is another snapshot's";
  const ownId = await log.topicId(eventsTopic);
  if (topicId !== ownId) return `it is of topic ${topicId}, ${eventsTopic} is ${ownId}`;
  const findForgery = (record: LogRecord): string | null => findForged(manifest, record);
  const other = await findOtherLog(log, shard, reader, checkpoint, findForgery);
  return other === null ? manifest : `it was taken at offset ${reader.offset}, ${other}`;
}

/** The pieces of parts that are there, by number. */
async function readPieces(
  { log, shard, id }: { readonly log: MarketLog; readonly shard: number; readonly id: string },
  sizes: readonly PartSize[],
  { from, end }: { readonly from: number; readonly end: number },
): Promise<ReadonlyMap<number, Buffer>> {
  const found = new Map<number, Buffer>();
  const wanted = sizes.reduce((sum, { chunks }) => sum + chunks, 0);
  for await (const { key, value } of readSnapshotRecords(log, shard, from, end)) {
    const read = readKey(key);
    if (read === null || read.id !== id || read.number === null || value === null) continue;
    const { number } = read;
    if (sizes.some((size) => isOf(size, number))) found.set(number, value);
    if (found.size === wanted) break;
  }
  return found;
}

/** What is wrong with the pieces of a part; null where they are what was written. */
export function findDamage(
  found: readonly Buffer[],
  { chunks, bytes, sha256 }: PartSize,
): string | null {
  if (found.length < chunks) return `${chunks - found.length} of ${chunks} pieces are missing`;
  const foundBytes = found.reduce((sum, { length }) => sum + length, 0);
  if (foundBytes !== bytes) return `it has ${foundBytes} bytes, not ${bytes}`;
  return digestOf(found) === sha256 ? null : "its bytes are damaged: SHA-256 is another";
}
