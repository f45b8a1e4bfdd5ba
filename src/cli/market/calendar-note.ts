import {
  dateOf,
  dayAt,
  isTradingDay,
  knowsYear,
  type Calendar,
  type Day,
} from "../../domain/facts/calendar.ts";
import type { MarketTerms } from "../../domain/market.ts";
import { timeMs } from "../../domain/facts/units.ts";

/**
 * What to tell who runs a market that settles on days: that the holidays of the year are not known
 * here. Null where they are, and where every trade settles at once.
 */
export function calendarNote({ clearing }: MarketTerms, nowMs: number): string | null {
  if (clearing === null) return null;
  const day = dayAt(timeMs(nowMs));
  return knowsYear(clearing.calendar, day) ? null : unknownYear(day, "participants.json");
}

/** The same of a scenario's days: a note for each year that nobody named holidays of. */
export function scenarioNotes({ clearing }: MarketTerms, days: readonly Day[]): string[] {
  if (clearing === null) return [];
  const unknown = days.filter((day) => !knowsYear(clearing.calendar, day));
  return [...new Set(unknown.map((day) => unknownYear(day, "the scenario's market")))];
}

/**
 * What to tell who asks what a trade of a day costs: that nobody can have traded then, or may
 * not have.
 */
export function tradedNote(calendar: Calendar, day: Day): string | null {
  if (!knowsYear(calendar, day))
    return `no holidays of ${yearOf(day)} are known: whether ${dateOf(day)} is a trading day is not checked`;
  if (isTradingDay(calendar, day)) return null;
  const name = calendar.get(day)?.name ?? "a weekend";
  return `${dateOf(day)} is no trading day (${name}): these are the rates of that day all the same`;
}

function unknownYear(day: Day, where: string): string {
  return `no holidays of ${yearOf(day)} are known: Monday to Friday all settle; name them as "holidays" in ${where}`;
}

function yearOf(day: Day): string {
  return dateOf(day).slice(0, 4);
}
