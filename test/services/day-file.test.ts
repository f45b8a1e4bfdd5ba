import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { localTerms, type MarketTerms } from "../../src/domain/market.ts";
import { newDayFile, noteDay, securityDays } from "../../src/services/day-file.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { answer, buy, given, negotiate, sell, type Sent } from "../given.ts";

/** The day of each security as `symbol open high low last close previous volume trades`. */
function dayFile(sent: readonly Sent[], terms: MarketTerms, date: string): string[] {
  const file = newDayFile(date);
  for (const step of given(sent, terms).steps) noteDay(file, step);
  return securityDays(file).map(({ instrument, ...day }) =>
    [
      instrument.symbol,
      day.openPaise,
      day.highPaise,
      day.lowPaise,
      day.lastPaise,
      day.closePaise,
      day.previousClosePaise,
      day.shares,
      day.trades,
    ].join(" "),
  );
}

function trade(time: string, pricePaise: number, symbol = "SBIN"): Sent[] {
  const [id, atMs] = [`${time} ${pricePaise} ${symbol}`, at(time)];
  return [
    { command: sell(`s${id}`, 10, pricePaise, { symbol }), atMs },
    { command: buy(`b${id}`, 10, pricePaise, { symbol }), atMs },
  ];
}

const negotiated: Sent[] = [
  { command: negotiate("n", 1_000, 900_00), atMs: at("01 11:00") },
  { command: answer("CONFIRM", "n"), atMs: at("01 11:01") },
];

test("a negotiated trade is in no price and no volume of the day file", () => {
  const sent = [...trade("01 10:00", 400_00), ...negotiated];
  const row = "40000 40000 40000 40000";
  deepEqual(dayFile(sent, localTerms, "2026-06-01"), [`SBIN ${row} 40000 98500 10 1`]);
  deepEqual(dayFile(sent, clearingTerms(), "2026-06-01"), [`SBIN ${row}  98500 10 1`]);
  deepEqual(dayFile(negotiated, localTerms, "2026-06-01"), []);
});

test("a trade is in the file of its trade date, with the closes that clearing said", () => {
  const sent = [
    ...trade("01 10:00", 900_00),
    ...trade("01 15:10", 990_00),
    tick("01 15:30"),
    ...trade("01 16:00", 1_000_00),
    ...trade("01 16:01", 50_00, "TCS"),
    ...trade("01 21:00", 1_010_00),
    ...trade("02 10:00", 1_020_00),
    tick("02 15:30"),
  ];
  deepEqual(dayFile(sent, clearingTerms(), "2026-06-01"), [
    "SBIN 90000 100000 90000 100000 99000 98500 30 3",
    "TCS 5000 5000 5000 5000 5000 313500 10 1",
  ]);
  deepEqual(dayFile(sent, clearingTerms(), "2026-06-02"), [
    "SBIN 101000 102000 101000 102000 102000 99000 20 2",
  ]);
  // Where trades settle at once a trade has the day in India, and the last price is the close.
  deepEqual(dayFile(sent, localTerms, "2026-06-02"), [
    "SBIN 102000 102000 102000 102000 102000 101000 10 1",
  ]);
  deepEqual(dayFile(sent, clearingTerms(), "2026-06-03"), []);
});
