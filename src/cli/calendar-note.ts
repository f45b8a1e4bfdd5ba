import { dateOf, dayAt, knowsYear } from "../domain/calendar.ts";
import type { MarketTerms } from "../domain/market.ts";
import { timeMs } from "../domain/units.ts";

/**
 * What to tell who runs a market that settles on days: that the holidays of the year are not known here. Null
 * where they are, and where every trade settles at once.
 */
export function calendarNote({ clearing }: MarketTerms, nowMs: number): string | null {
  if (clearing === null) return null;
  const day = dayAt(timeMs(nowMs));
  if (knowsYear(clearing.calendar, day)) return null;
  const year = dateOf(day).slice(0, 4);
  return `no holidays of ${year} are known: Monday to Friday all settle; name them as "holidays" in participants.json`;
}
