import { equal, deepEqual, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  calendarOf,
  dateOf,
  dayAt,
  dayOf,
  firstTradedFor,
  isSettlementDay,
  isTradingDay,
  momentOf,
  nextSettlementDay,
  previousTradingDay,
  settlementNumber,
  settlementSlot,
  tradeDayAt,
  withHolidays,
} from "../../src/domain/facts/calendar.ts";
import { nseCalendar } from "../../src/domain/facts/nse-calendar.ts";
import { nseNumberExceptions } from "../../src/domain/facts/nse-settlement-numbers.ts";
import { timeMs } from "../../src/domain/facts/units.ts";

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

const nse = { calendar: nseCalendar, numberExceptions: nseNumberExceptions };

/**
 * As NSE Clearing's calendars and circulars have them, by its own word; none of them is computed.
 */
test("settlements have the numbers that NSE Clearing gave them", () => {
  const numbers = `
    2025-09-01 M2025166, 2025-09-04 M2025169, 2025-09-05 M2025170, 2025-09-08 M2025171,
    2025-09-30 M2025187, 2025-09-08 52025666, 2025-10-01 M2025188, 2025-10-21 M2025201,
    2025-10-31 M2025208, 2025-12-01 M2025228, 2025-12-31 M2025249, 2026-01-01 M2026001,
    2026-01-14 M2026010, 2026-01-14 Z2026010, 2026-01-15 M2026011, 2026-01-15 52026511,
    2026-01-16 M2026012, 2026-01-16 52026512, 2026-01-30 M2026021, 2026-02-01 M2026300,
    2026-02-02 M2026022, 2026-02-04 M2026024, 2026-02-05 M2026025, 2026-02-06 M2026026,
    2026-03-02 M2026042, 2026-03-18 M2026053, 2026-03-19 M2026054, 2026-03-20 A2026055,
    2026-03-30 M2026060, 2026-04-01 M2026061, 2026-04-30 M2026080, 2026-06-01 M2026100,
    2026-08-25 M2026160, 2026-08-26 Z2026161, 2026-08-27 M2026162`;
  for (const [, date = "", number = ""] of numbers.matchAll(/(\S{10}) (\w{8})/g))
    equal(settlementNumber(nse, number.slice(0, 1) as "M", dayOf(date)), number, date);
  equal(settlementNumber(nse, "M", dayOf("2027-01-01")), "M2027001");
});

test("T+0 is numbered by its own sessions: none on a holiday of the banks or a Sunday", () => {
  equal(settlementNumber(nse, "5", dayOf("2026-02-18")), "52026534");
  equal(settlementNumber(nse, "5", dayOf("2026-02-20")), "52026535");
  equal(settlementNumber(nse, "M", dayOf("2026-02-20")), "M2026036");
});

test("every exception of the numbers says where it comes from, and is in order", () => {
  const dates = nseNumberExceptions.map(({ date }) => date);
  deepEqual(dates, dates.toSorted());
  for (const { source } of nseNumberExceptions) ok(source.length > 10);
  const unsure = nseNumberExceptions.filter(({ isVerified }) => !isVerified);
  ok(unsure.every(({ date }) => date < "2025" || date === "2026-11-08"));
});

test("2024 and 2025 have the weekday closures that two calendar packages have, and the sessions they lack", () => {
  const closed = (year: number): string[] => {
    const days = [];
    for (let day = dayOf(`${year}-01-01`); day < dayOf(`${year + 1}-01-01`); day += 1)
      if (
        !isTradingDay(nseCalendar, day) &&
        ![0, 6].includes(new Date(day * 86_400_000).getUTCDay())
      )
        days.push(dateOf(day).slice(5));
    return days;
  };
  const of2024 =
    "01-22 01-26 03-08 03-25 03-29 04-11 04-17 05-01 05-20 06-17 07-17 08-15 10-02 11-15 " +
    "11-20 12-25";
  const of2025 = "02-26 03-14 03-31 04-10 04-14 04-18 05-01 08-15 08-27 10-02 10-22 11-05 12-25";
  deepEqual(closed(2024), of2024.split(" "));
  deepEqual(closed(2025), of2025.split(" "));
  for (const session of [
    "2024-01-20",
    "2024-03-02",
    "2024-05-18",
    "2024-11-01",
    "2025-02-01",
    "2025-10-21",
  ]) {
    ok(isTradingDay(nseCalendar, dayOf(session)), session);
    ok(!isSettlementDay(nseCalendar, dayOf(session)), session);
  }
});

test("two settlements of one type fit on a day, one after the other; a third goes to the next", () => {
  const slots = (dates: readonly string[]) =>
    dates.map((date) => {
      const { day, round } = settlementSlot(nseCalendar, dayOf(date));
      return `${date} ${dateOf(day)} ${round}`;
    });
  deepEqual(slots(["2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23"]), [
    "2026-03-17 2026-03-18 0",
    "2026-03-18 2026-03-20 0",
    "2026-03-19 2026-03-20 1",
    "2026-03-20 2026-03-23 0",
    "2026-03-23 2026-03-24 0",
  ]);
  // Two holidays of the banks in a row, as NSE Clearing settled them in September 2025.
  deepEqual(slots(["2025-09-04", "2025-09-05", "2025-09-08", "2025-09-09", "2025-09-10"]), [
    "2025-09-04 2025-09-09 0",
    "2025-09-05 2025-09-09 1",
    "2025-09-08 2025-09-10 0",
    "2025-09-09 2025-09-10 1",
    "2025-09-10 2025-09-11 0",
  ]);
  for (const date of [
    "2026-02-19",
    "2026-02-01",
    "2026-04-01",
    "2026-08-26",
    "2026-11-08",
    "2025-10-21",
  ])
    equal(settlementSlot(nseCalendar, dayOf(date)).round, 1, date);
  equal(dateOf(firstTradedFor(nseCalendar, dayOf("2026-08-27"))), "2026-08-25");
  equal(dateOf(firstTradedFor(nseCalendar, dayOf("2026-08-28"))), "2026-08-27");
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
  const own = { calendar: none, numberExceptions: [] };
  equal(settlementNumber(own, "M", dayOf("2030-12-31")), "M2030261");
  equal(settlementNumber(own, "5", dayOf("2030-12-31")), "52030761");
  equal(dateOf(previousTradingDay(none, dayOf("2030-01-07"))), "2030-01-04");
});

test("property: dates and days are each other's inverse, and a settlement day is after its trade day", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), (day) => {
      equal(dayOf(dateOf(day)), day);
      equal(dayAt(momentOf(day, 0)), day);
      const next = nextSettlementDay(nseCalendar, day);
      ok(next > day && isSettlementDay(nseCalendar, next));
      const slot = settlementSlot(nseCalendar, day);
      ok(
        !isTradingDay(nseCalendar, day) ||
          (slot.day > day && isSettlementDay(nseCalendar, slot.day)),
      );
      const traded = tradeDayAt(nseCalendar, momentOf(day, 600), evening, false);
      ok(traded >= day && isTradingDay(nseCalendar, traded));
    }),
  );
});

test("property: whatever the holidays, settlements go on in order, at most two a day, each after its trade date", () => {
  const from = dayOf("2028-01-03");
  const holidays = fc.array(fc.record({ day: fc.nat({ max: 40 }), isBank: fc.boolean() }), {
    maxLength: 25,
  });
  fc.assert(
    fc.property(holidays, (some) => {
      const dates = (isBank: boolean): string[] =>
        some.filter((each) => each.isBank === isBank).map(({ day }) => dateOf(from + day));
      const own = withHolidays(
        calendarOf([]),
        { exchange: dates(false), bank: dates(true) },
        "test",
      );
      const slots = [];
      for (let day = from; day < from + 60; day += 1)
        if (isTradingDay(own, day)) slots.push({ traded: day, ...settlementSlot(own, day) });
      for (const [index, { traded, day, round }] of slots.entries()) {
        ok(day > traded && isSettlementDay(own, day));
        const before = slots[index - 1];
        if (before === undefined) continue;
        ok(
          day > before.day ? round === 0 : day === before.day && before.round === 0 && round === 1,
        );
        if (round === 0) equal(firstTradedFor(own, day), traded);
      }
      const numbering = { calendar: own, numberExceptions: [] };
      const numbers = slots.map(({ traded }) => settlementNumber(numbering, "M", traded));
      deepEqual(new Set(numbers).size, numbers.length);
    }),
  );
});
