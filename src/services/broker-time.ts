import type { WriterMs } from "../protocol/log/steps-bytes.ts";
import type { Clock } from "./clock.ts";
import type { Verdict } from "./log-fold.ts";

/**
 * A clock further than this from the broker's is wrong: an alarm, and it is not believed where that
 * does harm.
 */
export const skewMaxMs = 5000;
/** A distance that changed by less than this was asked about already. */
export const sameSkewMs = 1000;
/** An alarm that goes on is said again this often. */
const sayAgainMs = 60_000;

/** What to do about a clock that is wrong. */
export const setClocks = "set the clocks of broker and machine by NTP";

/** How far a clock is off, before "the broker's". */
export function inSeconds(aheadMs: number): string {
  return `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? "ahead of" : "behind"}`;
}

/**
 * Tells of a clock that is far from the broker's, when it is found so and once in a while as long
 * as it stays. It is to be called with each distance that was measured.
 */
export function newSkewAlarm(
  clock: Clock,
  alarm: (what: string) => void,
  describe: (aheadMs: number) => string,
): (aheadMs: number) => void {
  let saidAtMs = -Infinity;
  return (aheadMs) => {
    if (Math.abs(aheadMs) <= skewMaxMs) saidAtMs = -Infinity;
    else if (clock.elapsedMs() - saidAtMs >= sayAgainMs) {
      saidAtMs = clock.elapsedMs();
      alarm(describe(aheadMs));
    }
  };
}

/**
 * The broker read its clock somewhere between sending and answer; an answer that took longer tells
 * too little.
 */
const answerMaxMs = 2000;

/**
 * How far a clock is ahead of the broker's at most, by an append that was sent at `sentAtMs` (by
 * `elapsedMs`) and answered just now with the broker's time; negative: behind. `isExact` is false
 * where it may be far less, since this process was paused meanwhile, or the broker.
 */
export function aheadByAnswer(
  clock: Clock,
  brokerMs: number,
  sentAtMs: number,
): { readonly aheadMs: number; readonly isExact: boolean } {
  const isExact = clock.elapsedMs() - sentAtMs <= answerMaxMs;
  return { aheadMs: clock.nowMs() - brokerMs, isExact };
}

/**
 * Who wrote a shard's log last, and how far ahead of the broker's its clock was then;
 * negative: behind.
 */
export type LastWriter = {
  readonly owner: string;
  readonly aheadMs: number;
  /** The broker's time of the record. */
  readonly wroteAtMs: number;
  readonly lastMs: number;
};

/**
 * The last writer after one more record. A writer that was paused between deciding and appending
 * looks behind once, so behind is who is so twice in a row. Null where a log of an earlier version
 * does not say.
 */
export function lastWriterAfter(
  before: LastWriter | null,
  verdict: Verdict,
  wroteAtMs: number,
): LastWriter | null {
  if (verdict.type === "claim") {
    const { owner, writerMs } = verdict.claim;
    return withTime({ owner, wroteAtMs }, writerMs, null);
  }
  if (verdict.type !== "steps" || before === null) return before;
  return withTime({ owner: before.owner, wroteAtMs }, verdict.writerMs, before.lastMs);
}

function withTime(
  writer: Pick<LastWriter, "owner" | "wroteAtMs">,
  writerMs: WriterMs | undefined,
  previousMs: number | null,
): LastWriter | null {
  if (writerMs === undefined) return null;
  const lastMs = writerMs - writer.wroteAtMs;
  const aheadMs = lastMs > 0 ? lastMs : Math.max(lastMs, Math.min(0, previousMs ?? lastMs));
  return { ...writer, aheadMs, lastMs };
}
