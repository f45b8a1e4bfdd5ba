import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { localTerms, nextDueMs, openOrders, type MarketTerms } from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import {
  answer,
  buy,
  cancel,
  given,
  lineOf,
  negotiate,
  newSource,
  play,
  playOne,
} from "../given.ts";

const day = 24 * 60 * 60 * 1_000;
const outcomes = [
  "ACCEPTED",
  "ANSWERED",
  "TRADE",
  "DECLINED",
  "KEPT",
  "DEAD",
  "REPEATED",
  "REFUSED",
  "EXPIRED",
];
const confirmed = (id: string) => [`ANSWERED ${id} CONFIRM`];

test("a waiting order that is confirmed trades and settles in one step", () => {
  given([negotiate(null, 100, 98_500)])
    .when(answer("CONFIRM"))
    .emits([
      "OPENING COUNTERPARTY: opening:COUNTERPARTY INR free -10000000000000, " +
        "COUNTERPARTY INR free 10000000000000",
      "OPENING COUNTERPARTY: opening:COUNTERPARTY SBIN free -1000000000, " +
        "COUNTERPARTY SBIN free 1000000000",
      "ANSWERED O-0-0 CONFIRM",
      "TRADE T-0-1-0-0 100 @ 985.00 O-0-0 null",
      "DVP T-0-1-0-0: HDFC INR blocked -9850000, COUNTERPARTY INR free 9850000, " +
        "COUNTERPARTY SBIN free -100, HDFC SBIN free 100",
      "SETTLED S-0-1-0-0 T-0-1-0-0 J-0-1-0-2",
    ]);
});

test("REJECT ends the order and gives the cash back", () => {
  given([negotiate("n", 100, 98_500)])
    .when(answer("REJECT", "n"))
    .emits([
      "ANSWERED O-0-0 REJECT",
      "DECLINED O-0-0 null",
      "RELEASE O-0-0: HDFC INR blocked -9850000, HDFC INR free 9850000",
    ]);
});

test("an answer without id takes the oldest order that waits, and each order once", () => {
  const { when } = outcomesOf([negotiate("n1", 1, 500), negotiate("n2", 2, 500)]);
  when(answer("CONFIRM"), [...confirmed("O-0-0"), "TRADE T-0-2-0-0 1 @ 5.00 O-0-0 null"]);
  when(answer("CONFIRM"), [...confirmed("O-0-1"), "TRADE T-0-3-0-0 2 @ 5.00 O-0-1 null"]);
  when(answer("CONFIRM"), ["DEAD ANSWER_REPEATED"]);
});

test("refused, canceled and answered orders are not in the queue", () => {
  const orders = [negotiate("bad", 0, 500), negotiate("gone", 1, 500), negotiate("n", 1, 500)];
  const { when } = outcomesOf([...orders, cancel("c", "gone")]);
  when(answer("REJECT"), ["ANSWERED O-0-2 REJECT", "DECLINED O-0-2 null"]);
  when(answer("CONFIRM"), ["KEPT CONFIRM for null"]);
});

test("an answer with an id belongs to that order, by the client's id, the made one or ours", () => {
  const { when } = outcomesOf([
    negotiate("n", 1, 500),
    negotiate(null, 2, 500),
    negotiate("m", 3, 500),
  ]);
  when(answer("CONFIRM", "A-0-1"), [...confirmed("O-0-1"), "TRADE T-0-3-0-0 2 @ 5.00 O-0-1 null"]);
  when(answer("CONFIRM", "O-0-2"), [...confirmed("O-0-2"), "TRADE T-0-4-0-0 3 @ 5.00 O-0-2 null"]);
  when(answer("REJECT", "n"), ["ANSWERED O-0-0 REJECT", "DECLINED O-0-0 null"]);
});

test("the same answer to an order closed by id is a repeat, another one a dead letter", () => {
  const { when } = outcomesOf([negotiate("n", 1, 500)]);
  when(answer("CONFIRM", "n"), [...confirmed("O-0-0"), "TRADE T-0-1-0-0 1 @ 5.00 O-0-0 null"]);
  when(answer("CONFIRM", "n"), ["REPEATED null of 2"]);
  when(answer("REJECT", "n"), ["DEAD ORDER_CLOSED"]);
});

test("an answer for somebody else's order, or one in the book, is a dead letter", () => {
  const { when } = outcomesOf([
    negotiate("n", 1, 500, { counterparty: "SELLER" }),
    buy("b", 1, 500),
  ]);
  when(answer("CONFIRM", "n"), ["DEAD NOT_YOUR_ORDER"]);
  when(answer("CONFIRM", "O-0-1"), ["DEAD NOT_YOUR_ORDER"]);
  when(answer("CONFIRM"), ["KEPT CONFIRM for null"]);
});

test("an early answer is used in the step of its order", () => {
  given([answer("CONFIRM", "n")])
    .when(negotiate("n", 1, 500))
    .emitsOf(
      ["LISTED", "OPENING", ...outcomes],
      [
        "LISTED SBIN",
        "OPENING HDFC: opening:HDFC INR free -10000000000000, HDFC INR free 10000000000000",
        "OPENING HDFC: opening:HDFC SBIN free -1000000000, HDFC SBIN free 1000000000",
        "OPENING COUNTERPARTY: opening:COUNTERPARTY INR free -10000000000000, " +
          "COUNTERPARTY INR free 10000000000000",
        "OPENING COUNTERPARTY: opening:COUNTERPARTY SBIN free -1000000000, " +
          "COUNTERPARTY SBIN free 1000000000",
        "ACCEPTED O-0-1 n BUY 1 SBIN",
        "ANSWERED O-0-1 CONFIRM",
        "TRADE T-0-1-0-0 1 @ 5.00 O-0-1 null",
      ],
    );
});

test("kept answers are taken oldest first, named and unnamed alike, and each once", () => {
  const kept = [
    answer("REJECT", "other"),
    answer("CONFIRM"),
    answer("REJECT", "n1"),
    answer("REJECT"),
  ];
  const { when } = outcomesOf(kept);
  when(negotiate("n1", 1, 500), [
    "ACCEPTED O-0-4 n1 BUY 1 SBIN",
    ...confirmed("O-0-4"),
    "TRADE T-0-4-0-0 1 @ 5.00 O-0-4 null",
  ]);
  when(negotiate("n2", 1, 500), [
    "ACCEPTED O-0-5 n2 BUY 1 SBIN",
    "ANSWERED O-0-5 REJECT",
    "DECLINED O-0-5 null",
  ]);
  when(negotiate("n3", 1, 500), ["ACCEPTED O-0-6 n3 BUY 1 SBIN"]);
  when(negotiate("other", 1, 500, { counterparty: "SELLER" }), ["ACCEPTED O-0-7 other BUY 1 SBIN"]);
});

test("a kept answer lasts five seconds, with or without a tick, then it is a dead letter", () => {
  const early = [
    { command: answer("CONFIRM", null, { participant: "SELLER" }), atMs: 500 },
    { command: answer("CONFIRM"), atMs: 1_000 },
  ];
  const { when, market } = outcomesOf(early);
  equal(nextDueMs(market), 5_500);
  when({ command: { type: "Tick" }, atMs: 5_499 }, []);
  when({ command: { type: "Tick" }, atMs: 5_500 }, ["DEAD NO_ORDER_WAITING"]);
  equal(nextDueMs(market), 6_000);
  when({ command: negotiate("late", 1, 500), atMs: 6_000 }, ["ACCEPTED O-0-4 late BUY 1 SBIN"]);
  when({ command: { type: "Tick" }, atMs: 6_000 }, ["DEAD NO_ORDER_WAITING"]);
  const inTime = { command: negotiate("n", 1, 500), atMs: 5_999 };
  outcomesOf(early).when(inTime, [
    "ACCEPTED O-0-2 n BUY 1 SBIN",
    ...confirmed("O-0-2"),
    "TRADE T-0-2-0-0 1 @ 5.00 O-0-2 null",
  ]);
});

test("kept answers whose order came, but was another's or took another of them, end as they would have after it", () => {
  const { when, market } = outcomesOf([
    answer("CONFIRM", "n"),
    answer("CONFIRM", "n"),
    answer("REJECT", "n"),
    answer("CONFIRM", "n", { participant: "SELLER" }),
    answer("CONFIRM", "never"),
  ]);
  when(negotiate("n", 1, 500), [
    "ACCEPTED O-0-5 n BUY 1 SBIN",
    ...confirmed("O-0-5"),
    "TRADE T-0-5-0-0 1 @ 5.00 O-0-5 null",
  ]);
  when({ command: { type: "Tick" }, atMs: 60_000 }, [
    "REPEATED null of 6",
    "DEAD ORDER_CLOSED",
    "DEAD NOT_YOUR_ORDER",
    "DEAD NO_ORDER_WAITING",
  ]);
  equal(market.confirmations.keptNodes.size, 0);
});

test("a relay's repeat of a kept answer takes nothing away: its order still finds it", () => {
  const early = answer("CONFIRM", "n");
  const { when } = outcomesOf([early]);
  when(early, ["REPEATED null of null"]);
  when(negotiate("n", 1, 500), [
    "ACCEPTED O-0-2 n BUY 1 SBIN",
    ...confirmed("O-0-2"),
    "TRADE T-0-2-0-0 1 @ 5.00 O-0-2 null",
  ]);
});

test("an answer without id that finds no order within 120 s after an equal one was used is a retry", () => {
  const used = [negotiate("n1", 1, 500), { command: answer("CONFIRM"), atMs: 1_000 }];
  const { when } = outcomesOf(used);
  const at = (atMs: number, command = answer("CONFIRM")) => ({ command, atMs });
  const dead = ["DEAD ANSWER_REPEATED"];
  when(at(1_000), dead);
  when(at(2_000, answer("CONFIRM", null, { source: newSource({ topic: "Counter_party" }) })), dead);
  // Another text, another counterparty, and one that names an order are no repeats.
  when(at(3_000, answer("REJECT")), ["KEPT REJECT for null"]);
  when(at(3_000, answer("CONFIRM", null, { participant: "SELLER" })), ["KEPT CONFIRM for null"]);
  when(at(3_000, answer("CONFIRM", "n9")), ["KEPT CONFIRM for n9"]);
  when(at(120_999), dead);
  when(at(121_000), ["KEPT CONFIRM for null"]);
});

test("a doubled CONFIRM is no consent to the order that comes next, which waits for its own", () => {
  const { when } = outcomesOf([negotiate("n1", 1, 500), answer("CONFIRM")]);
  when(answer("CONFIRM"), ["DEAD ANSWER_REPEATED"]);
  when(negotiate("n2", 1, 500), ["ACCEPTED O-0-3 n2 BUY 1 SBIN"]);
  when(answer("CONFIRM"), [...confirmed("O-0-3"), "TRADE T-0-4-0-0 1 @ 5.00 O-0-3 null"]);
});

test("a CONFIRM doubled before its order is used once: the other is a retry from then on", () => {
  const start = outcomesOf([
    answer("CONFIRM"),
    answer("CONFIRM"),
    answer("REJECT"),
    answer("CONFIRM", "n2"),
  ]);
  const { when } = start;
  when(negotiate("n1", 1, 500), [
    "ACCEPTED O-0-4 n1 BUY 1 SBIN",
    ...confirmed("O-0-4"),
    "TRADE T-0-4-0-0 1 @ 5.00 O-0-4 null",
  ]);
  // The next takes the oldest of what is left to it: the REJECT, not the second CONFIRM.
  when(negotiate("n3", 1, 500), [
    "ACCEPTED O-0-5 n3 BUY 1 SBIN",
    "ANSWERED O-0-5 REJECT",
    "DECLINED O-0-5 null",
  ]);
  when(negotiate("n4", 1, 500), ["ACCEPTED O-0-6 n4 BUY 1 SBIN"]);
  when(negotiate("n2", 1, 500), [
    "ACCEPTED O-0-7 n2 BUY 1 SBIN",
    ...confirmed("O-0-7"),
    "TRADE T-0-7-0-0 1 @ 5.00 O-0-7 null",
  ]);
  when({ command: { type: "Tick" }, atMs: 60_000 }, ["DEAD ANSWER_REPEATED"]);
});

test("answers with an order_id or an id of their own make nothing a repeat, nor a refusal or a repeat itself", () => {
  const { when } = outcomesOf([
    negotiate("n1", 1, 500),
    negotiate("n2", 1, 500),
    answer("CONFIRM", "n1"),
    answer("CONFIRM", "n2", { clientOrderId: "own", symbol: "SBIN" }),
    answer("CONFIRM", "n1"),
  ]);
  when({ command: answer("CONFIRM"), atMs: 100_000 }, ["KEPT CONFIRM for null"]);
  const repeats = outcomesOf([
    negotiate("n1", 1, 500),
    { command: answer("CONFIRM"), atMs: 1_000 },
  ]);
  repeats.when({ command: answer("CONFIRM"), atMs: 120_000 }, ["DEAD ANSWER_REPEATED"]);
  repeats.when({ command: answer("CONFIRM"), atMs: 121_000 }, ["KEPT CONFIRM for null"]);
});

test("the window of repeats is a setting, and what is remembered for it does not grow", () => {
  const short: MarketTerms = { ...localTerms, answerRepeatWindowMs: 10 };
  const commands = Array.from({ length: 500 }, (_, n) => {
    const [counterparty, atMs] = [`C${n}`, 1_000 + n];
    return [
      { command: negotiate(`n${n}`, 1, 500, { counterparty }), atMs },
      { command: answer("CONFIRM", null, { participant: counterparty }), atMs },
    ];
  }).flat();
  const start = given(commands, short);
  equal(start.market.confirmations.used.size, 10);
  const later = { command: answer("CONFIRM", null, { participant: "C499" }), atMs: 1_509 };
  start.when(later).emitsOf(outcomes, ["KEPT CONFIRM for null"]);
});

test("a dead letter of a kept answer is its own record, not the tick's", () => {
  const early = answer("CONFIRM");
  const { events } = given([{ command: early, atMs: 0 }]).when({
    command: { type: "Tick" },
    atMs: 5_000,
  });
  const [dead] = events;
  deepEqual(dead?.type === "DeadLettered" ? [dead.source, dead.original] : dead, [
    early.source,
    early.original,
  ]);
});

test("an order waits a day, then it is over: answers pass it by and the tick ends it", () => {
  const { when, market } = outcomesOf([{ command: negotiate("n", 1, 500), atMs: 0 }]);
  equal(nextDueMs(market), day);
  when({ command: answer("CONFIRM"), atMs: day }, ["KEPT CONFIRM for null"]);
  when({ command: answer("CONFIRM", "n"), atMs: day }, ["DEAD ORDER_CLOSED"]);
  when({ command: cancel("c", "n"), atMs: day }, ["REFUSED Cancel c ORDER_CLOSED"]);
  when({ command: { type: "Tick" }, atMs: day }, ["EXPIRED O-0-0"]);
  when(answer("CONFIRM", "n"), ["DEAD ORDER_CLOSED"]);
  deepEqual(openOrders(market), []);
});

test("what was kept under a shorter window is due first", () => {
  const played = play([{ command: answer("CONFIRM", "long"), atMs: 1_000 }], localTerms);
  const shorter = { ...localTerms, answerWindowMs: 100 };
  playOne(played, { command: answer("CONFIRM", "short"), atMs: 1_001 }, shorter);
  equal(nextDueMs(played.market), 1_101);
  const events = playOne(played, { command: { type: "Tick" }, atMs: 1_101 }, shorter);
  deepEqual(events.map(lineOf), ["DEAD NO_ORDER_WAITING"]);
  equal(nextDueMs(played.market), 6_000);
});

test("a tick ends at most 1,000 things, first due first", () => {
  const many = Array.from({ length: 700 }, (_, n) => [
    { command: answer("CONFIRM", `x${n}`), atMs: 10 + n },
    { command: negotiate(`n${n}`, 1, 500), atMs: 10 + n },
  ]).flat();
  const short: MarketTerms = {
    ...localTerms,
    answerWindowMs: 50_000,
    confirmationWindowMs: 50_000,
  };
  const start = given(many, short);
  const ended = start.when({ command: { type: "Tick" }, atMs: 60_000 }).events;
  equal(ended.filter(({ type }) => type === "OrderExpired").length, 500);
  equal(ended.filter(({ type }) => type === "DeadLettered").length, 500);
  equal(
    start
      .when({ command: { type: "Tick" }, atMs: 60_000 })
      .events.filter(({ type }) => type !== "JournalPosted").length,
    400,
  );
});

test("a tick stops before its step grows too large, but never before its first dead letter", () => {
  const original = { keyBase64: null, valueBase64: "x".repeat(700_000) };
  const start = given([
    { command: answer("CONFIRM", "x1", { original }), atMs: 1 },
    { command: answer("CONFIRM", "x2", { original }), atMs: 1 },
    { command: negotiate("n", 1, 500), atMs: 1 },
  ]);
  const tick = { command: { type: "Tick" }, atMs: 60_000 } as const;
  start.when(tick).emits(["DEAD NO_ORDER_WAITING"]);
  start.when(tick).emits(["DEAD NO_ORDER_WAITING"]);
  start.when(tick).emits([]);
});

test("shares the counterparty has not got end the order, and its cash goes back", () => {
  const few: MarketTerms = {
    ...localTerms,
    participants: [{ participant: "COUNTERPARTY", cashPaise: paise(0), sharesEach: 5 }],
  };
  given([negotiate("n", 6, 500)], few)
    .when(answer("CONFIRM"))
    .emits([
      "OPENING COUNTERPARTY: opening:COUNTERPARTY INR free 0, COUNTERPARTY INR free 0",
      "OPENING COUNTERPARTY: opening:COUNTERPARTY SBIN free -5, COUNTERPARTY SBIN free 5",
      "ANSWERED O-0-0 CONFIRM",
      "DECLINED O-0-0 INSUFFICIENT_HOLDINGS",
      "RELEASE O-0-0: HDFC INR blocked -3000, HDFC INR free 3000",
    ]);
});

test("an answer with its own id is refused, never kept, and its id counts", () => {
  const own = (id: string, orderId: string) =>
    answer("CONFIRM", orderId, { clientOrderId: id, symbol: "SBIN" });
  const { when } = outcomesOf([
    negotiate("n", 1, 500),
    negotiate("m", 1, 500, { counterparty: "SELLER" }),
  ]);
  when(own("a1", "unknown"), ["REFUSED Confirm a1 UNKNOWN_ORDER"]);
  when(own("a1", "unknown"), ["REPEATED a1 of 3"]);
  when(own("a2", "m"), ["REFUSED Confirm a2 NOT_YOUR_ORDER"]);
  when({ ...own("a3", "n"), symbol: "TCS" }, ["REFUSED Confirm a3 UNKNOWN_ORDER"]);
  when(own("a4", "n"), [...confirmed("O-0-0"), "TRADE T-0-6-0-0 1 @ 5.00 O-0-0 null"]);
  when(own("a4", "n"), ["REPEATED a4 of 7"]);
  when(own("a4", "O-0-0"), ["REPEATED a4 of 7"]);
  when(own("a4", "m"), ["REFUSED Confirm a4 DUPLICATE_ID"]);
  when(own("a5", "n"), ["REFUSED Confirm a5 ORDER_CLOSED"]);
  when(own("O-0-1", "n"), ["REFUSED Confirm O-0-1 RESERVED_ID"]);
});

function outcomesOf(commands: Parameters<typeof given>[0]) {
  const start = given(commands);
  const when = (command: Parameters<typeof start.when>[0], lines: readonly string[]) =>
    start.when(command).emitsOf(outcomes, lines);
  return { market: start.market, when };
}
