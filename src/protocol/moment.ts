/** India has kept +05:30 since 1945 and has no summer time, so no time zone table is needed. */
const kolkataOffsetMs = (5 * 60 + 30) * 60 * 1000;

/** A moment in UTC with Z, as on our own topics: `2026-01-05T04:45:00.123Z`. */
export const utcTime: (atMs: number) => string = remembered((atMs) => new Date(atMs).toISOString());

/** The last moment that has a date. */
export const lastDateMs = 8.64e15;

/** A moment that a stranger's record bears, in UTC: Kafka takes any number, a calendar does not. */
export function strangersTime(atMs: number): string {
  return utcTime(dateMs(atMs));
}

/** The same as a number: the nearest one that has a date. */
export function dateMs(atMs: number): number {
  return Math.min(lastDateMs, Math.max(0, atMs));
}

/**
 * A moment as the seeds write it: India's local time, no zone, six digits:
 * `2026-01-05T10:15:00.123000`.
 */
export const kolkataTime: (atMs: number) => string = remembered(
  (atMs) => `${new Date(atMs + kolkataOffsetMs).toISOString().slice(0, -1)}000`,
);

/** A step's messages all bear its time, and a batch's steps often the same one. */
function remembered(textOf: (atMs: number) => string): (atMs: number) => string {
  let last = { atMs: NaN, text: "" };
  return (atMs) => {
    if (atMs !== last.atMs) last = { atMs, text: textOf(atMs) };
    return last.text;
  };
}
