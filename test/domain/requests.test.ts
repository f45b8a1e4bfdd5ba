import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import { localTerms, openOrders } from "../../src/domain/market.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { answer, buy, cancel, given, modify, negotiate, newSource, sell } from "../given.ts";

test("a cancel takes out what is left and gives back its block", () => {
  const start = given([buy("b", 10, 98_500), sell("s", 4, null)]);
  start
    .when(cancel("c", "b"))
    .emits([
      "CANCELED O-0-0 by c filled 4",
      "RELEASE O-0-0: HDFC INR blocked -591000, HDFC INR free 591000",
    ]);
  deepEqual(openOrders(start.market), []);
  start.when(sell("s2", 1, 98_500)).emitsOf(["TRADE"], []);
});

test("only an order's own id means it", () => {
  for (const id of ["O-1-0", "O-0-00", "O-", "O-0", "O-0-1e0", `O-0-${"9".repeat(400)}`])
    given([buy("b", 1, 500)])
      .when(cancel("c", id))
      .emits(["REFUSED Cancel c UNKNOWN_ORDER"]);
});

test("a cancel takes shares out of a sell, and ends a negotiated order that waits", () => {
  given([sell("s", 4, null)])
    .when(cancel("c", "s", { participant: "SELLER" }))
    .emits([
      "CANCELED O-0-0 by c filled 0",
      "RELEASE O-0-0: SELLER SBIN blocked -4, SELLER SBIN free 4",
    ]);
  given([negotiate("n", 4, 500)])
    .when(cancel("c", "O-0-0"))
    .emits([
      "CANCELED O-0-0 by c filled 0",
      "RELEASE O-0-0: HDFC INR blocked -2000, HDFC INR free 2000",
    ]);
});

const refused: readonly [string, readonly Command[], Command, string][] = [
  ["an unknown order", [], cancel("c", "x"), "REFUSED Cancel c UNKNOWN_ORDER"],
  [
    "an order of another symbol",
    [buy("b", 1, 500)],
    cancel("c", "b", { symbol: "TCS" }),
    "REFUSED Cancel c UNKNOWN_ORDER",
  ],
  ["a refused order", [buy("b", 0, 500)], cancel("c", "b"), "REFUSED Cancel c UNKNOWN_ORDER"],
  [
    "a filled order",
    [buy("b", 1, 500), sell("s", 1, 500)],
    cancel("c", "b"),
    "REFUSED Cancel c ORDER_CLOSED",
  ],
  [
    "a canceled order",
    [buy("b", 1, 500), cancel("c", "b")],
    cancel("d", "O-0-0"),
    "REFUSED Cancel d ORDER_CLOSED",
  ],
  [
    "a confirmed order",
    [negotiate("n", 1, 500), answer("CONFIRM")],
    cancel("c", "n"),
    "REFUSED Cancel c ORDER_CLOSED",
  ],
  [
    "another's order by our id",
    [sell("s", 1, 500)],
    cancel("c", "O-0-0"),
    "REFUSED Cancel c NOT_YOUR_ORDER",
  ],
  [
    "another's order that ended, of which a stranger learns nothing",
    [sell("s", 1, 500), buy("b", 1, 500)],
    cancel("c", "O-0-0"),
    "REFUSED Cancel c NOT_YOUR_ORDER",
  ],
  [
    "another's order by its client id",
    [sell("s", 1, 500)],
    cancel("c", "s"),
    "REFUSED Cancel c UNKNOWN_ORDER",
  ],
  ["with a reserved id", [buy("b", 1, 500)], cancel("A-9", "b"), "REFUSED Cancel A-9 RESERVED_ID"],
  [
    "with the order's own id",
    [buy("b", 1, 500)],
    cancel("b", "b"),
    "REFUSED Cancel b DUPLICATE_ID",
  ],
  ["a modify", [buy("b", 1, 500)], modify("m", "b"), "REFUSED Modify m NOT_SUPPORTED"],
];

for (const [what, commands, command, line] of refused)
  test(`a cancel or modify is refused: ${what}`, () => {
    const start = given(commands);
    const before = openOrders(start.market);
    start.when(command).emits([line]);
    deepEqual(openOrders(start.market), before);
  });

test("strict mode takes requests of its members only", () => {
  given([], { ...localTerms, mode: "strict" })
    .when(cancel("c", "x", { participant: "ICICI" }))
    .emits(["REFUSED Cancel c UNKNOWN_PARTICIPANT"]);
});

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

test("R12: a source position at or below the last one taken is a repeat, whatever its outcome was", () => {
  const source = newSource({ topicId: "s" });
  const start = given([buy("b", 0, 98_500, { source })]);
  start.when(buy("other", 1, 98_500, { source })).emits(["REPEATED other of null"]);
  const before = { ...source, offset: source.offset - 1 };
  start.when(answer("CONFIRM", "n", { source: before })).emits(["REPEATED null of null"]);
  start
    .when(sell("s", 1, null, { source: { ...source, partition: 1 } }))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-3 s SELL 1 SBIN"]);
  start
    .when(sell("t", 1, null, { source: { ...source, topicId: "anew" } }))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-4 t SELL 1 SBIN"]);
});

test("the outcome of an earlier input does not open its source again", () => {
  const at = (offset: number) => newSource({ topicId: "one", offset });
  const start = given([
    answer("CONFIRM", "n", { source: at(5) }),
    buy("b", 1, 500, { source: at(6) }),
    negotiate("n", 1, 500, { source: newSource({ topicId: "two" }) }),
  ]);
  start.when(buy("b2", 1, 500, { source: at(6) })).emits(["REPEATED b2 of null"]);
});

test("an unreadable record is a dead letter once; one without a source each time", () => {
  const original = { keyBase64: null, valueBase64: "//8=" };
  const unreadable = {
    type: "Unreadable",
    reason: "NOT_UTF8",
    detail: "value: bytes ff ff",
    original,
  } as const;
  const source = newSource();
  const start = given([]);
  start.when({ ...unreadable, source }).emits(["DEAD NOT_UTF8"]);
  start.when({ ...unreadable, source }).emits(["REPEATED null of null"]);
  start.when({ ...unreadable, source: null }).emits(["DEAD NOT_UTF8"]);
  start.when({ ...unreadable, source: null }).emits(["DEAD NOT_UTF8"]);
});

test("R12: missing inputs are noted once, and what lies below them is a repeat", () => {
  const source = newSource({ topicId: "gap", offset: 9 });
  const start = given([]);
  start.when({ type: "InputsMissing", from: 0, to: 9, source }).emits(["MISSING 0 to 9"]);
  start.when({ type: "InputsMissing", from: 0, to: 9, source }).emits(["REPEATED null of null"]);
  start.when(buy("b", 1, 500, { source })).emits(["REPEATED b of null"]);
});

test("a refusal names the field, the value and the fix", () => {
  const { events } = given([buy("b", 1, 500), cancel("c", "b")]).when(cancel("d", "b"));
  const [event] = events;
  match(event?.type === "RequestRejected" ? event.text : "", /order b is canceled/);
});

test("an own id that only looks like ours, O-foo, names the order in a cancel and in an answer", () => {
  const start = given([buy("O-foo", 1, 500), negotiate("O-7", 1, 500)]);
  start.when(cancel("c", "O-foo")).emitsOf(["CANCELED"], ["CANCELED O-0-0 by c filled 0"]);
  start.when(answer("REJECT", "O-7")).emitsOf(["DECLINED"], ["DECLINED O-0-1 null"]);
});
