import { test } from "node:test";
import type { Command } from "../../src/domain/facts/command.ts";
import { buy, cancel, given, modify, negotiate, sell } from "../given.ts";

test("R14: the same id with the same content is a repeat of the first step, also where that refused", () => {
  const start = given([buy("b", 1, 98_500), buy("z", 0, 98_500), modify("m", "b")]);
  start.when(buy("b", 1, 98_500, { symbolAsSent: "SBIN" })).emits(["REPEATED b of 1"]);
  start.when(buy("z", 0, 98_500)).emits(["REPEATED z of 2"]);
  start.when(modify("m", "b")).emits(["REPEATED m of 3"]);
  start.when(cancel("c", "b")).emitsOf(["CANCELED"], ["CANCELED O-0-0 by c filled 0"]);
  start.when(cancel("c", "b")).emits(["REPEATED c of 7"]);
  start.when(cancel("c", "O-0-0")).emits(["REPEATED c of 7"]);
  start.when(buy("b", 1, 98_500)).emits(["REPEATED b of 1"]);
});

test("a cancel refused for an unknown order stays a repeat when that order comes", () => {
  const start = given([cancel("c", "later"), buy("later", 1, 500)]);
  start.when(cancel("c", "later")).emits(["REPEATED c of 1"]);
});

const others: readonly [string, () => Command][] = [
  ["quantity", () => buy("b", 2, 98_500)],
  ["price", () => buy("b", 1, 98_505)],
  ["side", () => sell("b", 1, 98_500, { participant: "HDFC" })],
  ["symbol", () => buy("b", 1, 98_500, { symbol: "TCS", symbolAsSent: "TCS" })],
  ["client", () => buy("b", 1, 98_500, { client: "x" })],
  ["counterparty", () => negotiate("b", 1, 98_500)],
  [
    "a number that fits no unit",
    () => buy("b", 1, null, { unfit: { field: "price", reason: "PRICE_DECIMALS", text: "1.005" } }),
  ],
];

for (const [what, other] of others)
  test(`R14: the same id with other content is refused, and the first stays: ${what}`, () => {
    const start = given([buy("b", 1, 98_500)]);
    start.when(other()).emits(["REJECTED O-0-1 b DUPLICATE_ID"]);
    start.when(buy("b", 1, 98_500)).emits(["REPEATED b of 1"]);
  });

test("a number that fits no unit is content too", () => {
  const unfit = (text: string) =>
    buy("u", 1, null, { unfit: { field: "price", reason: "PRICE_DECIMALS", text } });
  const start = given([unfit("1.005")]);
  start.when(unfit("1.005")).emits(["REPEATED u of 1"]);
  start.when(unfit("1.006")).emits(["REJECTED O-0-2 u DUPLICATE_ID"]);
});

test("R14: orders, cancels and answers of a participant share one table; participants do not", () => {
  const start = given([buy("b", 1, 98_500), cancel("c", "b")]);
  start.when(buy("c", 1, 98_500)).emits(["REJECTED O-0-2 c DUPLICATE_ID"]);
  start.when(cancel("b", "b")).emits(["REFUSED Cancel b DUPLICATE_ID"]);
  start.when(sell("b", 1, 98_600)).emitsOf(["ACCEPTED"], ["ACCEPTED O-0-4 b SELL 1 SBIN"]);
});

test("orders without an id are never repeats of each other", () => {
  const start = given([negotiate(null, 1, 500)]);
  start.when(negotiate(null, 1, 500)).emitsOf(["ACCEPTED"], ["ACCEPTED O-0-1 A-0-1 BUY 1 SBIN"]);
});
