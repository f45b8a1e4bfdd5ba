import { isAway } from "./log-errors.ts";

/** The same failure at the same place so often in a row is no accident (R22). */
export const sameMax = 3;

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
  /** False for a broker that is away, an answer that was lost, work that went to another process. */
  readonly isWrong: boolean;
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
      const why = error instanceof Error ? error.message : String(error);
      const before = all;
      all += 1;
      if (isAway(error)) return { why, before, isWrong: false, isStuck: false };
      const what = `${position} ${why}`;
      same = what === last ? same + 1 : 1;
      last = what;
      return { why, before, isWrong: true, isStuck: same >= sameMax };
    },
  };
}

/** Waits double from `first` to `most`; what stays wrong is not asked for more often than once a second. */
export function waitAfter(
  { before, isWrong }: Failure,
  { first, most }: { readonly first: number; readonly most: number },
): number {
  const ms = Math.min(most, first * 2 ** before);
  return isWrong && before > 0 ? Math.max(1000, ms) : ms;
}
