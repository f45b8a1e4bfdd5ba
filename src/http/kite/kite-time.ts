import { kolkataTime } from "../../protocol/moment.ts";

/** India's offset from UTC, all year. */
const indiaOffsetMs = 330 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;
/** Kite ends every session at six in the morning, India's time. Source: Kite Connect v3, "User". */
const sessionsEndAtMs = 6 * 60 * 60 * 1000;

/** A moment as Kite writes it, in India's time: `2026-01-05 10:15:00`. */
export function kiteTime(atMs: number): string {
  return kolkataTime(atMs).slice(0, 19).replace("T", " ");
}

/** A candle's moment as Kite writes it: `2026-01-05T10:15:00+0530`. */
export function candleTime(atMs: number): string {
  return `${kolkataTime(atMs).slice(0, 19)}+0530`;
}

/**
 * Reads `2026-01-05 10:15:00` or `2026-01-05`, India's time, as ms since 1970; null for
 * anything else.
 */
export function readKiteTime(text: string): number | null {
  const [, date = "", time = "00:00:00"] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}))?$/.exec(text) ?? [];
  const atMs = Date.parse(`${date}T${time}+05:30`);
  // 31 February is the 3rd of March to Date.parse: only a moment that reads back the same is one.
  if (Number.isNaN(atMs) || kiteTime(atMs) !== `${date} ${time}`) return null;
  return atMs;
}

/** The start of the span that a moment is in, counted from midnight in India. */
export function spanStart(atMs: number, lengthMs: number): number {
  return atMs - ((atMs + indiaOffsetMs) % lengthMs);
}

/** When a session that begins now ends: the next six in the morning in India. */
export function sessionEndMs(nowMs: number): number {
  const today = spanStart(nowMs, dayMs) + sessionsEndAtMs;
  return nowMs < today ? today : today + dayMs;
}
