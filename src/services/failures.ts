import { isAway } from "./log-errors.ts";
import { whyOf } from "./why.ts";

/** The same failure at the same place so often in a row is no accident (R22). */
const sameMax = 3;

/** The failures in a row of one loop that starts over after each. */
export type Failures = {
  /** Something was done: the count begins anew. */
  worked(): void;
  /** Counts a failure. `position`: where the work stood, as far as it is known. */
  note(error: unknown, position: number | string): Failure;
};

/** What one failure was. */
export type Failure = {
  readonly why: string;
  /** Failures in a row before this one, of any kind: what waits double by. */
  readonly before: number;
  /**
   * False for a broker that is away, an answer that was lost, work that went to another process.
   */
  readonly isWrong: boolean;
  /** Wrong, and so often in a row the same at the same place. */
  readonly times: number;
  /** Wrong, the same and at the same place, for the third time or more. */
  readonly isStuck: boolean;
};

/** No failure yet. */
export function newFailures(): Failures {
  let all = 0;
  let same = 0;
  let last = "";
  return {
    worked() {
      all = 0;
      same = 0;
      last = "";
    },
    note(error, position) {
      const why = whyOf(error);
      const before = all;
      all += 1;
      if (isAway(error)) return { why, before, isWrong: false, times: 0, isStuck: false };
      const what = `${position} ${why}`;
      same = what === last ? same + 1 : 1;
      last = what;
      return { why, before, isWrong: true, times: same, isStuck: same >= sameMax };
    },
  };
}

/** Waits, in milliseconds: the first, and the most that doubling leads to. */
export type Backoff = { readonly first: number; readonly most: number };

/**
 * Bytes that were not acknowledged are sent again so often, the same, before another way is taken.
 */
export const resendsMax = 5;
/** What is waited before they are. */
export const resendWaitMs: Backoff = { first: 20, most: 1000 };

/** The wait after `before` failures in a row and one more. */
export function backOff(before: number, { first, most }: Backoff): number {
  return Math.min(most, first * 2 ** before);
}

/** What stays wrong is not asked for more often than once a second. */
export function waitAfter({ before, isWrong }: Failure, backoff: Backoff): number {
  const ms = backOff(before, backoff);
  return isWrong && before > 0 ? Math.max(1000, ms) : ms;
}
