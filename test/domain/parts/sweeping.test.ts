import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { PlaceOrder } from "../../../src/domain/facts/command.ts";
import type { Step } from "../../../src/domain/facts/event.ts";
import { fillsMax } from "../../../src/domain/facts/limits.ts";
import { paise, timeMs } from "../../../src/domain/facts/units.ts";
import {
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  localTerms,
  nextDueMs,
  openOrders,
  refuseUndecided,
  type Market,
  type MarketTerms,
} from "../../../src/domain/market.ts";
import { depthOf } from "../../../src/domain/state/depth.ts";
import { stepBytesMax } from "../../../src/protocol/carriage.ts";
import { account, at, clearingTerms, tick } from "../../clearing-given.ts";
import { buy, cancelAll, given, lineOf, newSource, sell, type Sent } from "../../given.ts";
import { stepBytes } from "../../steps-record.ts";

/** Two resting orders a part. */
const two = { fillsMax: 2 };
const some = (count: number): PlaceOrder[] =>
  Array.from({ length: count }, (_, n) => sell(`s${n}`, 2, 985_00 + n * 5));

function linesOf({ events }: Step): string[] {
  return events.map(lineOf).filter((line) => !/^(DVP|SETTLED|OPENING|LISTED)/.test(line));
}

test("an order that meets more than a part may take trades in parts, as if in one step", () => {
  const start = given(some(5), localTerms, {}, two);
  start.when(buy("b", 9, 990_00));
  const parts = start.steps.slice(5);
  deepEqual(parts.map(linesOf), [
    [
      "SWEEP O-0-5 of 5",
      "ACCEPTED O-0-5 b BUY 9 SBIN",
      "BLOCK O-0-5: HDFC INR free -891000, HDFC INR blocked 891000",
      "TRADE T-0-5-0-0 2 @ 985.00 O-0-5 O-0-0",
      "TRADE T-0-5-0-1 2 @ 985.05 O-0-5 O-0-1",
      "RELEASE O-0-5: HDFC INR blocked -1990, HDFC INR free 1990",
    ],
    [
      "TRADE T-0-5-1-0 2 @ 985.10 O-0-5 O-0-2",
      "TRADE T-0-5-1-1 2 @ 985.15 O-0-5 O-0-3",
      "RELEASE O-0-5: HDFC INR blocked -1950, HDFC INR free 1950",
    ],
    [
      "TRADE T-0-5-2-0 1 @ 985.20 O-0-5 O-0-4",
      "RELEASE O-0-5: HDFC INR blocked -480, HDFC INR free 480",
      "SWEPT O-0-5 5",
    ],
  ]);
  deepEqual(
    parts.map(({ part, last, cause }) => [part, last, cause.offset]),
    [
      [0, false, 5],
      [1, false, 5],
      [2, true, 5],
    ],
  );
  const trades = parts.flatMap(({ events }) => events.filter((e) => e.type === "TradeExecuted"));
  deepEqual(
    trades.map(({ buy: { cumQuantity, leavesQuantity } }) => [cumQuantity, leavesQuantity]),
    [
      [2, 7],
      [4, 5],
      [6, 3],
      [8, 1],
      [9, 0],
    ],
  );
  equal(openOrders(start.market).length, 1);
});

test("the order has one outcome, in the part it enters with, and one time for all its parts", () => {
  const { market, steps } = given(some(5));
  const source = newSource();
  const made: Step[] = [];
  for (let part = 0; part === 0 || hasPartsLeft(market); part += 1) {
    const context = { at: timeMs(1_000 + part), shard: 0, offset: 5, seq: 6 + part, part, ...two };
    const events = decide(market, buy("b", 9, 990_00, { source }), context, localTerms);
    made.push({ ...steps[0]!, part, at: market.clockMs, events });
  }
  deepEqual(
    made.map((step) => step.at),
    [1_000, 1_000, 1_000],
  );
  const outcomes = made.map(({ events }) => events.filter((event) => "source" in event).length);
  deepEqual(outcomes, [1, 0, 0]);
});

test("what is refused is refused whole: the check is for all parts, and the book stays as it was", () => {
  const terms: MarketTerms = { ...localTerms, openingCashPaise: paise(8 * 985_00) };
  const start = given(some(5), terms, {}, two);
  const before = openOrders(start.market);
  start
    .when(buy("b", 9, 985_20, { participant: "POOR" }))
    .emitsOf(["REJECTED", "TRADE", "SWEEP"], ["REJECTED O-0-5 b INSUFFICIENT_FUNDS"]);
  deepEqual(openOrders(start.market), before);
});

test("an order refused for too many fills by an older program is repeated, not traded", () => {
  const { market } = given(some(5));
  const big = buy("b", 9, 990_00);
  const { type: _, source, ...fields } = big;
  const refused = { reason: "TOO_MANY_FILLS", text: "as it was said", source } as const;
  const event = { type: "OrderRejected", ...fields, orderId: "O-0-5", ...refused } as const;
  const cause = { offset: 5, digest: "" };
  const at0 = { part: 0, last: true, at: market.clockMs };
  evolveStep(market, { cause, ...at0, events: [event] }, 6);
  const context = { at: market.clockMs, shard: 0, offset: 6, seq: 7 };
  const again = { ...big, source: newSource() };
  deepEqual(decide(market, again, context, localTerms).map(lineOf), ["REPEATED b of 6"]);
});

test("between two parts the book is not shown across itself, and the rest is shown when it is done", () => {
  const { market } = given([buy("low", 1, 980_00), ...some(5)]);
  const order = buy("b", 20, 985_50);
  const seen: unknown[] = [];
  for (let part = 0; part === 0 || hasPartsLeft(market); part += 1) {
    const context = { at: timeMs(9), shard: 0, offset: 6, seq: 7 + part, part, ...two };
    decide(market, order, context, localTerms);
    const { bids, asks, totalBuyQuantity } = depthOf(market, "SBIN", 1);
    seen.push([bids[0]?.pricePaise, totalBuyQuantity, asks[0]?.pricePaise]);
  }
  deepEqual(seen, [
    [980_00, 1, 985_10],
    [980_00, 1, 985_20],
    [985_50, 11, undefined],
  ]);
});

test("no other command is decided between two parts", () => {
  for (const next of [buy("late", 1, 500_00), cancelAll("all")]) {
    const { market } = given(some(5));
    const context = { shard: 0, offset: 5, seq: 6, at: timeMs(9), ...two };
    decide(market, buy("b", 9, 990_00), context, localTerms);
    ok(hasPartsLeft(market));
    const message = messageOf(() =>
      decide(market, next, { ...context, offset: 6, seq: 7 }, localTerms),
    );
    ok(message.includes("parts follow one another"), message);
  }
});

function messageOf(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}

/** Each offers a share, and then has so much cash coming that it can take no crore more. */
function fullSellers(count: number): PlaceOrder[] {
  const crore = 1e9;
  const tcs = { symbol: "TCS", symbolAsSent: "TCS" };
  return Array.from({ length: count }, (_, n) => [
    sell(`s${n}`, 1, crore, { participant: `P${n}` }),
    sell(`t${n}`, 7_199, crore, { participant: `P${n}`, ...tcs }),
    buy(`t${n}`, 7_199, crore, { participant: `Q${n}`, ...tcs }),
  ]).flat();
}

test("those that cannot receive leave first, part by part; then the order enters and trades", () => {
  const terms = { ...localTerms, participants: [], openingCashPaise: paise(9e15) };
  const full = fullSellers(5);
  const able = Array.from({ length: 3 }, (_, n) => sell(`a${n}`, 1, 1e9, { participant: "Z" }));
  const start = given([...full, ...able], terms, {}, two);
  const before = start.steps.length;
  start.when(buy("b", 3, 1e9, { participant: "C" }));
  const parts = start.steps.slice(before).map(linesOf);
  deepEqual(
    parts.map((lines) =>
      lines.map((line) => line.replace(/ .*/, "")).filter((w) => w !== "RELEASE"),
    ),
    [
      ["SWEEP", "EXPIRED", "EXPIRED"],
      ["EXPIRED", "EXPIRED"],
      ["EXPIRED", "ACCEPTED", "BLOCK", "TRADE"],
      ["TRADE", "TRADE", "SWEPT"],
    ],
  );
});

test("the market's own order at the cut-off goes on in parts of its tick, and the position is closed", () => {
  const terms = clearingTerms({
    accounts: new Map([
      ["HDFC/asha", account("margin", 100_000_00)],
      ["M1", account("full", 1_000_000_00, { SBIN: 1_000 })],
    ]),
  });
  const placed = (time: string, command: Sent["command"]): Sent => ({ command, atMs: at(time) });
  const full = { participant: "M1", client: null };
  const start = given(
    [
      placed("01 10:00", sell("s", 5, 985_00, full)),
      placed("01 10:01", buy("b", 5, 985_00, { client: "asha", product: "MIS" })),
      ...[1, 2, 3, 4, 5].map((n) => placed("01 10:02", buy(`c${n}`, 1, 980_00, full))),
    ],
    terms,
    {},
    two,
  );
  const before = start.steps.length;
  const { events } = start.when(tick("01 15:20"));
  deepEqual(
    start.steps.slice(before).map(({ part, last }) => [part, last]),
    [
      [0, false],
      [1, false],
      [2, true],
    ],
  );
  deepEqual(
    events.map(lineOf).filter((line) => line.startsWith("SQUARED")),
    ["SQUARED OFF HDFC/asha SELL 5 of 5 SBIN by O-0-7"],
  );
  equal(start.market.clearing.margins.intraday.positions.size, 0);
  equal(nextDueMs(start.market), at("01 15:30"));
});

test("a part that breaks every writer ends what is left of the order; its trades stand, nothing is left across", () => {
  const { market } = given(some(5));
  const order = buy("b", 9, 990_00);
  const context = { shard: 0, offset: 5, seq: 6, at: timeMs(9), ...two };
  decide(market, order, context, localTerms);
  const events = refuseUndecided(market, order, { ...context, seq: 7, part: 1 }, localTerms);
  deepEqual(events.map(lineOf), [
    "EXPIRED O-0-5",
    "RELEASE O-0-5: HDFC INR blocked -495000, HDFC INR free 495000",
    "QUARANTINED PlaceOrder of SBIN",
  ]);
  const [ended] = events;
  equal(ended?.type === "OrderExpired" && ended.reason, "QUARANTINED");
  equal(ended?.type === "OrderExpired" && ended.cumQuantity, 4);
  ok(!hasPartsLeft(market));
  equal(openOrders(market).length, 3);
  const next = { shard: 0, offset: 6, seq: 8, at: timeMs(9) };
  const refused = decide(market, buy("again", 1, 985_00), next, localTerms);
  deepEqual(refused.map(lineOf), ["REJECTED O-0-6 again SYMBOL_HALTED"]);
});

test("in quarantine before it has entered it is refused as any order; unread it still halts its symbol", () => {
  const terms = { ...localTerms, participants: [], openingCashPaise: paise(9e15) };
  const begin = (): Market => {
    const { market } = given([...fullSellers(5), sell("a", 1, 1e9, { participant: "Z" })], terms);
    const first = { shard: 0, offset: 16, seq: 17, at: timeMs(99), ...two };
    decide(market, buy("b", 1, 1e9, { participant: "C" }), first, terms);
    return market;
  };
  const context = { shard: 0, offset: 16, seq: 18, at: timeMs(99), part: 1, ...two };
  const market = begin();
  const order = buy("b", 1, 1e9, { participant: "C" });
  deepEqual(refuseUndecided(market, order, context, terms).map(lineOf), [
    "REJECTED O-0-16 b QUARANTINED",
    "QUARANTINED PlaceOrder of SBIN",
  ]);
  const original = { keyBase64: null, valueBase64: null };
  const unread = { type: "Unreadable", reason: "UNREADABLE_COMMAND", detail: "" } as const;
  const events = refuseUndecided(begin(), { ...unread, source: null, original }, context, terms);
  deepEqual(events.map(lineOf), ["DEAD UNREADABLE_COMMAND", "QUARANTINED null of SBIN"]);
});

test("ten thousand resting orders are taken in ten bounded parts, each known to who reads the log", () => {
  const count = 10_000;
  const sells = Array.from({ length: count }, (_, n) =>
    sell(`s${n}`, 1, 500_00 + (n % 500) * 5, { client: n % 2 === 0 ? null : `c${n % 50}` }),
  );
  const start = given(sells);
  start.when(buy("all", count, 600_00));
  const parts = start.steps.slice(count);
  equal(parts.length, count / fillsMax);
  const trades = parts.map(({ events }) => events.filter((e) => e.type === "TradeExecuted").length);
  deepEqual(new Set(trades), new Set([fillsMax]));
  equal(openOrders(start.market).length, 0);
  const folded = initialMarket();
  for (const [index, step] of start.steps.entries()) {
    evolveStep(folded, step, index + 1);
    if (index >= count) equal(hasPartsLeft(folded), !step.last);
  }
  equal(describeMarket(folded), describeMarket(start.market));
});

test("with the longest ids, custodians on both sides and margins, a part still fits into a record", () => {
  const wide = (text: string): string => text.padEnd(128, "\ud800"); // six bytes each in JSON
  const client = (n: number): string => `${n}`.padEnd(32, "क");
  const count = fillsMax + 10;
  const clients = Array.from({ length: count }, (_, n) => client(n));
  const terms = clearingTerms({
    accounts: new Map([
      ...clients.map((each) => [`M1/${each}`, account("margin", 1e9)] as const),
      ["M2", account("margin", 1e12)],
    ]),
  });
  const custodian = { custodian: "CUST" };
  const orders = clients.map((each, n) => ({
    command: sell(wide(`s${n}`), 1, 985_00, { participant: "M1", client: each }),
    atMs: at("01 10:00"),
  }));
  const start = given(orders, terms);
  const big = buy(wide("b"), count, 985_00, { participant: "M2", client: client(0), ...custodian });
  start.when({ command: big, atMs: at("01 10:01") });
  const parts = start.steps.slice(count);
  deepEqual(
    parts.map(({ events }) => events.filter((e) => e.type === "TradeNovated").length),
    [fillsMax, 10],
  );
  const bytes = Math.max(...parts.map(stepBytes));
  ok(bytes < stepBytesMax, `${bytes} bytes`);
});
