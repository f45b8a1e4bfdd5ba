import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { legTopics, topicSpecs } from "../src/protocol/topics.ts";
import { openKafkaLog, type KafkaLog } from "../src/kafka/kafka-log.ts";
import type { Appender } from "../src/services/log.ts";
import { ephemeralMarket } from "../test/acceptance/market-process.ts";
import { noteCollections } from "./collections.ts";
import { append, buyOrder, sellOffer } from "./flow-b.ts";
import { followCommitted } from "./committed-records.ts";
import type { Collections } from "./note-collections.ts";
import { measureAsking, type Start } from "./start.ts";
import { costsBelow, untilQuiet } from "./process-cost.ts";

/** What an order of flow B cost a market that runs whole, as `npm start` has it but its standby. */
export type MarketCost = {
  /** From the first send on `buy-orders` to the last leg that a read_committed reader sees. */
  readonly ordersPerSecond: number;
  /** Microseconds of CPU an order, by process. */
  readonly cpuUs: ReadonlyMap<string, number>;
  /** Bytes of objects an order made, and microseconds that collecting them took, by service. */
  readonly collections: ReadonlyMap<string, Collections>;
  /** Memory at the end, in bytes, by process. */
  readonly residentBytes: ReadonlyMap<string, number>;
  /** When nobody sends anything: milliseconds of CPU a second, by process. */
  readonly idleMs: ReadonlyMap<string, number>;
  /** By topic: records and bytes in Kafka's files, each an order. */
  readonly topics: ReadonlyMap<string, TopicCost>;
  /** What commands cost that ask this market, with all these orders in its log. */
  readonly asking: readonly Start[];
};

/** What a topic holds of an order. */
type TopicCost = { readonly records: number; readonly bytes: number };

const batchOrders = 500;
const askingRounds = 5;
const stallMs = 60_000;

/**
 * Starts the whole market, sends `warmUp` orders that do not count and then `orders` as fast as the
 * broker takes them, each of which takes one share of a large offer. The CPU is the operating
 * system's account from the first send until nothing works any more, so that what gateway and books
 * do later is in it. Then nobody sends anything for `idleSeconds`.
 */
export async function measureCost(
  orders: number,
  warmUp: number,
  idleSeconds: number,
): Promise<MarketCost> {
  const notes = noteCollections();
  const market = await ephemeralMarket([], true, notes.env);
  const log = openKafkaLog({ bootstrap: market.bootstrap, clientId: "sauda-bench" });
  const legs = { count: 0 };
  let readers = await Promise.all(
    legTopics.book.map((topic) => followCommitted(log, topic, () => (legs.count += 1))),
  );
  try {
    const buys = await log.appender("buy-orders", 0);
    await offer(log, orders + warmUp);
    await sendAll(buys, "warm", warmUp);
    await settled(legs, warmUp * legTopics.book.length);
    await untilQuiet(() => costsBelow(market.up.pid));
    const before = costsBelow(market.up.pid);
    const collectedBefore = notes.read(market.up.pid);
    const topicsBefore = await lookAtTopics(log, market.dataDir);
    const beganMs = performance.now();
    await sendAll(buys, "order", orders);
    await settled(legs, (warmUp + orders) * legTopics.book.length);
    const seconds = (performance.now() - beganMs) / 1000;
    await untilQuiet(() => costsBelow(market.up.pid));
    const after = costsBelow(market.up.pid);
    const collected = notes.read(market.up.pid);
    const topicsAfter = await lookAtTopics(log, market.dataDir);
    await buys.close();
    await Promise.all(readers.map((close) => close()));
    readers = [];
    const idleMs = await idle(market.up.pid, idleSeconds);
    const asking = await measureAsking(market, askingRounds);
    return {
      asking,
      idleMs,
      ordersPerSecond: orders / seconds,
      cpuUs: mapped(after, ({ cpuUs }, name) => (cpuUs - (before.get(name)?.cpuUs ?? 0)) / orders),
      collections: mapped(collected, ({ allocatedBytes, stoodStillUs }, name) => {
        const was = collectedBefore.get(name) ?? { allocatedBytes: 0, stoodStillUs: 0 };
        return {
          allocatedBytes: (allocatedBytes - was.allocatedBytes) / orders,
          stoodStillUs: (stoodStillUs - was.stoodStillUs) / orders,
        };
      }),
      residentBytes: mapped(after, ({ residentBytes }) => residentBytes),
      topics: mapped(topicsAfter, ({ records, bytes }, name) => {
        const was = topicsBefore.get(name) ?? { records: 0, bytes: 0 };
        return { records: (records - was.records) / orders, bytes: (bytes - was.bytes) / orders };
      }),
    };
  } finally {
    await Promise.all(readers.map((close) => close()));
    await log.close();
    await market.stop();
    notes.remove();
  }
}

function mapped<Value, Made>(
  map: ReadonlyMap<string, Value>,
  make: (value: Value, name: string) => Made,
): Map<string, Made> {
  return new Map([...map].map(([name, value]) => [name, make(value, name)]));
}

async function offer(log: KafkaLog, quantity: number): Promise<void> {
  const offers = await log.appender("sell-offers", 0);
  await append(offers, sellOffer(quantity));
  await offers.close();
}

async function sendAll(buys: Appender, name: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += batchOrders) {
    const length = Math.min(batchOrders, count - from);
    const ids = Array.from({ length }, (_, index) => buyOrder(`${name}-${from + index}`));
    await append(buys, ...ids);
  }
}

async function idle(upPid: number, seconds: number): Promise<Map<string, number>> {
  const before = costsBelow(upPid);
  await sleep(seconds * 1000);
  return mapped(
    costsBelow(upPid),
    ({ cpuUs }, name) => (cpuUs - (before.get(name)?.cpuUs ?? 0)) / 1000 / seconds,
  );
}

/** Waits for so many legs in all; throws where none came for a minute. */
async function settled(legs: { readonly count: number }, wanted: number): Promise<void> {
  let lastCount = legs.count;
  let lastMs = performance.now();
  while (legs.count < wanted) {
    await sleep(5);
    if (legs.count !== lastCount) [lastCount, lastMs] = [legs.count, performance.now()];
    if (performance.now() - lastMs > stallMs)
      throw new Error(`${legs.count} of ${wanted} legs came, and for a minute none`);
  }
  if (legs.count > wanted) throw new Error(`${legs.count} legs came of ${wanted}: some twice`);
}

/** Records by the log's ends, bytes by the broker's files. */
async function lookAtTopics(log: KafkaLog, dataDir: string): Promise<Map<string, TopicCost>> {
  const folders = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const found = new Map<string, TopicCost>();
  for (const { name: topic } of topicSpecs) {
    const { end } = await log.bounds(topic, 0);
    const folder = folders.find(({ name }) => name === `${topic}-0`);
    if (folder === undefined) throw new Error(`${topic}-0 has no folder in the broker's data`);
    const path = join(folder.parentPath, folder.name);
    const files = readdirSync(path).filter((file) => file.endsWith(".log"));
    const bytes = files.reduce((sum, file) => sum + statSync(join(path, file)).size, 0);
    found.set(topic, { records: end, bytes });
  }
  return found;
}
