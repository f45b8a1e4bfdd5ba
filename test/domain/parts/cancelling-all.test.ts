import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { cancelsMax } from "../../../src/domain/decide/order/cancelling-all.ts";
import {
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  localTerms,
  openOrders,
} from "../../../src/domain/market.ts";
import { timeMs } from "../../../src/domain/facts/units.ts";
import {
  answer,
  atDoor,
  buy,
  cancelAll,
  given,
  lineOf,
  negotiate,
  newSource,
  sell,
} from "../../given.ts";
import { account, at, clearingTerms } from "../../clearing-given.ts";
import { stepBytes } from "../../steps-record.ts";

const now = { symbol: "NOW", symbolAsSent: "NOW" };

test("one request takes out all of a member's orders, waiting ones too, and says how many of how many", () => {
  const start = given([
    buy("b1", 10, 985_00),
    buy("b2", 20, 984_00, now),
    buy("b3", 5, 983_00, { client: "asha" }),
    negotiate("n1", 7, 985_00),
    sell("s1", 10, 990_00, { participant: "HDFC" }),
    sell("other", 10, 991_00),
  ]);
  const done = start.when(cancelAll("all"));
  done.emitsOf(
    ["CANCEL"],
    [
      "CANCEL ALL all of 5",
      "CANCELED O-0-0 by all filled 0",
      "CANCELED O-0-1 by all filled 0",
      "CANCELED O-0-2 by all filled 0",
      "CANCELED O-0-3 by all filled 0",
      "CANCELED O-0-4 by all filled 0",
      "CANCELED ALL all 5 of 5",
    ],
  );
  deepEqual(
    openOrders(done.market).map(({ clientOrderId }) => clientOrderId),
    ["other"],
  );
  for (const [name, assets] of done.market.accounts)
    for (const { blocked } of assets.values())
      equal(blocked, name === "SELLER" ? blocked : 0, `${name} has nothing blocked`);
  start.when(answer("CONFIRM", "n1")).emits(["DEAD ORDER_CLOSED"]);
});

test("operations takes out the orders of all members in a symbol, in parts, under an id that is no member's", () => {
  const many = cancelsMax + 50;
  const orders = Array.from({ length: many }, (_, index) =>
    buy(`b${index}`, 1, 985_00, { participant: `M${index % 7}` }),
  );
  const start = given([
    ...orders,
    buy("other symbol", 1, 985_00, now),
    negotiate("waits", 1, 985_00),
  ]);
  const halt = { participant: "*", symbol: "SBIN", source: atDoor() };
  const done = start.when(cancelAll("b3", halt));
  done.emitsOf(["CANCELED ALL"], [`CANCELED ALL b3 ${many + 1} of ${many + 1}`]);
  const left = openOrders(done.market).map(({ clientOrderId }) => clientOrderId);
  deepEqual(left, ["other symbol"]);
  // The id is the exchange's own, whatever members use.
  start
    .when(cancelAll("b3", { ...halt, source: atDoor() }))
    .emitsOf(["REPEATED"], [`REPEATED b3 of ${many + 4}`]);
  start
    .when(cancelAll("b4", { ...halt, symbol: null, source: atDoor() }))
    .emitsOf(["CANCELED ALL"], ["CANCELED ALL b4 1 of 1"]);
  given([], { ...localTerms, mode: "strict" })
    .when(cancelAll("none", halt))
    .emitsOf(["CANCELED ALL"], ["CANCELED ALL none 0 of 0"]);
  given([])
    .when(buy("x", 1, 985_00, { participant: "*" }))
    .emits(["REJECTED O-0-0 x UNKNOWN_PARTICIPANT"]);
});

test("a client or a symbol narrows it, and what is not named stays", () => {
  const orders = [
    buy("own", 1, 985_00),
    buy("own now", 1, 985_00, now),
    buy("asha", 1, 985_00, { client: "asha" }),
    buy("asha now", 1, 985_00, { client: "asha", ...now }),
  ];
  const left = (over: Parameters<typeof cancelAll>[1]): string[] =>
    openOrders(given(orders).when(cancelAll("x", over)).market).map((one) => one.clientOrderId);
  deepEqual(left({ symbol: "SBIN" }), ["own now", "asha now"]);
  deepEqual(left({ client: "asha" }), ["own", "own now"]);
  deepEqual(left({ client: "asha", symbol: "NOW" }), ["own", "own now", "asha"]);
  deepEqual(left({ participant: "SELLER" }), ["own", "own now", "asha", "asha now"]);
});

test("nothing to cancel is done too; refusals and repeats are as those of any request", () => {
  const start = given([buy("b1", 10, 985_00)]);
  start
    .when(cancelAll("none", { symbol: "NOW" }))
    .emits(["CANCEL ALL none of 0", "CANCELED ALL none 0 of 0"]);
  start.when(cancelAll("none", { symbol: "NOW" })).emits(["REPEATED none of 2"]);
  const late = { source: atDoor({ deadlineMs: 1 }) };
  for (const [request, reason] of [
    [cancelAll("none"), "DUPLICATE_ID"],
    [cancelAll("A-1"), "RESERVED_ID"],
    [cancelAll("late", late), "DEADLINE_PASSED"],
    [cancelAll("nobody", { participant: "N/A" }), "UNKNOWN_PARTICIPANT"],
  ] as const)
    deepEqual(
      start.when(request).events.map((event) => ("reason" in event ? event.reason : event.type)),
      [reason],
    );
  const all = cancelAll("all");
  start.when(all).emitsOf(["CANCELED ALL"], ["CANCELED ALL all 1 of 1"]);
  start.when(all).emits(["REPEATED all of null"]); // the relay's own repeat
  const again = { ...all, source: newSource() };
  start.when(again).emits(["REPEATED all of 8"]);
});

test("an order whose time is over is left to its expiry", () => {
  const terms = { ...localTerms, confirmationWindowMs: 10 };
  const start = given([negotiate("n1", 7, 985_00)], terms);
  const done = start.when({ command: cancelAll("all"), atMs: 50 });
  done.emitsOf(["CANCELED"], ["CANCELED ALL all 0 of 0"]);
});

test("a hundred thousand orders go in bounded parts with one cause", () => {
  const count = 100_000;
  const market = initialMarket();
  let seq = 0;
  const place = (offset: number): void => {
    const command = buy(`b${offset}`, 1, 500_00 + (offset % 500) * 5, {
      client: offset % 2 === 0 ? null : `c${offset % 50}`,
    });
    seq += 1;
    const context = { at: timeMs(offset), shard: 0, offset, seq };
    decide(market, command, context, localTerms);
  };
  for (let offset = 0; offset < count; offset += 1) place(offset);
  const command = cancelAll("all");
  const bytes: number[] = [];
  const journals = new Set<string>();
  let canceled = 0;
  for (let part = 0; part === 0 || hasPartsLeft(market); part += 1) {
    seq += 1;
    const context = { at: timeMs(count), shard: 0, offset: count, seq, part };
    const events = decide(market, command, context, localTerms);
    const cause = { offset: count, digest: "d".repeat(64) };
    const step = { cause, part, last: !hasPartsLeft(market), at: market.clockMs, events };
    bytes.push(stepBytes(step));
    for (const event of events) {
      if (event.type === "OrderCanceled") canceled += 1;
      if (event.type === "JournalPosted") journals.add(event.journal.journalId);
    }
    if (step.last)
      equal(lineOf(events.at(-1) ?? events[0]!), `CANCELED ALL all ${count} of ${count}`);
  }
  deepEqual([bytes.length, canceled, journals.size], [count / cancelsMax, count, count]);
  ok(Math.max(...bytes) < 1024 * 1024);
  equal(openOrders(market).length, 0);
});

test("with the longest ids and names, on margin, a part still fits into a mebibyte", () => {
  const wide = (text: string): string => text.padEnd(128, "\ud800"); // two bytes each in the log
  const clients = Array.from({ length: cancelsMax }, (_, index) => `${index}`.padEnd(32, "क"));
  const name = "M1";
  const terms = clearingTerms({
    accounts: new Map(clients.map((client) => [`${name}/${client}`, account("margin", 1_000_00)])),
    symbols: new Map(),
  });
  const orders = clients.map((client, index) => ({
    command: buy(wide(`b${index}`), 1, 985_00, { participant: name, client }),
    atMs: at("01 10:00"),
  }));
  const start = given(orders, terms);
  const command = cancelAll(wide("all"), { participant: name });
  const before = start.steps.length;
  start.when({ command, atMs: at("01 10:01") });
  const parts = start.steps.slice(before);
  equal(parts.length, 1);
  equal(parts[0]?.events.filter(({ type }) => type === "OrderCanceled").length, cancelsMax);
  ok(parts[0] !== undefined && stepBytes(parts[0]) < 1024 * 1024);
});

test("a market folded from the parts so far is the one that goes on", () => {
  const orders = Array.from({ length: 3 * cancelsMax }, (_, index) => buy(`b${index}`, 1, 500_00));
  const start = given([...orders, sell("other", 1, 990_00)]);
  start.when(cancelAll("all"));
  const steps = start.steps;
  const parts = steps.filter(({ cause }) => cause.offset === steps.at(-1)?.cause.offset);
  deepEqual(
    parts.map(({ part, last }) => [part, last]),
    [
      [0, false],
      [1, false],
      [2, true],
    ],
  );
  for (let known = 1; known <= parts.length; known += 1) {
    const folded = initialMarket();
    for (const [index, step] of steps.slice(0, steps.length - parts.length + known).entries())
      evolveStep(folded, step, index + 1);
    equal(hasPartsLeft(folded), known < parts.length);
    for (let part = known; part < parts.length; part += 1) {
      const seq = steps.length - parts.length + part + 1;
      const { offset } = parts[part]!.cause;
      const context = { at: parts[part]!.at, shard: 0, offset, seq, part };
      const command = cancelAll("all", { source: sourceOf(parts.at(-1)!.events) });
      deepEqual(decide(folded, command, context, localTerms), parts[part]!.events);
    }
    equal(describeMarket(folded), describeMarket(start.market));
  }
});

function sourceOf(events: readonly { readonly type: string }[]): ReturnType<typeof newSource> {
  const done = events.find(({ type }) => type === "CancelAllDone");
  return (done as unknown as { source: ReturnType<typeof newSource> }).source;
}

test("no other command is decided between two parts", () => {
  const market = initialMarket();
  const orders = Array.from({ length: cancelsMax + 1 }, (_, index) => buy(`b${index}`, 1, 500_00));
  const all = [...orders, cancelAll("all")];
  for (const [offset, command] of all.entries())
    decide(market, command, { at: timeMs(1), shard: 0, offset, seq: offset + 1 }, localTerms);
  ok(hasPartsLeft(market));
  const next = { at: timeMs(1), shard: 0, offset: all.length, seq: all.length + 1 };
  let message = "";
  try {
    decide(market, buy("late", 1, 500_00), next, localTerms);
  } catch (error) {
    message = String(error);
  }
  ok(message.includes("parts follow one another"), message);
});
