import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServices } from "../src/cli/market/kept-services.ts";
import { legTopics } from "../src/protocol/topics.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import type { Appender } from "../src/services/log.ts";
import { append, buyOrder, sellOffer } from "./flow-b.ts";
import { followCommitted } from "./committed-records.ts";

const participants = join(import.meta.dirname, "..", "participants.json");

/**
 * Starts the services as processes of their own, offers enough shares, and sends buy orders at a
 * fixed rate whether or not earlier ones have settled (open loop: a stall counts against every
 * order behind it). Returns for each order the time from its due moment to both legs at a
 * read_committed reader. Orders of the `warmUpSeconds` before do not count: connections are
 * made, and code is compiled, for which the broker takes a quarter of a core in its first minute
 * at 500 orders/s.
 */
export async function measureLatency(
  bootstrap: string,
  rate: number,
  seconds: number,
  warmUpSeconds: number,
): Promise<number[]> {
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  await log.deleteMarket(["sauda-intake", "sauda-exchange", "sauda-publisher"]);
  await log.createTopics(1);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const args = ["--kafka", bootstrap, "--participants", participants];
  const { services } = await startServices({ args }, { note: () => {}, warn: say }, 60_000);
  const seen = new Map<string, number[]>();
  const readers = await Promise.all(
    legTopics.book.map((topic) => followCommitted(bootstrap, topic, (leg) => note(seen, leg))),
  );
  const orders = await log.appender("buy-orders", 0);
  try {
    const offers = await log.appender("sell-offers", 0);
    await append(offers, sellOffer(rate * (seconds + warmUpSeconds)));
    await offers.close();
    await sendAtRate(orders, rate, warmUpSeconds, "warm");
    const dueAtMs = await sendAtRate(orders, rate, seconds, "order");
    await settled(seen, dueAtMs);
    return [...dueAtMs].map(([id, dueMs]) => Math.max(...(seen.get(id) ?? [Infinity])) - dueMs);
  } finally {
    await orders.close();
    await Promise.all(readers.map((close) => close()));
    await services.stop();
    await log.close();
  }
}

function note(seen: Map<string, number[]>, leg: Buffer): void {
  const { order_id: orderId } = JSON.parse(leg.toString()) as { order_id: string };
  seen.set(orderId, [...(seen.get(orderId) ?? []), performance.now()]);
}

async function settled(seen: Map<string, number[]>, due: Map<string, number>): Promise<void> {
  const untilMs = performance.now() + 10_000;
  const isDone = (): boolean => [...due.keys()].every((id) => seen.get(id)?.length === 2);
  while (!isDone()) {
    if (performance.now() > untilMs) throw new Error("not every order has settled exactly once");
    await sleep(50);
  }
}

/** Sends `rate * seconds` orders, each when it is due; those due together share a request. */
async function sendAtRate(
  orders: Appender,
  rate: number,
  seconds: number,
  name: string,
): Promise<Map<string, number>> {
  const due = new Map<string, number>();
  const startedAtMs = performance.now();
  const count = rate * seconds;
  for (let next = 0; next < count;) {
    const nowMs = performance.now();
    const batch: string[] = [];
    for (; next < count && startedAtMs + (next * 1000) / rate <= nowMs; next += 1) {
      const id = `${name}-${next}`;
      due.set(id, startedAtMs + (next * 1000) / rate);
      batch.push(buyOrder(id));
    }
    if (batch.length > 0) await append(orders, ...batch);
    else await sleep(1);
  }
  return due;
}
