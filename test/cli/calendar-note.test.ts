import { equal } from "node:assert/strict";
import { test } from "node:test";
import { calendarNote } from "../../src/cli/calendar-note.ts";
import { nseClearing } from "../../src/domain/clearing-terms.ts";
import { localTerms } from "../../src/domain/market.ts";

const cycle = { ...localTerms, clearing: nseClearing };

test("a year whose holidays nobody named is said, by the year in India", () => {
  equal(calendarNote(cycle, Date.parse("2026-12-31T23:59:59+05:30")), null);
  equal(
    calendarNote(cycle, Date.parse("2027-01-01T00:00:00+05:30")),
    'no holidays of 2027 are known: Monday to Friday all settle; name them as "holidays" in participants.json',
  );
});

test("a market that settles at once needs no holidays", () => {
  equal(calendarNote(localTerms, Date.parse("2027-01-01T00:00:00+05:30")), null);
});
