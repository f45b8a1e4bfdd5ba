import type { DeadLetterJson } from "../wire.ts";

/** The reasons there are, the most frequent first, with how many letters each has. */
export function countReasons(letters: readonly DeadLetterJson[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { reason } of letters) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}
