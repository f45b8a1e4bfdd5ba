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

/** Only days that a calendar has. */
const dayText = String.raw`((\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|(02)-(0[1-9]|1\d|2[0-8])))`;
const hourText = String.raw`([01]\d|2[0-3]):[0-5]\d`;

/** A day of the calendar, `2026-11-30`, and nothing beside it. */
export const dayPattern: RegExp = new RegExp(`^${dayText}$`);

/** What a person may call a moment: a time with its zone, or a day, which is India's. */
export const momentPattern: RegExp = new RegExp(
  String.raw`^${dayText}(T${hourText}(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]${hourText}))?$`,
);

/** The moment in ms since 1970; of a day when it begins in India, or the next. NaN: it is none. */
export function momentMs(text: string, dayPart: "begin" | "end" = "begin"): number {
  if (!momentPattern.test(text)) return Number.NaN;
  if (!dayPattern.test(text)) return Date.parse(text);
  const beginMs = Date.parse(`${text}T00:00:00Z`) - kolkataOffsetMs;
  return dayPart === "begin" ? beginMs : beginMs + dayMs;
}

const dayMs = 24 * 60 * 60 * 1000;

/** A step's messages all bear its time, and a batch's steps often the same one. */
function remembered(textOf: (atMs: number) => string): (atMs: number) => string {
  let last = { atMs: NaN, text: "" };
  return (atMs) => {
    if (atMs !== last.atMs) last = { atMs, text: textOf(atMs) };
    return last.text;
  };
}
