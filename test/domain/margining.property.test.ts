import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  localTerms,
  nextDueMs,
  openOrders,
  type Market,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { evolve } from "../../src/domain/state/evolve.ts";
import { touchedBy } from "../../src/domain/state/margin-touched.ts";
import { account } from "../clearing-given.ts";
import { atDoor, newSource, play, playOne, type Played, type Sent } from "../given.ts";
import { generatedOrders, plain } from "../orders.ts";
import { naiveMargins } from "./naive-margin.ts";

const marginAccounts = ["A/x", "A/y", "B"];

/** So little cash that margin runs short, and shares for some. A/full is covered in full. */
const both = (shares: number) => ({ SBIN: shares, ZED: shares });

const terms: MarketTerms = {
  ...localTerms,
  clearing: {
    ...nseClearing,
    accounts: new Map([
      ["A/x", account("margin", 200_000, both(0))],
      ["A/y", account("margin", 90_000, both(5))],
      ["B", account("margin", 150_000, both(0))],
      ["A/full", account("full", 5_000_000, both(100))],
    ]),
  },
};

const owner = fc.constantFrom<[string, string | null]>(
  ["A", "x"],
  ["A", "y"],
  ["B", null],
  ["A", "full"],
  ["A", "full"],
);
const pricesOf = (symbol: string): readonly number[] =>
  symbol === "SBIN" ? [97_000, 98_500, 98_500, 101_000] : [500, 1_000, 1_003, 500];

const anyOrder = generatedOrders({
  ...plain,
  symbol: fc.constantFrom("SBIN", "SBIN", "ZED"),
  pricePaise: fc.option(fc.constant(0), { freq: 6 }),
  counterparty: fc.constantFrom(null, null, null, null, "B"),
  product: fc.constantFrom("CNC", "CNC", "CNC", "MIS"),
});

const place = fc
  .tuple(anyOrder, owner, fc.nat({ max: 3 }))
  .map(([fields, [participant, client], pick]): Command => ({
    type: "PlaceOrder",
    ...fields,
    participant,
    client,
    pricePaise: fields.pricePaise === null ? null : (pricesOf(fields.symbol)[pick] ?? null),
    // Without a trade in the book ZED has no price, which a shortage needs.
    counterparty: fields.symbol === "ZED" ? null : fields.counterparty,
    source: newSource(),
  }));

const answers = fc.constantFrom("CONFIRM" as const, "REJECT" as const).map((answer): Command => {
  const original = { keyBase64: null, valueBase64: "eA==" };
  const nobody = { clientOrderId: null, orderId: null, symbol: null };
  return {
    type: "AnswerOrder",
    answer,
    participant: "B",
    ...nobody,
    source: newSource(),
    original,
  };
});

let asked = 0;

/**
 * Cash and shares that come in or leave, and all orders of an account at once: margins follow
 * at once.
 */
const others = fc
  .record({
    owner,
    type: fc.constantFrom("Deposit" as const, "Withdraw" as const, "CancelAll" as const),
    asset: fc.constantFrom("INR", "INR", "SBIN"),
    amount: fc.constantFrom(1, 3, 2_000, 60_000),
  })
  .map(({ owner: [participant, client], type, asset, amount }): Command => {
    asked += 1;
    const own = { participant, client, clientOrderId: `f${asked}` };
    const source = atDoor({ deadlineMs: Number.MAX_SAFE_INTEGER });
    if (type === "CancelAll") return { type, ...own, symbol: null, source };
    return { type, ...own, asset, amount, source };
  });

/** A cancel of one of the orders that are open then, or an early pay-in of one of the positions. */
type Move =
  | Command
  | { readonly cancel: number }
  | { readonly early: number; readonly shares: number };

const move: fc.Arbitrary<{ readonly move: Move; readonly minutes: number }> = fc.record({
  move: fc.oneof(
    { weight: 8, arbitrary: place },
    { weight: 2, arbitrary: answers },
    { weight: 1, arbitrary: others },
    { weight: 3, arbitrary: fc.nat({ max: 9 }).map((cancel) => ({ cancel })) },
    {
      weight: 3,
      arbitrary: fc.record({ early: fc.nat({ max: 9 }), shares: fc.integer({ min: 1, max: 6 }) }),
    },
  ),
  minutes: fc.constantFrom(0, 0, 1, 1, 30, 300, 600),
});
const history = fc.array(move, { minLength: 1, maxLength: 50, size: "max" });

const startMs = Date.parse("2026-06-01T10:00:00+05:30");
const endMs = Date.parse("2026-06-04T16:00:00+05:30");
// So many that what a test must have met has never been missed: few histories run short.
const runs = { numRuns: 1_000 };

test("property: the margin is what counting from nothing gives, after every step and close", () => {
  let most = 0;
  let shorts = 0;
  const early = new Set<string>();
  everyStep(({ market, steps }) => {
    const events = steps.flatMap((step) => step.events);
    const naive = naiveMargins(events);
    const known = new Map<string, bigint>();
    for (const [name, { requiredPaise }] of market.clearing.margins.accounts)
      if (requiredPaise > 0) known.set(name, BigInt(requiredPaise));
    deepEqual(known, naive);
    most = Math.max(most, known.size);
    shorts += market.clearing.margins.short.size;
    for (const event of steps.at(-1)?.events ?? [])
      if (event.type === "EarlyPaidIn") early.add(event.asset === "INR" ? "money" : "shares");
  });
  equal(most, marginAccounts.length);
  ok(shorts > 0, "no history ran short");
  deepEqual([...early].toSorted(), ["money", "shares"]);
});

test("property: what is required is blocked, unless nothing more is free; never less than nothing", () => {
  everyStep(({ market }) => {
    for (const name of marginAccounts) {
      const { free = 0, blocked = 0 } = cashOf(market, name) ?? {};
      const margin = market.clearing.margins.accounts.get(name);
      equal(blocked, (margin?.blockedPaise ?? 0) + paidInOf(market, name));
      const lackPaise = (margin?.requiredPaise ?? 0) - (margin?.blockedPaise ?? 0);
      ok(lackPaise >= 0 && (lackPaise === 0 || free === 0), `${name} lacks ${lackPaise}`);
    }
  });
});

test("property: an event names beforehand each security of which something opens or ends on margin", () => {
  const types = new Set<string>();
  fc.assert(
    fc.property(history, (all) => {
      const market = initialMarket();
      for (const [index, step] of playAll(all, () => {}).steps.entries()) {
        Object.assign(market, { clockMs: step.at, seq: index + 1 });
        const [named, changed] = [new Set<string>(), new Set<string>()];
        for (const event of step.events) {
          const before = openOnMargin(market);
          for (const { account: name, symbol } of touchedBy(market, event)) {
            named.add(`${name} ${symbol}`);
            types.add(event.type);
          }
          evolve(market, event);
          const after = openOnMargin(market);
          for (const key of new Set([...before.keys(), ...after.keys()]))
            if (before.get(key) !== after.get(key)) changed.add(key);
        }
        deepEqual([...changed.difference(named)], []);
      }
    }),
    { numRuns: 300 },
  );
  const ends = ["OrderCanceled", "OrderDeclined", "OrderExpired"];
  const others = ["EarlyPaidIn", "MarginPositionsClosed", "OrderAccepted", "TradeNovated"];
  deepEqual([...types].toSorted(), [...ends, ...others].toSorted());
});

test("property: no order raises the margin above what there is", () => {
  everyStep(({ market, steps }) => {
    const { events } = steps.at(-1) ?? { events: [] };
    const accepted = events.find((event) => event.type === "OrderAccepted");
    const isOnMargin = accepted?.type === "OrderAccepted" && accepted.cover === "margin";
    if (!isOnMargin || events.some(({ type }) => type === "TradeExecuted")) return;
    const raised = events.find((event) => event.type === "MarginRequired");
    if (raised?.type === "MarginRequired" && !market.clearing.margins.short.has(keyOf(raised)))
      equal(raised.blockedPaise, raised.requiredPaise);
    ok(!events.some((event) => event.type === "MarginShort"));
  });
});

test("property: with no order and no position left, no margin is", () => {
  fc.assert(
    fc.property(history, (all) => {
      const played = playAll(all, () => {});
      for (const { orderId, participant, symbol } of openOrders(played.market))
        playOne(played, canceling(orderId, participant, symbol), terms);
      for (const name of marginAccounts) {
        const isOpen = [...played.market.clearing.settlements.values()].some(({ onMargin }) =>
          onMargin.has(name),
        );
        if (!isOpen) equal(cashOf(played.market, name)?.blocked ?? 0, 0);
      }
    }),
    runs,
  );
});

test("property: after the cut-off no MIS order rests and nothing waits to be squared off", () => {
  let squaredOff = 0;
  everyStep(({ market, nowMs, steps }) => {
    const { squareOffAtMs, orders, positions } = market.clearing.margins.intraday;
    equal(squareOffAtMs === null, orders.size === 0 && positions.size === 0);
    ok(squareOffAtMs === null || squareOffAtMs > nowMs);
    deepEqual(
      [...positions].map(([key, { shares }]) => [key, shares]).toSorted(byKey),
      naiveIntraday(steps).toSorted(byKey),
    );
    for (const event of steps.flatMap((step) => step.events))
      if (event.type === "SquaredOff") squaredOff += event.filledQuantity;
  });
  ok(squaredOff > 0, "nothing was squared off");
});

test("R5 property: margins read back from the log are the same", () => {
  fc.assert(
    fc.property(history, (all) => {
      const { market, steps } = playAll(all, () => {});
      const folded = initialMarket();
      const read = JSON.parse(JSON.stringify(steps)) as Step[];
      for (const [index, step] of read.entries()) evolveStep(folded, step, index + 1);
      equal(describeMarket(folded), describeMarket(market));
    }),
    runs,
  );
});

function everyStep(check: (played: Played) => void): void {
  fc.assert(
    fc.property(history, (all) => {
      playAll(all, check);
    }),
    runs,
  );
}

type Moves = readonly { readonly move: Move; readonly minutes: number }[];

/** Plays the moves, each after the ticks that are due before it. */
function playAll(all: Moves, check: (played: Played) => void): Played {
  const played = play([], terms);
  let atMs = startMs;
  for (const { move: next, minutes } of all) {
    atMs = Math.min(atMs + minutes * 60_000, endMs);
    for (let due = nextDueMs(played.market); due !== null && due <= atMs;) {
      playOne(played, { command: { type: "Tick" }, atMs: due }, terms);
      due = nextDueMs(played.market);
    }
    const command = commandOf(played.market, next);
    if (command === null) continue;
    playOne(played, { command, atMs } satisfies Sent, terms);
    // What another order's settlement or close has left to count.
    while ((nextDueMs(played.market) ?? Infinity) <= atMs)
      playOne(played, { command: { type: "Tick" }, atMs }, terms);
    check(played);
  }
  return played;
}

function commandOf(market: Market, next: Move): Command | null {
  if ("type" in next) return next;
  if ("early" in next) return payingInEarly(market, next.early, next.shares);
  const order = openOrders(market)[next.cancel];
  return order === undefined ? null : canceling(order.orderId, order.participant, order.symbol);
}

let requests = 0;

function payingInEarly(market: Market, which: number, quantity: number): Command | null {
  const positions = [...market.clearing.margins.accounts.values()].flatMap(
    ({ participant, client, securities }) =>
      [...securities].flatMap(([symbol, security]) =>
        [...security.positions.keys()].map((settlementNumber) => ({
          participant,
          client,
          symbol,
          settlementNumber,
        })),
      ),
  );
  const position = positions[which % Math.max(1, positions.length)];
  if (position === undefined) return null;
  requests += 1;
  const clientOrderId = `early ${requests}`;
  return { type: "PayInEarly", ...position, clientOrderId, quantity, source: newSource() };
}

function canceling(origClientOrderId: string, participant: string, symbol: string): Command {
  requests += 1;
  const clientOrderId = `cancel ${requests}`;
  const source = newSource();
  return { type: "CancelOrder", participant, clientOrderId, origClientOrderId, symbol, source };
}

/** Money blocked for settlements by early pay-in. */
function paidInOf(market: Market, name: string): number {
  let sum = 0;
  for (const { members } of market.clearing.settlements.values())
    for (const { accounts } of members.values())
      sum += accounts.get(name)?.assets.get("INR")?.blocked ?? 0;
  return sum;
}

/** What each account has open of each security, as text. */
function openOnMargin({ clearing }: Market): Map<string, string> {
  const open = new Map<string, string>();
  for (const [name, { securities }] of clearing.margins.accounts)
    for (const [symbol, { orders, positions }] of securities) {
      const text = [...Object.values(orders), JSON.stringify([...positions])].join(" ");
      const isOpen = positions.size > 0 || Object.values(orders).some((sum) => sum > 0n);
      if (isOpen) open.set(`${name} ${symbol}`, text);
    }
  return open;
}

function cashOf(market: Market, name: string) {
  return balances(market).find((each) => each.account === name && each.asset === "INR");
}

function byKey([one]: readonly unknown[], [other]: readonly unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}

/** Net shares of MIS orders by account and symbol since they were last squared off. */
function naiveIntraday(steps: readonly Step[]): [string, number][] {
  const orders = new Map<string, string>();
  const net = new Map<string, number>();
  for (const event of steps.flatMap((step) => step.events))
    if (event.type === "OrderAccepted" && event.product === "MIS")
      orders.set(event.orderId, `${keyOf(event)} ${event.symbol}`);
    else if (event.type === "SquaredOff") net.delete(`${keyOf(event)} ${event.symbol}`);
    else if (event.type === "TradeExecuted") {
      const [buyer, seller] = [event.buy, event.sell].map(({ orderId }) =>
        orders.get(orderId ?? ""),
      );
      if (buyer !== undefined) net.set(buyer, (net.get(buyer) ?? 0) + event.quantity);
      if (seller !== undefined) net.set(seller, (net.get(seller) ?? 0) - event.quantity);
    }
  return [...net].filter(([, shares]) => shares !== 0);
}

function keyOf(holder: { readonly participant: string; readonly client: string | null }): string {
  return holder.client === null ? holder.participant : `${holder.participant}/${holder.client}`;
}
