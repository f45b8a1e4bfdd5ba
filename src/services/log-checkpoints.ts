import { readerStateOf, type LogFold, type ReaderState } from "./log-fold.ts";

/**
 * Reader states of a shard's log (R5), oldest first, the one at offset 0 included: from each of
 * them a reader may begin. What is recent lies close together, what is older further apart.
 */
export type LogCheckpoints = { kept: ReaderState[]; readonly keptMax: number };

/** What a reader reads at most to come from one of the newest to a place behind it. */
export const nearby = { records: 256, steps: 4096 };
/** About 6 MB. */
const keptDefault = 16_384;

type LogDistance = Pick<ReaderState, "offset" | "seq">;

/** None yet; at most `keptMax` are kept. */
export function newLogCheckpoints(keptMax: number = keptDefault): LogCheckpoints {
  return { kept: [], keptMax };
}

/** Keeps the fold's state where the last one is far enough behind. Called before each record. */
export function noteCheckpoint(checkpoints: LogCheckpoints, fold: LogFold): void {
  const { kept, keptMax } = checkpoints;
  const last = kept.at(-1);
  if (last !== undefined && isNearby(last, fold)) return;
  kept.push(readerStateOf(fold));
  if (kept.length <= keptMax) return;
  const half = Math.floor(kept.length / 2);
  checkpoints.kept = kept.filter((_, index) => index >= half || index % 2 === 0);
}

/** Whether a place of the log is a few records, and steps in them, behind another. */
export function isNearby(one: LogDistance, behind: LogDistance): boolean {
  const { offset, seq } = behind;
  return offset - one.offset < nearby.records && seq - one.seq < nearby.steps;
}

/** The newest at or before the offset; undefined where nothing was read yet. */
export function checkpointAt({ kept }: LogCheckpoints, offset: number): ReaderState | undefined {
  return kept.findLast((state) => state.offset <= offset);
}

/** The newest before what the command at the offset of `sauda.commands` caused. */
export function checkpointBefore(
  { kept }: LogCheckpoints,
  commandOffset: number,
): ReaderState | undefined {
  return kept.findLast(({ lastCause }) => (lastCause?.offset ?? -1) < commandOffset);
}
