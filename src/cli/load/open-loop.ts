import { realClock } from "../../services/clock.ts";

/** How much is sent, and how fast. */
type Schedule = { readonly perSecond: number; readonly count: number };

/** So many are sent before everybody else gets a turn: after a stall many are due at once. */
const burstMax = 500;

/**
 * Calls `send` for each number from 0 on when it is due, by a timetable that nothing moves: what is
 * late is sent at once and counts from when it was due, so that a stall shows as latency and never
 * as fewer sends (no coordinated omission). `send` must not wait. All times are of
 * `performance.now()`, which no change of the date moves. Returns how many were sent: all, unless
 * the signal ended it.
 */
export async function keepSchedule(
  { perSecond, count }: Schedule,
  send: (index: number, dueMs: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const beganMs = performance.now();
  const dueMs = (index: number): number => beganMs + (index * 1000) / perSecond;
  let next = 0;
  while (next < count && !signal.aborted) {
    const nowMs = performance.now();
    for (let burst = 0; burst < burstMax && next < count && dueMs(next) <= nowMs; burst += 1) {
      send(next, dueMs(next));
      next += 1;
    }
    const waitMs = next < count ? dueMs(next) - performance.now() : 0;
    // A timer is true to a millisecond: to turn in circles for less would cost a core.
    await realClock.sleep(waitMs <= 0 ? 0 : Math.max(1, Math.floor(waitMs)), signal);
  }
  return next;
}
