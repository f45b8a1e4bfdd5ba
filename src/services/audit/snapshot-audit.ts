import type { Step } from "../../domain/facts/event.ts";
import { digestOf } from "../../protocol/snapshot/digest.ts";
import { eventsTopic, snapshotsTopic } from "../../protocol/topics.ts";
import { unlessMissing } from "../log-errors.ts";
import { noteCheckpoint } from "../log-checkpoints.ts";
import type { LogFold } from "../log-fold.ts";
import { noteStep, waysIn } from "../records/market-records.ts";
import { placeOf } from "../step-place.ts";
import { takeIn } from "../shard-view.ts";
import { newFollowedState } from "../snapshots/followed-state.ts";
import type { LogRecord } from "../log.ts";
import { findDamage } from "../snapshots/load-snapshot.ts";
import { manifestIn, readKey, readManifest, type Manifest } from "../snapshots/manifest.ts";
import { encodeState, stateParts, type SnapshotState } from "../snapshots/state.ts";
import { BrokenLog, waysOn, type LogBreak } from "./log-break.ts";
import { LogWalk, notValid, type AuditedLog } from "./log-walk.ts";

/** A snapshot whose bytes are whole, and where its manifest stands. */
type WholeSnapshot = { readonly offset: number; readonly manifest: Manifest };

/** What a shard's partition of snapshots holds. */
type SnapshotsSeen = {
  /** Those that this program can compare, in the order of the log they were taken of. */
  readonly whole: readonly WholeSnapshot[];
  /** Written by a program that folds or writes states otherwise: not compared. */
  readonly ofOthers: number;
};

/**
 * Walks a shard's snapshots byte by byte: every batch, every manifest, every piece that a manifest
 * tells of. Tells each that is damaged. One that has no manifest was never finished: nobody reads
 * it. Memory: the pieces of one snapshot.
 */
async function readSnapshots(
  log: AuditedLog,
  shard: number,
  tell: (broken: LogBreak) => void,
): Promise<SnapshotsSeen> {
  const seen: Found = new Map();
  try {
    await walkSnapshots(log, shard, seen);
  } catch (error) {
    if (!(error instanceof BrokenLog)) throw error;
    tell(error.broken);
  }
  const whole: WholeSnapshot[] = [];
  let ofOthers = 0;
  for (const [id, { offset, found }] of seen) {
    if (found === null) ofOthers += 1;
    else if (typeof found === "string") tell(damaged(shard, offset, id, found));
    else whole.push({ offset, manifest: found });
  }
  return { whole: whole.toSorted((one, other) => placeIn(one) - placeIn(other)), ofOthers };
}

/** By id: where the manifest stands, and what `wholeOf` says. Deleted ones are not in it. */
type Found = Map<string, { readonly offset: number; readonly found: Manifest | string | null }>;

function placeIn({ manifest }: WholeSnapshot): number {
  return manifest.reader.offset;
}

async function walkSnapshots(log: AuditedLog, shard: number, seen: Found): Promise<void> {
  const bounds = await unlessMissing(log.bounds(snapshotsTopic, shard));
  if (bounds === null) return;
  const pieces = new Map<string, Map<number, Buffer>>();
  const walk = await LogWalk.open(log, snapshotsTopic, shard, bounds.end);
  try {
    for (let record = await walk.take(); record !== null; record = await walk.take()) {
      const { offset, value } = record;
      const key = readKey(record.key);
      if (key === null) continue;
      if (key.number !== null) {
        const own = pieces.get(key.id) ?? new Map<number, Buffer>();
        if (value === null) own.delete(key.number);
        else own.set(key.number, value);
        pieces.set(key.id, own);
        continue;
      }
      seen.delete(key.id);
      // Judged at the end: of one that is deleted later, Kafka may have taken pieces out already.
      if (value !== null)
        seen.set(key.id, { offset, found: wholeOf(value, pieces.get(key.id) ?? new Map()) });
      pieces.delete(key.id);
    }
  } finally {
    await walk.close();
  }
}

/** The manifest of a snapshot that is whole; null: of another program; else what is wrong. */
function wholeOf(value: Buffer, pieces: ReadonlyMap<number, Buffer>): Manifest | string | null {
  const manifest = manifestIn(value);
  if (manifest === null) return "its manifest has another SHA-256";
  if (!readManifest(value).ok) return null;
  for (const part of stateParts) {
    const size = manifest.parts[part];
    const numbers = Array.from({ length: size.chunks }, (_, each) => size.first + each);
    const wrong = findDamage(
      numbers.flatMap((number) => pieces.get(number) ?? []),
      size,
    );
    if (wrong !== null) return `${part}: ${wrong}`;
  }
  return manifest;
}

const wayOn =
  "no start needs it: older snapshots serve, or the log from its first record; delete the topic " +
  "sauda.snapshots with the market stopped, `up` makes it anew";

function damaged(shard: number, offset: number, id: string, found: string): LogBreak {
  const expected = `snapshot ${id} as its manifest tells it`;
  return { topic: snapshotsTopic, partition: shard, offset, expected, found, wayOn };
}

/** Compares a shard's snapshots with the state that the log folds to at their places. */
export class SnapshotComparison {
  readonly #shard: number;
  readonly #tell: (broken: LogBreak) => void;
  readonly #ofOthers: number;
  /** Still to come; the next one last. Without any there is nothing to fold for. */
  readonly #left: WholeSnapshot[];
  readonly #state: SnapshotState;
  #compared = 0;

  private constructor(
    shard: number,
    { whole, ofOthers }: SnapshotsSeen,
    tell: (broken: LogBreak) => void,
  ) {
    this.#shard = shard;
    const { view, records } = newFollowedState();
    const { market, checkpoints } = view;
    this.#state = { ways: waysIn(records, shard), market, checkpoints, records };
    this.#left = whole.toReversed();
    this.#ofOthers = ofOthers;
    this.#tell = tell;
  }

  /** Reads the snapshots that there are, and tells those that are damaged or of another log. */
  static async open(
    log: AuditedLog,
    shard: number,
    tell: (broken: LogBreak) => void,
  ): Promise<SnapshotComparison> {
    const seen = await readSnapshots(log, shard, tell);
    if (seen.whole.length === 0) return new SnapshotComparison(shard, seen, tell);
    const topicId = await log.topicId(eventsTopic);
    const isOwn = ({ manifest }: WholeSnapshot): boolean =>
      topicId === null || manifest.topicId === topicId;
    for (const one of seen.whole)
      if (!isOwn(one)) tell(notOfThisLog(shard, one, `topic ${topicId}`));
    return new SnapshotComparison(shard, { ...seen, whole: seen.whole.filter(isOwn) }, tell);
  }

  /** The reader stands before a record of the log. */
  before(fold: LogFold): void {
    if (this.#left.length > 0) noteCheckpoint(this.#state.checkpoints, fold);
  }

  /** Steps of the record of the log, in their order. */
  take(steps: readonly Step[], seq: number, { offset }: Pick<LogRecord, "offset">): void {
    if (this.#left.length === 0) return;
    const { market, records } = this.#state;
    for (const [index, step] of steps.entries()) {
      const wrong = takeIn(market, step, seq + index);
      if (wrong !== null) throw notValid(this.#shard, { offset }, wrong);
      noteStep(records, step, placeOf(step, this.#shard, seq + index, offset));
    }
  }

  /** Compares those that were taken where the reader is. */
  compareAt(fold: LogFold): void {
    for (;;) {
      const next = this.#left.at(-1);
      if (next === undefined || placeIn(next) !== fold.offset) return;
      this.#left.pop();
      const broken = this.#compare(next, fold);
      if (broken === null) this.#compared += 1;
      else this.#tell(broken);
    }
  }

  /** Tells those whose places the log does not have. */
  end({ offset }: LogFold): { readonly compared: number; readonly ofOthers: number } {
    for (const one of this.#left)
      this.#tell(notOfThisLog(this.#shard, one, `an end of it at ${offset}`));
    return { compared: this.#compared, ofOthers: this.#ofOthers };
  }

  #compare({ offset, manifest }: WholeSnapshot, fold: LogFold): LogBreak | null {
    const { id, reader, parts } = manifest;
    const place = { topic: snapshotsTopic, partition: this.#shard, offset, wayOn };
    if (reader.chain !== fold.chain || reader.seq !== fold.seq)
      return {
        ...place,
        expected: `snapshot ${id} to be of step ${fold.seq} with chain ${fold.chain}`,
        found: `step ${reader.seq} with chain ${reader.chain}`,
      };
    for (const part of stateParts) {
      const own = digestOf(encodeState(part, this.#state[part]));
      if (own === parts[part].sha256) continue;
      return {
        ...place,
        expected: `the state at offset ${fold.offset} of the log (${part}), SHA-256 ${own}`,
        found: `${parts[part].sha256} in snapshot ${id}`,
      };
    }
    return null;
  }
}

/** The break that a snapshot is of a log that ends before it, or of another topic's. */
function notOfThisLog(shard: number, { offset, manifest }: WholeSnapshot, found: string): LogBreak {
  const { id, reader, topicId } = manifest;
  return {
    topic: snapshotsTopic,
    partition: shard,
    offset,
    expected: `a log up to ${reader.offset}, of topic ${topicId}, from which snapshot ${id} was taken`,
    found,
    wayOn: waysOn.lost,
  };
}
