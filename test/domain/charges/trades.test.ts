import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
  type AccountDays,
} from "../../../src/domain/charges/trades.ts";
import { nseClearing } from "../../../src/domain/facts/nse-clearing.ts";
import type { Step } from "../../../src/domain/facts/event.ts";
import { localTerms, type MarketTerms } from "../../../src/domain/market.ts";
import { answer, buy, given, negotiate, sell, type Sent } from "../../given.ts";

/** A moment of June 2026 in India. */
function at(time: string): number {
  const [day = "", clock = ""] = time.split(" ");
  return Date.parse(`2026-06-${day}T${clock}:00+05:30`);
}

function daysOf(steps: readonly Step[], wants: AccountDays["wants"] = () => true) {
  const days = newAccountDays(wants);
  for (const step of steps) noteAccountDays(days, step);
  return listAccountDays(days);
}

/** `HDFC/C1 2026-06-01: BUY 100 at 98500 netted in M2026100`, one line for each trade. */
function lines(steps: readonly Step[]): string[] {
  return daysOf(steps).flatMap(({ member, client, date, trades }) =>
    trades.map(({ side, quantity, pricePaise, settledAs, settlement }) => {
      const account = client === null ? member : `${member}/${client}`;
      const how = settlement === null ? settledAs : `${settledAs} in ${settlement.number}`;
      return `${account} ${date}: ${side} ${quantity} at ${pricePaise} ${how}`;
    }),
  );
}

const cycle = (over = {}): MarketTerms => ({
  ...localTerms,
  clearing: { ...nseClearing, ...over },
});

function traded(time: string, client: string | null = null): readonly Sent[] {
  return [
    { command: sell(`s ${time}`, 100, 98_500), atMs: at(time) },
    { command: buy(`b ${time}`, 100, 98_500, { client }), atMs: at(time) + 1 },
  ];
}

test("a trade settled at once is of its own day in India, and delivered by itself", () => {
  // 18:29 and 18:31 in UTC.
  const { steps } = given([...traded("01 23:59", "C1"), ...traded("02 00:01", "C1")]);
  deepEqual(lines(steps), [
    "HDFC/C1 2026-06-01: BUY 100 at 98500 delivery",
    "HDFC/C1 2026-06-02: BUY 100 at 98500 delivery",
    "SELLER 2026-06-01: SELL 100 at 98500 delivery",
    "SELLER 2026-06-02: SELL 100 at 98500 delivery",
  ]);
});

test("a trade in a cycle is of its settlement's trade date, and netted", () => {
  // After Monday's obligations it is Tuesday's, as is a trade of Tuesday itself.
  const { steps } = given([...traded("01 22:00"), ...traded("02 10:00")], cycle());
  deepEqual(lines(steps), [
    "HDFC 2026-06-02: BUY 100 at 98500 netted in M2026101",
    "HDFC 2026-06-02: BUY 100 at 98500 netted in M2026101",
    "SELLER 2026-06-02: SELL 100 at 98500 netted in M2026101",
    "SELLER 2026-06-02: SELL 100 at 98500 netted in M2026101",
  ]);
});

test("series BE settles trade for trade, T+0 is netted", () => {
  const symbols = new Map([["SBIN", { settlement: "T+1" as const, series: "BE" }]]);
  deepEqual(
    lines(given(traded("01 10:00"), cycle({ symbols })).steps)[0]?.split(": ")[1],
    "BUY 100 at 98500 delivery in Z2026100",
  );
  const sameDay = given(traded("01 10:00"), cycle({ settlement: "T+0" }));
  deepEqual(lines(sameDay.steps)[0]?.split(": ")[1], "BUY 100 at 98500 netted in 52026597");
});

test("each side has its own order and moments; a counterparty of a negotiated trade had no order", () => {
  const { steps } = given([
    { command: negotiate("n", 100, 98_500), atMs: at("01 10:00") },
    { command: answer("CONFIRM"), atMs: at("01 10:05") },
  ]);
  const sides = daysOf(steps).map(({ member, trades: [trade] }) => ({
    member,
    orderId: trade?.orderId,
    orderedAtMs: trade?.orderedAtMs,
    tradedAtMs: trade?.tradedAtMs,
    isin: trade?.isin,
  }));
  const both = { tradedAtMs: at("01 10:05"), isin: "INE062A01020" };
  deepEqual(sides, [
    { member: "COUNTERPARTY", orderId: null, orderedAtMs: null, ...both },
    { member: "HDFC", orderId: "O-0-0", orderedAtMs: at("01 10:00"), ...both },
  ]);
});

test("an account that trades with itself has both sides", () => {
  const own = { participant: "HDFC", client: "C1" };
  const { steps } = given([sell("s", 5, 98_500, own), buy("b", 5, 98_500, own)]);
  const [day, ...none] = daysOf(steps);
  deepEqual(
    day?.trades.map(({ side }) => side),
    ["BUY", "SELL"],
  );
  equal(none.length, 0);
});

test("only the accounts that are wanted are kept", () => {
  const { steps } = given([...traded("01 10:00", "C1"), ...traded("01 11:00", "C2")]);
  const days = daysOf(steps, ({ client }) => client === "C2");
  deepEqual(
    days.map(({ member, client, trades }) => [member, client, trades.length]),
    [["HDFC", "C2", 1]],
  );
});

test("trades of several shards come together in the order in which they happened", () => {
  const one = given([...traded("01 10:00"), ...traded("01 12:00")]);
  const other = given(traded("01 11:00"));
  const [day] = daysOf([...one.steps, ...other.steps]);
  deepEqual(
    day?.trades.map(({ tradedAtMs }) => tradedAtMs - at("01 00:00") - 1),
    [10, 11, 12].map((hour) => hour * 3_600_000),
  );
});
