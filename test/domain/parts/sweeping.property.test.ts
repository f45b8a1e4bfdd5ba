import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "../../../src/domain/facts/command.ts";
import type { MarketEvent, Step } from "../../../src/domain/facts/event.ts";
import { paise, timeMs } from "../../../src/domain/facts/units.ts";
import {
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../../../src/domain/market.ts";
import { decodeState, encodeState } from "../../../src/services/snapshots/state.ts";
import { account, clearingTerms } from "../../clearing-given.ts";
import { cancelAll, newSource, play, playOne, type Played } from "../../given.ts";
import { generatedOrders } from "../../orders.ts";
import { history as clearingHistory, runAll } from "../clearing-histories.ts";
import { history as instantHistory, scarce } from "../market-histories.ts";

/** Of all accounts some can take hardly more of what they get; M is on margin, with little cash. */
const nearly = Number.MAX_SAFE_INTEGER - 60;
const terms: MarketTerms = clearingTerms({
  accounts: new Map([
    ["A", account("full", 100_000, { SBIN: 500, FAST: 500, NOW: 500, ZED: 500 })],
    ["A/x", account("margin", 500, { SBIN: 90, NOW: 200 })],
    ["B", account("margin", 300, { SBIN: 90, FAST: 9, NOW: 90 })],
    ["B/x", account("margin", 150, { NOW: 20 })],
    ["C", account("full", nearly, { NOW: 90 })],
    ["C/x", account("full", 100_000, { NOW: nearly + 54 })],
  ]),
  symbols: new Map([
    ["ZED", { settlement: "T+1", series: "BE" }],
    ["FAST", { settlement: "T+0", series: "EQ" }],
    ["NOW", { settlement: "instant", series: "EQ" }],
  ]),
  collateral: new Map([["B", paise(500)]]),
});

const holder = fc.constantFrom<[string, string | null]>(
  ["A", null],
  ["A", null],
  ["A", "x"],
  ["B", null],
  ["B", "x"],
  ["C", null],
  ["C", "x"],
  ["C", "x"],
);

/** Small ones that rest, behind a gap on the other side too, and what takes many of them. */
const round = fc
  .record({
    symbol: fc.constantFrom("SBIN", "SBIN", "NOW", "FAST", "ZED"),
    side: fc.constantFrom("BUY" as const, "SELL" as const),
    resting: fc.array(anOrder(1, 4), { minLength: 2, maxLength: 9 }),
    taking: anOrder(5, 30),
    behind: fc.array(anOrder(1, 3), { maxLength: 5 }),
  })
  .map(({ symbol, side, resting, taking, behind }) => {
    const other = side === "BUY" ? "SELL" : "BUY";
    const pricePaise = other === "BUY" ? 10 : 30;
    return [
      ...behind.map((each) => ({ ...placed(each, symbol, other), pricePaise })),
      ...resting.map((each) => placed(each, symbol, side)),
      placed(taking, symbol, other),
    ];
  });

function anOrder(min: number, max: number) {
  return fc.record({
    fields: generatedOrders({
      quantity: fc.integer({ min, max }),
      pricePaise: fc.option(fc.constantFrom(15, 20, 20, 25), { freq: 8 }),
      counterparty: fc.constant(null),
      product: fc.constantFrom("CNC", "CNC", "MIS"),
      unfit: fc.constant(null),
    }),
    holder,
  });
}

type AnOrder = ReturnType<typeof anOrder> extends fc.Arbitrary<infer One> ? One : never;

/** Who is nearly full trades what settles at once: it could not take a shortage's price. */
function placed(
  { fields, holder: [named, client] }: AnOrder,
  symbol: string,
  side: "BUY" | "SELL",
): Command {
  const participant = named === "C" && symbol !== "NOW" ? "A" : named;
  const isDelivered = fields.product === "CNC";
  return {
    type: "PlaceOrder",
    ...fields,
    participant,
    client,
    symbol,
    symbolAsSent: symbol,
    side,
    pricePaise: fields.pricePaise ?? (side === "BUY" ? 25 : null),
    custodian: client !== null && isDelivered ? fields.custodian : null,
    product: symbol === "SBIN" ? fields.product : "CNC",
    source: newSource(),
  };
}

let asked = 0;

const all = fc.constantFrom("A", "B", "C").map((participant): Command => {
  asked += 1;
  return cancelAll(`all ${asked}`, { participant });
});

const action = fc.record({
  commands: fc.oneof(
    { weight: 12, arbitrary: round },
    { weight: 1, arbitrary: all.map((command) => [command]) },
  ),
  minutes: fc.constantFrom(0, 0, 1, 1_440),
});

const history = fc.array(action, { minLength: 1, maxLength: 9, size: "max" });

type History = typeof history extends fc.Arbitrary<infer Some> ? Some : never;

const startMs = Date.parse("2026-06-01T10:00:00+05:30");

/** Whole steps, with a tick wherever something is due. */
function playWhole(actions: History): Played {
  const played = { ...play([], terms, {}, { fillsMax: Infinity }), nowMs: startMs };
  for (const { commands, minutes } of actions) {
    for (const command of commands) playOne(played, { command, atMs: played.nowMs }, terms);
    passTime(played, played.nowMs + minutes * 60_000);
  }
  passTime(played, startMs + 10 * 1_440 * 60_000);
  return played;
}

function passTime(played: Played, untilMs: number): void {
  for (;;) {
    const dueMs = nextDueMs(played.market);
    if (dueMs === null || dueMs > untilMs) break;
    playOne(played, { command: { type: "Tick" }, atMs: Math.max(dueMs, played.nowMs) }, terms);
  }
  played.nowMs = untilMs;
}

/** What a market came to, and what was told of trades, orders and clearing on the way. */
type Told = {
  readonly market: string;
  readonly events: readonly string[];
  readonly parts: readonly number[];
};

/**
 * Decides again what was decided before, in parts of so many resting orders at most, and folds each
 * part into a second market. The next part is decided from that one, by way of a snapshot.
 */
function decideAgain(sent: NonNullable<Played["sent"]>, fillsMax: number, own: MarketTerms): Told {
  let [market, folded] = [initialMarket(), initialMarket()];
  const events: MarketEvent[] = [];
  const parts: number[] = [];
  for (const { command, atMs, offset } of sent) {
    for (let part = 0; part === 0 || hasPartsLeft(market); part += 1) {
      // Parts have one number here, so that what is told by numbers of steps is the same.
      const seq = offset + 1;
      const context = { at: timeMs(atMs + part), shard: 0, offset, seq, part, fillsMax };
      const made = decide(market, command, context, own);
      const cause = { offset, digest: "" };
      const last = !hasPartsLeft(market);
      const step: Step = { cause, part, last, at: market.clockMs, events: made };
      evolveStep(folded, JSON.parse(JSON.stringify(step)) as Step, seq);
      if (!last) [market, folded] = [restored(folded), market];
      events.push(...made);
      if (last) parts.push(part + 1);
    }
  }
  equal(describeMarket(folded), describeMarket(market));
  return { ...told(market, events), parts };
}

function restored(market: Market): Market {
  const back = decodeState("market", encodeState("market", market));
  equal(describeMarket(back), describeMarket(market));
  return back;
}

/** With trades named by their place among all, since their ids say the part. */
function told(market: Market, events: readonly MarketEvent[]): Omit<Told, "parts"> {
  const names = new Map<string, string>();
  for (const event of events)
    if (event.type === "TradeExecuted") names.set(event.tradeId.slice(2), `#${names.size}`);
  const named = (text: string): string =>
    text
      .replaceAll(/\bJ-0-\d+-\d+-\d+/g, "J")
      .replaceAll(/\b([TS])-(0-\d+-\d+-\d+)/g, (_, kind, number) => kind + names.get(number));
  const lines = events
    .filter((event) => !isOfParts(event))
    .map((event) => named(JSON.stringify(event)));
  return { market: named(describeMarket(market)), events: lines };
}

/** What each part does for itself: it gives back what its trades saved, and counts margins. */
function isOfParts(event: MarketEvent): boolean {
  if (event.type === "JournalPosted") return ["RELEASE", "MARGIN"].includes(event.journal.kind);
  return ["SweepBegun", "SweepDone", "MarginRequired", "MarginShort"].includes(event.type);
}

function sameInParts({ sent = [] }: Played, own: MarketTerms, fillsMax: number): Told {
  const whole = decideAgain(sent, Infinity, own);
  const parted = decideAgain(sent, fillsMax, own);
  deepEqual(parted.events, whole.events);
  deepEqual(parted.market.split("\n"), whole.market.split("\n"));
  return parted;
}

const fillsMax = fc.constantFrom(1, 2, 3, 7);

test("property: orders in parts of any size, T+0, T+1, margins, full accounts, MIS: trades, balances and books as in one step", () => {
  fc.assert(
    fc.property(history, fillsMax, (actions, most) => {
      sameInParts(playWhole(actions), terms, most);
    }),
    { numRuns: 300 },
  );
});

test("property: the same of the histories of clearing, with auctions, defaults and shortages", () => {
  fc.assert(
    fc.property(clearingHistory, fillsMax, (actions, most) => {
      const run = runAll(actions, () => {});
      sameInParts(run, run.terms, most);
    }),
    { numRuns: 150 },
  );
});

test("property: the same of the histories of a market that settles at once, with answers and repeats", () => {
  fc.assert(
    fc.property(instantHistory, fillsMax, (actions, most) => {
      sameInParts(play(actions, scarce), scarce, most);
    }),
    { numRuns: 150 },
  );
});

test("property: the histories meet sweeps of an order, of the cut-off, of full accounts, and a lack of margin between parts", () => {
  const seen = { order: 0, cutOff: 0, full: 0, short: 0 };
  for (const actions of fc.sample(history, { numRuns: 600, seed: 3 })) {
    const { sent = [] } = playWhole(actions);
    const market = initialMarket();
    for (const { command, atMs, offset } of sent) {
      let parts = 0;
      const events: MarketEvent[] = [];
      for (; parts === 0 || hasPartsLeft(market); parts += 1) {
        const context = { at: timeMs(atMs), shard: 0, offset, seq: offset + 1, part: parts };
        events.push(...decide(market, command, { ...context, fillsMax: 2 }, terms));
      }
      if (parts < 2 || command.type === "CancelAll") continue;
      if (command.type === "PlaceOrder") seen.order += 1;
      if (command.type === "Tick") seen.cutOff += 1;
      if (events.some((event) => event.type === "OrderExpired" && event.reason !== undefined))
        seen.full += 1;
      if (events.some(({ type }) => type === "MarginShort")) seen.short += 1;
    }
  }
  ok(Math.min(seen.order, seen.cutOff, seen.full) > 5 && seen.short > 0, JSON.stringify(seen));
});
