import type { SettlementCycle } from "../../domain/facts/instrument.ts";
import { publicBytes } from "../../protocol/own/public-record.ts";
import { publicRecords } from "../../protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../../protocol/ways/trade-ways.ts";
import { legTopics, readLegLine } from "../../protocol/seeds/leg-line.ts";
import { eventsTopic, type TopicName } from "../../protocol/topics.ts";
import type { Clock } from "../../services/clock.ts";
import type { MarketLog } from "../../services/log.ts";
import { followSteps } from "../log-steps.ts";
import { Failure } from "../output.ts";

/** The seeds' two trades under ids of our own, so that sending them again is a repeat. */
const demoOrderIds = ["demo-a", "demo-b"] as const;

const demoRecords: readonly (readonly [topic: TopicName, value: string])[] = [
  [
    "Trade_Order",
    '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0,"order_id":"demo-a"}',
  ],
  ["Counter_party", '{"type":"Counter_party","text":"CONFIRM","order_id":"demo-a"}'],
  [
    "sell-offers",
    '{"offer_id":"demo-b","seller":"SELLER","stock_symbol":"SBI","quantity":100,"timestamp":"2026-01-05T10:15:00.000000"}',
  ],
  [
    "buy-orders",
    '{"order_id":"demo-b","buyer":"HDFC","stock_symbol":"SBI","quantity":100,"price_per_unit":885.0,"timestamp":"2026-01-05T10:15:00.123456"}',
  ],
];

/** A leg of a demo trade: where it stands and the line a person sees. */
type DemoLeg = { readonly topic: TopicName; readonly line: string };

/**
 * Plays the seeds' two trades once per market and returns their four legs in order. In a
 * market that has them already the legs come from the log. Throws `Failure` when they do not
 * settle in time.
 */
export async function playDemoTrades(
  log: MarketLog,
  clock: Clock,
  timeoutMs: number,
): Promise<readonly DemoLeg[]> {
  const settled = await findInLog(log);
  if (settled.length === legTopics.length) return settled;
  const untilMs = clock.nowMs() + timeoutMs;
  const from = await Promise.all(legTopics.map(async (topic) => (await log.bounds(topic, 0)).end));
  for (const [topic, value] of demoRecords) await sendOne(log, topic, value);
  const legs: DemoLeg[] = [];
  for (const [index, topic] of legTopics.entries()) {
    legs.push(await awaitLeg(log, clock, topic, from[index] ?? 0, untilMs));
  }
  return legs;
}

/** Why the seeds' trades are not played: nobody waits days for their four legs. */
export function demoLeftOut(settlement: SettlementCycle): string {
  return `the seeds' two trades are left out: trades settle by ${settlement} here`;
}

async function sendOne(log: MarketLog, topic: TopicName, value: string): Promise<void> {
  const appender = await log.appender(topic, 0);
  try {
    const result = await appender.append([{ key: null, value: Buffer.from(value) }]);
    if (result.type !== "at") throw new Failure(`${topic} did not take an order: ${result.why}`);
  } finally {
    await appender.close();
  }
}

/** The demo legs that the log knows of, in the order of `legTopics`. */
async function findInLog(log: MarketLog): Promise<DemoLeg[]> {
  const { end } = await log.bounds(eventsTopic, 0);
  const ways = newTradeWays();
  const found = new Map<string, DemoLeg>();
  const context = { marketId: "", shard: 0 }; // only of the records' ids, which no line shows
  if (end === 0) return [];
  for await (const { steps, next } of followSteps(log, 0, 1000)) {
    const records = steps.flatMap(({ step }) => publicRecords(takeStep(ways, step), 1, context));
    for (const { topic, value } of records) {
      const line = findDemoLine(topic, publicBytes(value));
      if (line !== null) found.set(topic, { topic, line });
    }
    if (next >= end || found.size === legTopics.length) break;
  }
  return legTopics.flatMap((topic) => found.get(topic) ?? []);
}

async function awaitLeg(
  log: MarketLog,
  clock: Clock,
  topic: TopicName,
  from: number,
  untilMs: number,
): Promise<DemoLeg> {
  const reader = await log.reader(topic, 0, from);
  try {
    while (clock.nowMs() < untilMs) {
      for (const { value } of (await reader.read(500)).records) {
        const line = findDemoLine(topic, value);
        if (line !== null) return { topic, line };
      }
    }
  } finally {
    await reader.close();
  }
  throw new Failure(`the seeds' trades did not settle in time: nothing on ${topic}`);
}

function findDemoLine(topic: TopicName, value: Buffer | null): string | null {
  if (value === null || !legTopics.includes(topic)) return null;
  const isDemo = demoOrderIds.some((id) => value.includes(`"order_id":"${id}"`));
  return isDemo ? readLegLine(topic, value) : null;
}
