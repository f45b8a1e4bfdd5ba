import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Command, PlaceOrder } from "../src/domain/facts/command.ts";
import type { Step } from "../src/domain/facts/event.ts";
import { nseClearing } from "../src/domain/facts/nse-clearing.ts";
import {
  decide,
  initialMarket,
  localTerms,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../src/domain/market.ts";
import { timeMs } from "../src/domain/facts/units.ts";
import { newTradeWays, takeStep } from "../src/protocol/ways/trade-ways.ts";
import { makeOrders } from "./orders.ts";

/** One round, in trades per second of the pure code, on the same orders. */
export type ClearingRound = {
  readonly trades: number;
  /** Matched and settled at once. */
  readonly instant: number;
  /** Matched, novated, netted, paid in and paid out. */
  readonly cleared: number;
  /** Of that, from the first obligations to the last pay-out alone. */
  readonly netted: number;
  /** Events of the largest tick, and their bytes on the log. */
  readonly tickEvents: number;
  readonly tickBytes: number;
};

const clientsEach = 200;
/** Monday, 1 June 2026, 10:00 in India. */
const openMs = Date.parse("2026-06-01T10:00:00+05:30");

/**
 * Decides `count` orders without a cycle, and again with T+1 until everything is paid out. No log,
 * no Kafka.
 */
export function measureClearing(count: number): ClearingRound {
  const orders = makeOrders(count).map((order) => ({ ...order, client: clientOf(order) }));
  const instant = match(orders, localTerms);
  const cleared = match(orders, { ...localTerms, clearing: nseClearing });
  const settling = settle(cleared.market, count);
  const perSecond = (ms: number): number => (1_000 * cleared.trades) / ms;
  return {
    trades: cleared.trades,
    instant: perSecond(instant.ms),
    cleared: perSecond(cleared.ms + settling.ms),
    netted: perSecond(settling.ms),
    tickEvents: settling.events,
    tickBytes: settling.bytes,
  };
}

/** Four thousand clients, 200 of each of twenty members. */
function clientOf({ source }: PlaceOrder): string {
  return `C${("offset" in source ? source.offset : 0) % clientsEach}`;
}

/**
 * What a process that follows the log keeps for each trade on its way to settlement, in bytes of
 * its heap.
 */
export function measureUnsettled(count: number): { trades: number; bytesEach: number } {
  const steps = stepsOf(count);
  const ways = newTradeWays();
  const before = usedHeap();
  for (const text of steps) takeStep(ways, JSON.parse(text) as Step);
  const used = usedHeap() - before;
  if (steps.length !== count) throw new Error("the steps must stay, or their bytes are missing");
  return { trades: ways.byId.size, bytesEach: used / ways.byId.size };
}

/** As they lie in the log. */
function stepsOf(count: number): string[] {
  const market = initialMarket();
  const terms = { ...localTerms, clearing: nseClearing };
  return makeOrders(count).map((order, offset) => {
    const context = { at: timeMs(openMs), shard: 0, offset, seq: offset + 1 };
    const events = decide(market, { ...order, client: clientOf(order) }, context, terms);
    return JSON.stringify({ at: context.at, events });
  });
}

function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

type Terms = { readonly terms: MarketTerms; readonly market: Market };

function match(
  orders: readonly Command[],
  terms: MarketTerms,
): Terms & { ms: number; trades: number } {
  const market = initialMarket();
  const startedAtMs = performance.now();
  let trades = 0;
  for (const [offset, order] of orders.entries()) {
    const context = { at: timeMs(openMs), shard: 0, offset, seq: offset + 1 };
    for (const { type } of decide(market, order, context, terms))
      if (type === "TradeExecuted") trades += 1;
  }
  return { terms, market, ms: performance.now() - startedAtMs, trades };
}

function settle(market: Market, from: number): { ms: number; events: number; bytes: number } {
  const terms = { ...localTerms, clearing: nseClearing };
  const largest = { ms: 0, events: 0, bytes: 0 };
  for (let offset = from; ; offset += 1) {
    const dueMs = nextDueMs(market);
    if (dueMs === null) return largest;
    const context = { at: dueMs, shard: 0, offset, seq: offset + 1 };
    const startedAtMs = performance.now();
    const events = decide(market, { type: "Tick" }, context, terms);
    largest.ms += performance.now() - startedAtMs;
    largest.events = Math.max(largest.events, events.length);
    largest.bytes = Math.max(largest.bytes, JSON.stringify(events).length);
  }
}
