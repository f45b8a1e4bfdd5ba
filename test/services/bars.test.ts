import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { localTerms, type MarketTerms } from "../../src/domain/market.ts";
import { findBars } from "../../src/services/records/bars.ts";
import { newMarketRecords, noteStep } from "../../src/services/records/market-records.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { answer, buy, given, negotiate, sell, type Sent } from "../given.ts";

/** The day of SBIN after these, as `date open high low last volume`. */
function dayAfter(sent: readonly Sent[], terms: MarketTerms): string {
  const records = newMarketRecords();
  for (const [index, step] of given(sent, terms).steps.entries())
    noteStep(records, step, placeOf(step, 0, index + 1, index));
  const day = findBars(records.bars, "SBIN")?.day;
  const { date, openPaise, highPaise, lowPaise, lastPaise, quantity } = day ?? {};
  return [date, openPaise, highPaise, lowPaise, lastPaise, quantity].join(" ");
}

function trade(time: string, pricePaise: number): Sent[] {
  const [id, atMs] = [`${time} ${pricePaise}`, at(time)];
  return [
    { command: sell(`s${id}`, 10, pricePaise), atMs },
    { command: buy(`b${id}`, 10, pricePaise), atMs },
  ];
}

test("a symbol's day begins anew with the first trade of a later trade date", () => {
  const monday = [...trade("01 10:00", 100_00), ...trade("01 15:10", 90_00)];
  const evening = trade("01 16:00", 120_00);
  const tuesday = trade("01 21:00", 80_00);
  const inCycle = clearingTerms();
  deepEqual(dayAfter([...monday, ...evening], inCycle), "2026-06-01 10000 12000 9000 12000 30");
  deepEqual(
    dayAfter([...monday, ...evening, ...tuesday], inCycle),
    "2026-06-02 8000 8000 8000 8000 10",
  );
  // The first trade ever in the evening: its settlement opens after it in the same step.
  deepEqual(dayAfter(tuesday, inCycle), "2026-06-02 8000 8000 8000 8000 10");
  // What settles at once has the day in India.
  deepEqual(
    dayAfter([...monday, ...evening, ...tuesday], localTerms),
    "2026-06-01 10000 12000 8000 8000 40",
  );
  deepEqual(
    dayAfter([...monday, ...trade("02 00:00", 80_00)], localTerms),
    "2026-06-02 8000 8000 8000 8000 10",
  );
});

test("the close before a day is what clearing said of the trade date before, else its last price", () => {
  const before = (sent: readonly Sent[], terms: MarketTerms): unknown => {
    const records = newMarketRecords();
    for (const [index, step] of given(sent, terms).steps.entries())
      noteStep(records, step, placeOf(step, 0, index + 1, index));
    return findBars(records.bars, "SBIN")?.day.previousClosePaise;
  };
  const monday = [...trade("01 10:00", 100_00), ...trade("01 15:10", 90_00)];
  const evening = trade("01 16:00", 120_00);
  const inCycle = clearingTerms();
  deepEqual(before(monday, inCycle), null);
  deepEqual(before([...monday, ...evening, ...trade("02 10:00", 80_00)], inCycle), 90_00);
  deepEqual(before([...monday, tick("01 15:30"), ...trade("02 10:00", 80_00)], inCycle), 90_00);
  deepEqual(before([...monday, ...evening, ...trade("02 10:00", 80_00)], localTerms), 120_00);
});

test("a negotiated trade is in no bar and in no day", () => {
  const book = trade("01 10:00", 400_00);
  const negotiated = [
    { command: negotiate("n", 1_000, 900_00), atMs: at("01 11:00") },
    { command: answer("CONFIRM", "n"), atMs: at("01 11:01") },
  ];
  for (const terms of [localTerms, clearingTerms()])
    deepEqual(dayAfter([...book, ...negotiated], terms), "2026-06-01 40000 40000 40000 40000 10");
});
