import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { openOrders } from "../../src/domain/market.ts";
import { deadLetterId } from "../../src/domain/facts/ids.ts";
import { answer, atDoor, buy, cancel, given, negotiate, newSource } from "../given.ts";

test("R14: a request decided at its deadline counts, a millisecond later it is refused", () => {
  const source = atDoor({ deadlineMs: 50 });
  given([])
    .when({ command: buy("b", 1, 500, { source }), atMs: 50 })
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-0 b BUY 1 SBIN"]);
  given([])
    .when({ command: buy("b", 1, 500, { source }), atMs: 51 })
    .emits(["REJECTED O-0-0 b DEADLINE_PASSED"]);
});

test("R14: a late cancel and a late answer are refused, and change nothing", () => {
  const source = atDoor({ deadlineMs: 10 });
  const waiting = given([negotiate("n", 1, 500)]);
  waiting
    .when({ command: cancel("c", "n", { source }), atMs: 11 })
    .emits(["REFUSED Cancel c DEADLINE_PASSED"]);
  const late = { source, clientOrderId: "a", symbol: "SBIN" };
  waiting
    .when({ command: answer("CONFIRM", "n", late), atMs: 12 })
    .emits(["REFUSED Confirm a DEADLINE_PASSED"]);
  equal(openOrders(waiting.market).length, 1);
});

test("R14: the same id and content at a door is the first answer's repeat, also past its deadline", () => {
  const order = buy("b", 1, 500, { source: atDoor({ deadlineMs: 10 }) });
  given([order])
    .when({ command: { ...order, source: atDoor({ deadlineMs: 10 }) }, atMs: 99 })
    .emits(["REPEATED b of 1"]);
});

test("R14: an id refused for its deadline stays refused: its answer never changes", () => {
  const late = buy("b", 1, 500, { source: atDoor({ deadlineMs: 10 }) });
  given([{ command: late, atMs: 11 }])
    .when({ ...late, source: atDoor() })
    .emits(["REPEATED b of 1"]);
});

test("a door's request is told from every source position, and its answer names it", () => {
  const source = atDoor();
  const { events } = given([buy("x", 1, 500)]).when(buy("b", 1, 500, { source }));
  deepEqual(
    events.flatMap((event) => ("source" in event ? [event.source] : [])),
    [source],
  );
});

test("a dead letter sent again takes the oldest order that waits, and twice it is a repeat", () => {
  const redriveOf = newSource({ topic: "Counter_party" });
  const again = () =>
    answer("CONFIRM", null, {
      clientOrderId: deadLetterId(0, { cause: { offset: 7 }, part: 0 }, 0),
      source: atDoor({ redriveOf }),
    });
  const market = given([negotiate("n1", 1, 500), negotiate("n2", 1, 500)]);
  market.when(again()).emitsOf(["ANSWERED", "REFUSED"], ["ANSWERED O-0-0 CONFIRM"]);
  market.when(again()).emits(["REPEATED D-0-7-0-0 of 3"]);
});

test("a dead letter sent again in vain is refused with a reason, not dead-lettered again", () => {
  const redriveOf = newSource({ topic: "Counter_party" });
  given([])
    .when(answer("CONFIRM", null, { clientOrderId: "D-0-7-0-0", source: atDoor({ redriveOf }) }))
    .emits(["REFUSED Confirm D-0-7-0-0 UNKNOWN_ORDER"]);
});

test("a dead letter sent again too late may be sent again once more", () => {
  const redriveOf = newSource({ topic: "Counter_party" });
  const again = (deadlineMs: number) =>
    answer("CONFIRM", null, {
      clientOrderId: "D-0-7-0-0",
      source: atDoor({ redriveOf, deadlineMs }),
    });
  const market = given([negotiate("n", 1, 500)]);
  const late = { command: again(10), atMs: 11 };
  market.when(late).emits(["REFUSED Confirm D-0-7-0-0 DEADLINE_PASSED"]);
  market.when(late).emits(["REFUSED Confirm D-0-7-0-0 DEADLINE_PASSED"]);
  market.when(again(1000)).emitsOf(["ANSWERED", "REFUSED"], ["ANSWERED O-0-0 CONFIRM"]);
  market.when(again(1000)).emits(["REPEATED D-0-7-0-0 of 4"]);
});

test("nobody but a redrive may use a redrive's id, and trying does not use it up", () => {
  const redriveOf = newSource({ topic: "buy-orders" });
  const market = given([]);
  market.when(buy("D-0-7-0-0", 1, 500)).emits(["REJECTED O-0-0 D-0-7-0-0 RESERVED_ID"]);
  market
    .when(buy("D-0-7-0-0", 1, 500, { source: atDoor() }))
    .emits(["REJECTED O-0-1 D-0-7-0-0 RESERVED_ID"]);
  market
    .when(buy("D-0-7-0-0", 1, 500, { source: atDoor({ redriveOf }) }))
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-2 D-0-7-0-0 BUY 1 SBIN"]);
});
