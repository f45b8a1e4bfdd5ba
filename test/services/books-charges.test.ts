import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { chargesOfDay } from "../../src/domain/charges/day.ts";
import { chargeJournals } from "../../src/domain/charges/journal.ts";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
} from "../../src/domain/charges/trades.ts";
import { dateOf, dayAt } from "../../src/domain/facts/calendar.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { keepBooks } from "../../src/services/books/books-life.ts";
import type { BooksState } from "../../src/services/books/books-store.ts";
import { realClock } from "../../src/services/clock.ts";
import { at, clearingTerms, tick } from "../clearing-given.ts";
import { buy, play, sell } from "../given.ts";
import { clusterOf, logEnd, logOf } from "../postgres/market-log.ts";
import { NaiveBooks } from "./naive-books.ts";

const forEver = new AbortController().signal;
const network = { clock: realClock, random: new Random(1), isStormy: () => false };

/** Trades of a week: in hours and after them, of members and clients, netted or settled at once. */
function week(seed: number): readonly Step[] {
  const random = new Random(seed);
  const days = ["01", "02", "03", "04", "05", "08"];
  const commands = days.flatMap((day) =>
    ["10:00", "11:30", "15:00", "16:10", "22:30"].flatMap((time, slot) => {
      const name = `${day}-${slot}`;
      const client = random.pick([null, "C1", "C2"]);
      const symbol = random.pick(["SBIN", "TCS"]);
      const over = { symbol, symbolAsSent: symbol, client };
      const quantity = random.between(1, 50);
      const price = symbol === "SBIN" ? 98_500 : 300_000;
      if (random.chance(0.3)) return [tick(`${day} ${time}`)];
      return [
        { command: sell(`s-${name}`, quantity, price, over), atMs: at(`${day} ${time}`) },
        { command: buy(`b-${name}`, quantity, price, over), atMs: at(`${day} ${time}`) + 1 },
      ];
    }),
  );
  return play(commands, seed % 2 === 0 ? localTerms : clearingTerms()).steps;
}

/** What each account's days cost, by all steps at once. */
function expectedJournals(steps: readonly Step[]): string[] {
  const days = newAccountDays(() => true);
  for (const step of steps) noteAccountDays(days, step);
  const last = dateOf(dayAt(timeMs(steps.at(-1)?.at ?? 0)));
  return listAccountDays(days)
    .filter(({ date }) => date < last)
    .flatMap(({ trades, ...owner }) => {
      const charges = chargesOfDay({ date: owner.date, trades, plan: "zero", gst: "sgst" });
      if ("reason" in charges) throw new Error(charges.text);
      return chargeJournals(owner, charges).map(({ journalId, postings }) =>
        JSON.stringify([journalId, postings]),
      );
    })
    .toSorted();
}

type Line = readonly [number, number, string, object];

/** The charge journals that the books hold, whole, in the same form. */
function postedJournals(books: NaiveBooks): { journals: string[]; places: Map<string, number> } {
  const lines = books.shard(0).lines.map((line) => JSON.parse(line) as Line);
  const own = lines.filter(([, , id]) => /^(CHARGES|DEMAT)-/.test(id));
  const byPlace = Map.groupBy(own, ([seq, index, id]) => `${seq} ${index} ${id}`);
  const journals = [...byPlace.values()].map((each) =>
    JSON.stringify([each[0]?.[2], each.map(([, , , posting]) => posting)]),
  );
  return {
    journals: journals.toSorted(),
    places: new Map(own.map(([seq, , id]) => [id, seq])),
  };
}

async function keep(
  books: NaiveBooks,
  records: ReturnType<typeof logOf>,
  ends: number[],
): Promise<void> {
  const cluster = clusterOf(records, 2);
  const log = openMemoryLog(cluster, "books");
  for (const endOffset of [...ends, logEnd(cluster)])
    await keepBooks(
      { log, store: books.over(network), shard: 0 },
      { isOurs: () => true, endOffset, onUncharged: (why) => ok(false, why) },
      forEver,
    );
}

test("every account's day is charged once, at the first step of a later date, however often the books end", async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = new Random(seed);
    const steps = week(seed);
    const records = logOf(random, steps);
    const ends = Array.from({ length: seed }, () => random.between(1, records.length)).toSorted(
      (one, other) => one - other,
    );
    const books = new NaiveBooks();
    await keep(books, records, ends);
    const { journals, places } = postedJournals(books);
    const expected = expectedJournals(steps);
    deepEqual(journals, expected, `seed ${seed}`);
    ok(expected.length > 5, `${expected.length} journals prove little`);
    for (const [id, seq] of places) {
      const date = /\d{4}-\d\d-\d\d/.exec(id)?.[0] ?? "";
      const first = steps.findIndex((step) => dateOf(dayAt(step.at)) > date) + 1;
      equal(seq, first, `${id} is posted by step ${first}`);
    }
  }
});

test("the place that is stored is the same, however often the books end", async () => {
  const steps = week(3);
  const records = logOf(new Random(3), steps);
  const states: (BooksState | null)[] = [];
  for (const ends of [[], [4, 9, 11], [1, 2, 3, 12]]) {
    const books = new NaiveBooks();
    await keep(books, records, ends);
    states.push(books.shard(0).state);
  }
  deepEqual(states[1], states[0]);
  deepEqual(states[2], states[0]);
  ok(states[0]?.charges?.from !== undefined);
});
