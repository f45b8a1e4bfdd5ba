import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { localTerms } from "../../src/domain/market.ts";
import {
  answer,
  atDoor,
  buy,
  cancel,
  cancelAll,
  given,
  negotiate,
  newSource,
  sell,
} from "../given.ts";

/** Two pages of two: what ended before the last two to four is forgotten. */
const limits = { pageEntries: 2, pagesMax: 2, charactersMax: 1e9 };

const at = (timestampMs: number) => ({ source: newSource({ timestampMs }) });

/** Orders that are refused: each ends at once, under an id that is kept. */
const ended = (count: number, firstMs: number, over: object = {}) =>
  Array.from({ length: count }, (_, n) => ({
    command: buy(`e${firstMs + n}`, 0, 98_500, { ...at(firstMs + n), ...over }),
    atMs: firstMs + n,
  }));

function market(commands: Parameters<typeof given>[0]) {
  return given(commands, localTerms, { limits });
}

test("R14: a repeat is known before the horizon reaches it, and refused from then on", () => {
  const first = { command: buy("b", 0, 98_500, at(10)), atMs: 10 };
  const before = market([first, ...ended(3, 11)]);
  before.when(buy("b", 0, 98_500, at(10))).emits(["REPEATED b of 1"]);
  const after = market([first, ...ended(4, 11)]);
  after.when(buy("b", 0, 98_500, at(10))).emits(["REJECTED O-0-5 b TOO_OLD_TO_CHECK"]);
  after.when(buy("e11", 0, 98_500, at(11))).emits(["REJECTED O-0-6 e11 TOO_OLD_TO_CHECK"]);
  after.when(buy("e12", 0, 98_500, at(12))).emits(["REPEATED e12 of 3"]);
});

test("R14: at the horizon: what was sent in the last forgotten millisecond is refused, the next not", () => {
  const start = market(ended(5, 11));
  start.when(buy("new", 1, 98_500, at(12))).emits(["REJECTED O-0-5 new TOO_OLD_TO_CHECK"]);
  start
    .when(buy("new", 1, 98_500, at(13)))
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-6 new BUY 1 SBIN"]);
});

test("R14: the refusal says what to do, and uses no id up", () => {
  const start = market(ended(5, 11));
  const { events } = start.when(buy("b", 1, 98_500, at(2)));
  const [event] = events;
  const text = event?.type === "OrderRejected" ? event.text : "";
  match(text, /^client order id b was sent 11 ms before .* look .* a new id and the time of now$/);
  start.when(buy("b", 1, 98_500, at(2))).emits(["REJECTED O-0-6 b TOO_OLD_TO_CHECK"]);
  start
    .when(buy("b", 1, 98_500, at(30)))
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-7 b BUY 1 SBIN"]);
});

test("R14, not seen: the same id again after the horizon, with a new time, is another order", () => {
  const start = market([{ command: buy("b", 0, 98_500, at(10)), atMs: 10 }, ...ended(4, 11)]);
  start
    .when(buy("b", 7, 98_500, at(99)))
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-5 b BUY 7 SBIN"]);
});

test("R14: the same id with other content is refused as such until it is forgotten", () => {
  const start = market([{ command: buy("b", 0, 98_500, at(10)), atMs: 10 }, ...ended(3, 11)]);
  start.when(buy("b", 1, 98_500, at(10))).emits(["REJECTED O-0-4 b DUPLICATE_ID"]);
  start.when({ command: buy("e14", 0, 98_500, at(14)), atMs: 14 });
  start.when(buy("b", 1, 98_500, at(10))).emits(["REJECTED O-0-6 b TOO_OLD_TO_CHECK"]);
});

test("R14: the id of an order that lives is never forgotten, and its order keeps it", () => {
  const start = market([
    { command: buy("live", 5, 98_500, at(10)), atMs: 10 },
    { command: negotiate("waits", 5, 98_500, at(10)), atMs: 10 },
    ...ended(50, 11),
  ]);
  start.when(buy("live", 5, 98_500, at(10))).emits(["REPEATED live of 1"]);
  start
    .when(buy("live", 6, 98_500, at(10)))
    .emitsOf(["REJECTED"], ["REJECTED O-0-53 live DUPLICATE_ID"]);
  start.when(negotiate("waits", 5, 98_500, at(10))).emits(["REPEATED waits of 2"]);
  start
    .when({ command: sell("s", 2, 98_500, at(70)), atMs: 70 })
    .emitsOf(["TRADE"], ["TRADE T-0-55-0-0 2 @ 985.00 O-0-0 O-0-55"]);
  start
    .when(cancel("c", "live", at(71)))
    .emitsOf(["CANCELED", "REFUSED"], ["CANCELED O-0-0 by c filled 2"]);
  start.when(buy("live", 5, 98_500, at(10))).emits(["REPEATED live of 1"]);
});

test("R14: cancels and other requests have the same horizon, and money is not moved twice", () => {
  const paid = (id: string, atMs: number) => ({
    type: "Deposit" as const,
    participant: "HDFC",
    client: null,
    clientOrderId: id,
    asset: "INR" as const,
    amount: 5,
    source: atDoor({ receivedAtMs: atMs }),
  });
  const start = market([
    { command: paid("d", 10), atMs: 10 },
    { command: cancel("c", "nothing", at(10)), atMs: 10 },
    { command: cancelAll("ca", at(10)), atMs: 10 },
    ...ended(4, 11),
  ]);
  start
    .when(paid("d", 10))
    .emitsOf(["REFUSED", "DEPOSITED"], ["REFUSED Deposit d TOO_OLD_TO_CHECK"]);
  start.when(cancel("c", "nothing", at(10))).emits(["REFUSED Cancel c TOO_OLD_TO_CHECK"]);
  start
    .when(cancelAll("ca", at(10)))
    .emitsOf(["REFUSED"], ["REFUSED CancelAll ca TOO_OLD_TO_CHECK"]);
});

test("R14: the same bytes twice at a door are done once, although the id was forgotten in between", () => {
  const source = atDoor({ receivedAtMs: 13, deadlineMs: 1_000 }); // a door 3 ms ahead
  const order = buy("b", 0, 98_500, { source });
  const others = ended(5, 20, { participant: "SOMEBODY" });
  const start = market([{ command: order, atMs: 10 }, ...others]);
  start.when({ command: order, atMs: 40 }).emits(["REJECTED O-0-6 b TOO_OLD_TO_CHECK"]);
});

test("R14: a dead letter sent again is as old as its record: forgotten, it is not sent once more", () => {
  const redriveOf = newSource({ topic: "buy-orders", timestampMs: 5 });
  const again = (receivedAtMs: number) =>
    buy("D-0-7-0-0", 1, 98_500, { source: atDoor({ receivedAtMs, redriveOf }) });
  const start = market([{ command: again(10), atMs: 10 }]);
  start.when(again(11)).emits(["REPEATED D-0-7-0-0 of 1"]);
  start.when(cancel("c", "O-0-0", at(12)));
  for (const each of ended(4, 13)) start.when(each);
  start.when(again(40)).emits(["REJECTED O-0-7 D-0-7-0-0 TOO_OLD_TO_CHECK"]);
});

test("R14, not seen: the same id on another shard, with a symbol of that one", () => {
  const one = market([{ command: buy("b", 1, 98_500, at(10)), atMs: 10 }]);
  const other = market([]); // of another shard: nothing of the first one's ids is in its state
  other
    .when(buy("b", 1, 98_500, { symbol: "TCS", symbolAsSent: "TCS", ...at(10) }))
    .emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-0 b BUY 1 TCS"]);
  one
    .when(buy("b", 1, 98_500, { symbol: "TCS", symbolAsSent: "TCS", ...at(10) }))
    .emits(["REJECTED O-0-1 b DUPLICATE_ID"]);
});

test("in a young market nothing is too old: order flow of years ago is taken, also without times", () => {
  const start = market([]);
  for (const timestampMs of [0, -1, 1_000])
    start
      .when({
        command: buy(`old${timestampMs}`, 1, 98_500, at(timestampMs)),
        atMs: 1_800_000_000_000,
      })
      .emitsOf(["REJECTED"], []);
});

test("old order flow in its order is taken however long it is", () => {
  const start = market([]);
  for (let n = 0; n < 60; n += 1)
    start
      .when({ command: buy(`old${n}`, 0, 98_500, at(1_000 + n)), atMs: 1_800_000_000_000 + n })
      .emits([`REJECTED O-0-${n} old${n} QUANTITY_OUT_OF_RANGE`]);
});

test("records without a time of their own are taken until one of the sender's was forgotten", () => {
  const start = market([]);
  for (let n = 0; n < 4; n += 1)
    start
      .when(buy(`n${n}`, 0, 98_500, at(-1)))
      .emits([`REJECTED O-0-${n} n${n} QUANTITY_OUT_OF_RANGE`]);
  start.when(buy("n4", 0, 98_500, at(-1)));
  start.when(buy("n5", 0, 98_500, at(-1))).emits(["REJECTED O-0-5 n5 TOO_OLD_TO_CHECK"]);
  start.when(buy("n6", 0, 98_500, at(0))).emits(["REJECTED O-0-6 n6 QUANTITY_OUT_OF_RANGE"]);
});

test("a sender's clock an hour off, either way, and a backlog of its own refuse nobody", () => {
  const hourMs = 3_600_000;
  const nowMs = 10 * hourMs;
  const start = market([]);
  for (let n = 0; n < 40; n += 1)
    for (const [participant, offMs] of [
      ["SLOW", -hourMs],
      ["FAST", hourMs],
      ["HDFC", 0],
    ] as const) {
      const atMs = nowMs + n;
      const id = `${participant}${n}`;
      const order = buy(id, 0, 98_500, { participant, ...at(atMs + offMs) });
      const [event] = start.when({ command: order, atMs }).events;
      equal(event?.type === "OrderRejected" ? event.reason : "", "QUANTITY_OUT_OF_RANGE", id);
    }
  // Not seen: of a clock ahead the time of the record is no proof.
  const ahead = buy("FAST0", 1, 98_500, { participant: "FAST", ...at(nowMs + hourMs) });
  start.when(ahead).emitsOf(["ACCEPTED", "REJECTED"], ["ACCEPTED O-0-120 FAST0 BUY 1 SBIN"]);
  const behind = buy("SLOW0", 1, 98_500, { participant: "SLOW", ...at(nowMs - hourMs) });
  start.when(behind).emits(["REJECTED O-0-121 SLOW0 TOO_OLD_TO_CHECK"]);
});

test("orders without an id are never too old, and made ids move no horizon", () => {
  const start = market([]);
  for (let n = 0; n < 20; n += 1) {
    start.when({ command: negotiate(null, 1, 98_500, at(100 + n)), atMs: 100 + n });
    start.when(cancel(`c${n}`, `O-0-${2 * n}`, at(100 + n)));
  }
  start
    .when(negotiate(null, 1, 98_500, at(1)))
    .emitsOf(["ACCEPTED"], ["ACCEPTED O-0-40 A-0-40 BUY 1 SBIN"]);
});

test("a late request for an order that ended is told its end, and once forgotten that it may have", () => {
  const start = market([
    { command: buy("b", 1, 98_500, at(10)), atMs: 10 },
    { command: cancel("c", "b", at(11)), atMs: 11 },
  ]);
  start.when(cancel("c2", "O-0-0", at(12))).emits(["REFUSED Cancel c2 ORDER_CLOSED"]);
  for (const each of ended(4, 13)) start.when(each);
  const { events } = start.when(cancel("c3", "O-0-0", at(20)));
  const [event] = events;
  deepEqual(event?.type === "RequestRejected" ? [event.reason, event.text] : event, [
    "UNKNOWN_ORDER",
    "order O-0-0 is no order in SBIN, or ended so long ago that it is forgotten",
  ]);
});

test("a late answer to an order that ended is told so, by client id too, and then finds no order", () => {
  const ending = (id: string) => answer("CONFIRM", id, at(13));
  const start = market([
    { command: negotiate("n", 1, 98_500, at(10)), atMs: 10 },
    { command: cancel("c", "n", at(11)), atMs: 11 },
  ]);
  start.when(ending("n")).emits(["DEAD ORDER_CLOSED"]);
  start.when(ending("O-0-0")).emits(["DEAD ORDER_CLOSED"]);
  start.when({ ...ending("n"), participant: "SOMEBODY" }).emits(["DEAD NOT_YOUR_ORDER"]);
  for (const each of ended(4, 14)) start.when(each);
  start.when(ending("n")).emits(["KEPT CONFIRM for n"]);
});

test("what ended leaves the state: nothing of ten thousand orders stays but the last few", () => {
  const start = market([]);
  for (let n = 0; n < 10_000; n += 2) {
    start.when(buy(`b${n}`, 1, 98_500, at(n)));
    start.when(sell(`s${n}`, 1, 98_500, at(n)));
  }
  const { orders, liveIds, confirmations, remembered } = start.market;
  deepEqual([orders.size, liveIds.size, confirmations.named.size], [0, 0, 0]);
  ok(remembered.pages.length <= 2);
});
