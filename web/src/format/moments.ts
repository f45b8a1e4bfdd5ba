/** India is 5 h 30 min ahead of UTC, all year. */
const istMs = 19_800_000;

/** The time of day in India, to the millisecond: 15:29:59.123. */
export function formatTime(moment: string | number): string {
  return shifted(moment).slice(11, 23);
}

/** The time of day in India, to the second. */
export function formatClock(moment: string | number): string {
  return shifted(moment).slice(11, 19);
}

/** Date and time in India: 2026-01-05 15:29:59. */
export function formatDateTime(moment: string | number): string {
  return shifted(moment).slice(0, 19).replace("T", " ");
}

function shifted(moment: string | number): string {
  const ms = typeof moment === "number" ? moment : Date.parse(moment);
  return Number.isFinite(ms) ? new Date(ms + istMs).toISOString() : "";
}

/** Seconds since 1970 as if India were UTC: charts label their axis in UTC. */
export function chartSeconds(startMs: number): number {
  return Math.floor((startMs + istMs) / 1000);
}

/** How long something took: 0.4 ms, 12 ms, 1.25 s, 3 min 20 s. */
export function formatSpan(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${Number((ms / 1_000).toFixed(2))} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Whole seconds left, as a countdown shows them: 0:09, 12:00, 23:55:05; never below 0:00. */
export function formatCountdown(ms: number): string {
  const all = Math.max(0, Math.ceil(ms / 1_000));
  const [hours, minutes] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60];
  const seconds = String(all % 60).padStart(2, "0");
  return hours === 0
    ? `${minutes}:${seconds}`
    : `${hours}:${String(minutes).padStart(2, "0")}:${seconds}`;
}

/** A rate: 0, 0.4, 12, 1,234. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en-IN");
}
