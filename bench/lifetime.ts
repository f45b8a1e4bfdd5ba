import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { PlaceOrder } from "../src/domain/facts/command.ts";
import { timeMs } from "../src/domain/facts/units.ts";
import { decide, initialMarket, localTerms, type Market } from "../src/domain/market.ts";
import { addStep, newStepsWriter, openSteps } from "../src/protocol/log/steps-bytes.ts";
import { makePairs, makeResting } from "./orders.ts";

/** What the market of an exchange costs after so many orders of its life. */
export type LifetimeSoFar = {
  readonly orders: number;
  /** CPU of this process, of the last tenth of all: each order decided, and its step encoded. */
  readonly cpuUsEach: number;
  /** What the process has, after the garbage went: objects, buffers, and all of it. */
  readonly heapBytes: number;
  readonly bufferBytes: number;
  readonly residentBytes: number;
};

/**
 * Decides `count` orders of flow B, pairs that trade at once, beside `resting` orders that nothing
 * takes, and tells after each tenth what that cost. No log, no Kafka.
 */
export function* measureLifetime(count: number, resting: number): Generator<LifetimeSoFar> {
  const market = initialMarket();
  let offset = 0;
  const next = (order: PlaceOrder): void => {
    place(market, order, offset);
    offset += 1;
  };
  for (const order of makeResting(resting)) next(order);
  const pairs = makePairs();
  const orders = Math.floor(count / 10);
  for (let tenth = 1; tenth <= 10; tenth += 1) {
    const before = process.cpuUsage();
    for (let done = 0; done < orders; done += 2) for (const order of pairs()) next(order);
    const { user, system } = process.cpuUsage(before);
    yield { orders: orders * tenth, cpuUsEach: (user + system) / orders, ...memoryNow() };
  }
}

function place(market: Market, order: PlaceOrder, offset: number): void {
  const context = { at: timeMs(openMs + offset), shard: 0, offset, seq: offset + 1 };
  const events = decide(market, order, context, localTerms);
  const step = { cause: { offset, digest }, part: 0, last: true, at: context.at, events };
  addStep(openSteps(writer, { epoch: 1, seq: offset + 1, prev: digest }), step, Infinity);
}

/** Monday, 1 June 2026, 10:00 in India. */
const openMs = Date.parse("2026-06-01T10:00:00+05:30");
const digest = "00".repeat(32);
const writer = newStepsWriter();

function memoryNow(): Omit<LifetimeSoFar, "orders" | "cpuUsEach"> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, bufferBytes: arrayBuffers, residentBytes: rss };
}
