import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import { localTerms, openOrders } from "../../src/domain/market.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { answer, buy, cancel, given, modify, negotiate, sell } from "../given.ts";

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
