import { equal, deepEqual, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  calendarOf,
  dateOf,
  dayAt,
  dayOf,
  isSettlementDay,
  isTradingDay,
  momentOf,
  nextSettlementDay,
  previousTradingDay,
  settlementNumber,
  tradeDayAt,
} from "../../src/domain/calendar.ts";
import { nseCalendar } from "../../src/domain/nse-calendar.ts";
import { timeMs } from "../../src/domain/units.ts";

/** 21:00. */
const evening = 21 * 60;

function at(utc: string) {
  return timeMs(Date.parse(utc));
}

test("a day in India begins at 18:30 UTC of the day before", () => {
  equal(dateOf(dayAt(at("2026-05-31T18:29:59.999Z"))), "2026-05-31");
  equal(dateOf(dayAt(at("2026-05-31T18:30:00Z"))), "2026-06-01");
  equal(momentOf(dayOf("2026-06-01"), evening), Date.parse("2026-06-01T21:00:00+05:30"));
});

test("a text that is no date breaks", () => {
  for (const text of ["2026-02-30", "2026-6-1", "", "today"])
    throws(() => dayOf(text), /broken invariant: .*is not a date/);
});

test("a settlement number counts the trading days of its year, as NSE Clearing does", () => {
  const numbers = [
    ["2026-01-01", "M2026001"],
    ["2026-02-05", "M2026025"],
    ["2026-02-06", "M2026026"],
    ["2026-06-01", "M2026100"],
    ["2027-01-01", "M2027001"],
  ];
  for (const [date = "", number] of numbers)
    equal(settlementNumber(nseCalendar, "M", dayOf(date)), number);
  equal(dateOf(nextSettlementDay(nseCalendar, dayOf("2026-06-01"))), "2026-06-02");
});

test("a bank holiday trades and does not settle, so two settlements fall on one day", () => {
  const days = ["2026-03-18", "2026-03-19"].map(dayOf);
  deepEqual(
    days.map((day) => isTradingDay(nseCalendar, day)),
    [true, true],
  );
  deepEqual(
    days.map((day) => dateOf(nextSettlementDay(nseCalendar, day))),
    ["2026-03-20", "2026-03-20"],
  );
});

test("a Sunday session trades and does not settle: Friday's and Sunday's trades settle on Monday", () => {
  const sunday = dayOf("2026-02-01");
  ok(isTradingDay(nseCalendar, sunday));
  ok(!isSettlementDay(nseCalendar, sunday));
  for (const date of ["2026-01-30", "2026-02-01"])
    equal(dateOf(nextSettlementDay(nseCalendar, dayOf(date))), "2026-02-02");
});

test("a trade after the day's obligations belongs to the next trading day", () => {
  const dateAt = (utc: string, isSameDay = false): string =>
    dateOf(tradeDayAt(nseCalendar, at(utc), evening, isSameDay));
  equal(dateAt("2026-06-01T20:59:59.999+05:30"), "2026-06-01");
  equal(dateAt("2026-06-01T21:00:00+05:30"), "2026-06-02");
  equal(dateAt("2026-06-05T21:00:00+05:30"), "2026-06-08");
  equal(dateAt("2026-06-06T10:00:00+05:30"), "2026-06-08");
  equal(dateAt("2026-05-28T10:00:00+05:30"), "2026-05-29");
});

test("T+0 is not traded on a day that does not settle", () => {
  const noon = at("2026-03-19T12:00:00+05:30");
  equal(dateOf(tradeDayAt(nseCalendar, noon, 13 * 60 + 30, false)), "2026-03-19");
  equal(dateOf(tradeDayAt(nseCalendar, noon, 13 * 60 + 30, true)), "2026-03-20");
});

test("a year without a table has weekends only", () => {
  const none = calendarOf([]);
  equal(settlementNumber(none, "5", dayOf("2030-12-31")), "52030261");
  equal(dateOf(previousTradingDay(none, dayOf("2030-01-07"))), "2030-01-04");
});

test("property: dates and days are each other's inverse, and a settlement day is after its trade day", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), (day) => {
      equal(dayOf(dateOf(day)), day);
      equal(dayAt(momentOf(day, 0)), day);
      const next = nextSettlementDay(nseCalendar, day);
      ok(next > day && isSettlementDay(nseCalendar, next));
      const traded = tradeDayAt(nseCalendar, momentOf(day, 600), evening, false);
      ok(traded >= day && isTradingDay(nseCalendar, traded));
    }),
  );
});
