import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { calendarNote, scenarioNotes, tradedNote } from "../../src/cli/market/calendar-note.ts";
import { dayOf, withHolidays } from "../../src/domain/facts/calendar.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { localTerms } from "../../src/domain/market.ts";

const cycle = { ...localTerms, clearing: nseClearing };

test("a year whose holidays nobody named is said, by the year in India", () => {
  equal(calendarNote(cycle, Date.parse("2026-12-31T23:59:59+05:30")), null);
  equal(
    calendarNote(cycle, Date.parse("2027-01-01T00:00:00+05:30")),
    "no holidays of 2027 are known: Monday to Friday all settle; " +
      'name them as "holidays" in participants.json',
  );
});

test("a market that settles at once needs no holidays", () => {
  equal(calendarNote(localTerms, Date.parse("2027-01-01T00:00:00+05:30")), null);
});

test("a scenario says each year of its days that nobody named holidays of, once", () => {
  const days = ["2023-12-29", "2024-01-01", "2027-01-04", "2027-01-05"].map(dayOf);
  const note = (year: number): string =>
    `no holidays of ${year} are known: Monday to Friday all settle; ` +
    `name them as "holidays" in the scenario's market`;
  deepEqual(scenarioNotes(cycle, days), [note(2023), note(2027)]);
  deepEqual(scenarioNotes(localTerms, days), []);
  const own = withHolidays(
    nseClearing.calendar,
    { exchange: ["2027-01-26"], bank: [] },
    "the file",
  );
  const named = { ...localTerms, clearing: { ...nseClearing, calendar: own } };
  deepEqual(scenarioNotes(named, days), [note(2023)]);
});

test("charges of a day that has no trading, or may have none, say so", () => {
  const noteOn = (date: string): string | null => tradedNote(nseClearing.calendar, dayOf(date));
  equal(noteOn("2026-11-30"), null);
  equal(noteOn("2024-11-01"), null); // Muhurat
  equal(noteOn("2025-02-01"), null); // a Saturday with a session
  const all = "these are the rates of that day all the same";
  equal(noteOn("2024-08-15"), `2024-08-15 is no trading day (Independence Day): ${all}`);
  equal(noteOn("2026-11-29"), `2026-11-29 is no trading day (a weekend): ${all}`);
  equal(
    noteOn("2022-03-01"),
    "no holidays of 2022 are known: whether 2022-03-01 is a trading day is not checked",
  );
});
