import { digestOf } from "../../protocol/snapshot/digest.ts";
import { eventsTopic, snapshotsTopic } from "../../protocol/topics.ts";
import { backOff, resendsMax, resendWaitMs } from "../failures.ts";
import type { Clock } from "../clock.ts";
import { Away } from "../log-errors.ts";
import { readerStateOf } from "../log-fold.ts";
import type { Appender, Deletion, MarketLog, OutRecord } from "../log.ts";
import { waysIn } from "../records/market-records.ts";
import type { FollowedState } from "./followed-state.ts";
import {
  chunkKey,
  encodeManifest,
  manifestKey,
  manifestOf,
  type Manifest,
  type PartSize,
} from "./manifest.ts";
import { dropOldSnapshots } from "./drop-snapshots.ts";
import { encodeState, stateParts, type SnapshotState, type StatePart } from "./state.ts";

/** What a follower needs to take snapshots of a shard. */
export type SnapshotterParts = {
  readonly log: MarketLog;
  readonly shard: number;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
};

/** A snapshot that was read back and is whole. */
export type TakenSnapshot = {
  readonly id: string;
  readonly offset: number;
  readonly seq: number;
  readonly bytes: number;
  /** How long the state had to stand still. */
  readonly stallMs: number;
};

/** Takes a snapshot of a follower that stands still meanwhile: `writeState`, `sendSnapshot`. */
export async function takeSnapshot(
  parts: SnapshotterParts,
  state: FollowedState,
  signal: AbortSignal,
): Promise<TakenSnapshot> {
  return sendSnapshot(parts, await writeState(parts, state, signal), signal);
}

/**
 * Sends what was written piece by piece, its manifest last; reads it back; and deletes what is
 * older than the newest three (R18). The follower may have gone on. Throws `Away` where it could
 * not be sent: another may be taken at any time, under another id. The signal gives it up between
 * two pieces.
 */
export async function sendSnapshot(
  parts: SnapshotterParts,
  { chunks, stallMs, ...facts }: WrittenState,
  signal: AbortSignal,
): Promise<TakenSnapshot> {
  const { log, shard, randomHex } = parts;
  const { offset, seq } = facts.reader;
  const id = `${seq}-${randomHex(8)}`;
  const appender = await log.appender(snapshotsTopic, shard);
  try {
    const topicId = await log.topicId(eventsTopic);
    let firstOffset: number | null = null;
    for (const [number, value] of chunks.entries()) {
      if (signal.aborted) throw new Away("given up: there is other work");
      const at = await append(parts, appender, { key: chunkKey(shard, id, number), value });
      firstOffset ??= at;
    }
    if (firstOffset === null) throw new Away("a snapshot without bytes");
    const manifest = manifestOf({ ...facts, id, shard, topicId, firstOffset });
    await append(parts, appender, { key: manifestKey(shard, id), value: encodeManifest(manifest) });
    await dropOldSnapshots(log, manifest, (records) => appendAll(parts, appender, records));
  } finally {
    await appender.close();
  }
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return { id, offset, seq, bytes, stallMs };
}

/** What a follower knew, as bytes, and how long it stood still for it. */
export type WrittenState = Omit<
  Manifest,
  "format" | "shape" | "rules" | "id" | "shard" | "topicId" | "firstOffset"
> & { readonly chunks: readonly Buffer[]; readonly stallMs: number };

/**
 * Turns what a follower knows into bytes. It must not go on before this is done: between two parts
 * others have their turn, such as the word to the group that this process lives. The signal gives
 * it up there.
 */
export async function writeState(
  { shard, clock }: Pick<SnapshotterParts, "shard" | "clock">,
  { view, records }: FollowedState,
  signal: AbortSignal,
): Promise<WrittenState> {
  const beganMs = clock.elapsedMs();
  const { fold, market, checkpoints, lastValid: checkpoint, appendedAtMs, writer } = view;
  const attempts = { ...view.attempts };
  const reader = readerStateOf(fold);
  if (checkpoint === null) throw new Away("the log holds nothing yet");
  const chunks: Buffer[] = [];
  const parts: Partial<Record<StatePart, PartSize>> = {};
  const state: SnapshotState = { ways: waysIn(records, shard), market, checkpoints, records };
  for (const part of stateParts) {
    const pieces = encodeState(part, state[part]);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const first = chunks.length;
    parts[part] = { first, chunks: pieces.length, bytes, sha256: digestOf(pieces) };
    chunks.push(...pieces);
    await clock.sleep(0);
    if (signal.aborted) throw new Away("given up: there is other work");
  }
  const sizes = parts as Record<StatePart, PartSize>;
  const sha256 = digestOf(chunks);
  const last = { checkpoint, appendedAtMs, writer, attempts };
  const stallMs = Math.round(clock.elapsedMs() - beganMs);
  return { reader, ...last, sha256, parts: sizes, chunks, stallMs };
}

async function appendAll(
  parts: SnapshotterParts,
  appender: Appender,
  records: readonly Deletion[],
): Promise<void> {
  for (const record of records) await append(parts, appender, record);
}

/** The same bytes under the same key may stand twice: nothing is newer than them meanwhile. */
async function append(
  { clock }: SnapshotterParts,
  appender: Appender,
  record: OutRecord | Deletion,
): Promise<number> {
  let why = "";
  for (let sent = 0; sent <= resendsMax; sent += 1) {
    const result = await appender.append([record]);
    if (result.type === "at") return result.offset;
    if (result.type === "refused" && !result.retriable)
      throw new Away(`the broker refuses a snapshot: ${result.why}`);
    why = result.why;
    await clock.sleep(backOff(sent, resendWaitMs));
  }
  throw new Away(`a snapshot could not be written: ${why}`);
}
