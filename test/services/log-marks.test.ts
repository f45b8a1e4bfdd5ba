import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { newLogMarks, noteMarks, type LogMarks } from "../../src/services/records/log-marks.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, play, sell, type Sent } from "../given.ts";

const kept = { dates: 1_000, closes: 1_000 };

function trade(time: string, symbol = "SBIN"): Sent[] {
  const over = { symbol, symbolAsSent: symbol };
  return [
    { command: sell(`s${time}${symbol}`, 1, 100_000, over), atMs: at(time) },
    { command: buy(`b${time}${symbol}`, 1, 100_000, over), atMs: at(time) },
  ];
}

/** The marks of a log in which each step is a record. */
function marksOf(sent: readonly Sent[], keptMax = kept): LogMarks {
  const marks = newLogMarks(keptMax);
  for (const [offset, step] of play(sent, clearingTerms()).steps.entries())
    noteMarks(marks, step, placeOf(step, 0, offset + 1, offset));
  return marks;
}

test("a trade date's passages hold its trades and its closes, and leave out what is far between", () => {
  const resting = Array.from({ length: 600 }, (_, each) => ({
    command: sell(`r${each}`, 1, 110_000),
    atMs: at("01 11:00") + each,
  }));
  const sent = [...trade("01 10:00"), ...resting, ...trade("01 12:00"), tick("01 15:30")];
  const own = marksOf(sent).shards.get(0);
  const passages = own?.dates.get("2026-06-01")?.passages ?? [];
  deepEqual(
    passages.map(({ from, end }) => [from, end]),
    [
      [1, 2],
      [603, 605], // the trade, and the close said after it
    ],
  );
});

test("settlements, closes and dates let go of what is over, oldest first, and say so", () => {
  const days = ["01", "02", "03", "04", "05"];
  const sent = days.flatMap((day) => [
    ...trade(`${day} 10:00`),
    ...trade(`${day} 10:01`, "TCS"),
    ...["08:30", "10:30", "11:00", "13:30"].map((time) => tick(`${day} ${time}`)),
    ...["15:30", "21:00"].map((time) => tick(`${day} ${time}`)),
  ]);
  const sorted = sent.toSorted((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0));
  const all = marksOf(sorted);
  deepEqual([all.shards.get(0)?.dates.size, all.forgottenTo], [5, null]);
  for (const few of [
    { dates: 3, closes: 1_000 },
    { dates: 1_000, closes: 5 },
  ]) {
    const marks = marksOf(sorted, few);
    const own = marks.shards.get(0);
    deepEqual(marks.forgottenTo, "2026-06-02");
    deepEqual([...(own?.dates.keys() ?? [])], ["2026-06-03", "2026-06-04", "2026-06-05"]);
    ok([...(own?.settlements.values() ?? [])].every(({ tradeDate }) => tradeDate > "2026-06-01"));
    deepEqual(marks.tradedOn.get("HDFC")?.length, 5);
  }
});
