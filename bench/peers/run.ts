import { eventsTopic, legTopics } from "../../src/protocol/topics.ts";
import { logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import type { KafkaLog } from "../../src/kafka/kafka-log.ts";
import { followCommitted } from "../committed-records.ts";
import { costsBelow, untilQuiet, type ProcessCost } from "../process-cost.ts";
import { sendAtRate } from "../gateway.ts";
import { percentile } from "../statistics.ts";
import { buyRecord, makeOrders, type Order } from "./input.ts";
import { followLegs, orderIdOf, type Arrived } from "./legs.ts";
import { Measured } from "./measured.ts";
import type { Peer } from "./peer.ts";

/** How much is measured of each peer in a round. */
export type Plan = {
  readonly orders: number;
  /** Orders before those that count: compiled code, and topics that have their files. */
  readonly warmUp: number;
  /** Orders a second, of which a slow peer gets the first alone. */
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
};

/** Milliseconds from an order's due moment to its last leg at a read_committed reader. */
type Latency = {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly orders: number;
  /** To the order's step in the log; null where there is none. */
  readonly event: { readonly p50: number; readonly p99: number } | null;
};

/** What one peer did in one round. */
export type PeerRun = {
  readonly peer: string;
  readonly orders: number;
  /** From the first send on `buy-orders` to the last leg that a read_committed reader sees. */
  readonly ordersPerSecond: number;
  /** Microseconds of CPU an order by process, without this one, which sends and reads. */
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly latencies: readonly Latency[];
};

const stallMs = 60_000;
const ourGroups = ["sauda-intake", "sauda-exchange", "sauda-publisher"];

/**
 * Makes the topics anew, starts the peer, plays the scenario, lets it settle the orders that do not
 * count and then those that do, as fast as the broker takes them, then orders at fixed rates.
 * Throws where a leg is missing, came twice or belongs to another trade.
 */
export async function measurePeer(
  log: KafkaLog,
  bootstrap: string,
  peer: Peer,
  plan: Plan,
): Promise<PeerRun> {
  await log.deleteMarket(ourGroups);
  await log.createTopics(1);
  // A topic just made is led by nobody for a moment.
  for (const topic of [...legTopics.book, eventsTopic]) await log.bounds(topic, 0);
  const legs = await followLegs(log, stallMs);
  const buys = await log.appender("buy-orders", 0);
  const stop = await peer.start(bootstrap);
  try {
    const share = (count: number): number => Math.ceil(count / peer.oneIn);
    const rates = peer.oneIn > 1 ? plan.rates.slice(0, 1) : plan.rates;
    const atRates = rates.reduce(
      (sum, rate) => sum + rate * (plan.seconds + plan.warmUpSeconds),
      0,
    );
    const measured = new Measured(peer, legs, buys, share(plan.orders + plan.warmUp) + atRates + 1);
    if (peer.isMatcher) await measured.begin(await log.appender("sell-offers", 0));
    await measured.prepare(makeOrders("warm", share(plan.warmUp)))();
    const fast = await measureFast(measured, makeOrders("order", share(plan.orders)));
    const latencies: Latency[] = [];
    for (const rate of rates) latencies.push(await measureLatency(log, measured, rate, plan));
    measured.check();
    return { peer: peer.name, ...fast, latencies };
  } finally {
    await stop();
    await buys.close();
    await legs.close();
  }
}

async function measureFast(
  measured: Measured,
  orders: readonly Order[],
): Promise<Pick<PeerRun, "orders" | "ordersPerSecond" | "cpuUs">> {
  const look = (): Map<string, ProcessCost> => {
    const costs = costsBelow(process.pid);
    costs.delete("other"); // this process, and what watches over it
    return costs;
  };
  const settle = measured.prepare(orders);
  await untilQuiet(look);
  const before = look();
  const beganMs = performance.now();
  await settle();
  const { demat, cash } = measured.legs;
  const endedMs = Math.max(demat.at(-1)?.atMs ?? NaN, cash.at(-1)?.atMs ?? NaN);
  await untilQuiet(look);
  const cpuUs = [...look()].map(([name, cost]): [string, number] => [
    name,
    (cost.cpuUs - (before.get(name)?.cpuUs ?? 0)) / orders.length,
  ]);
  return {
    orders: orders.length,
    ordersPerSecond: (orders.length * 1000) / (endedMs - beganMs),
    cpuUs: Object.fromEntries(cpuUs),
  };
}

async function measureLatency(
  log: KafkaLog,
  measured: Measured,
  rate: number,
  { seconds, warmUpSeconds }: Plan,
): Promise<Latency> {
  const { legs, peer, buys } = measured;
  const warm = makeOrders(`warm-at-${rate}`, rate * warmUpSeconds);
  await sendAtRate(buys, rate, warmUpSeconds, (index) => recordOf(warm, index));
  await legs.untilCount(measured.expect(warm));
  const events = peer.hasEvents ? await followEvents(log) : null;
  const orders = makeOrders(`at-${rate}`, rate * seconds);
  const from = legs.demat.length;
  const startedAtMs = await sendAtRate(buys, rate, seconds, (index) => recordOf(orders, index));
  await legs.untilCount(measured.expect(orders));
  await events?.close();
  const since = (atMs: ReadonlyMap<string, number>): number[] =>
    orders.map(({ id }, index) => (atMs.get(id) ?? NaN) - startedAtMs - (index * 1000) / rate);
  const legsMs = since(lastOf([...legs.demat.slice(from), ...legs.cash.slice(from)]));
  const eventsMs = events === null ? null : since(events.atMs());
  return {
    rate,
    orders: orders.length,
    ...spread(legsMs),
    max: percentile(legsMs, 100),
    event: eventsMs === null ? null : spread(eventsMs),
  };
}

function recordOf(orders: readonly Order[], index: number): string {
  const order = orders[index];
  if (order === undefined) throw new Error(`broken invariant: there is no order ${index}`);
  return buyRecord(order);
}

function spread(latenciesMs: readonly number[]): { p50: number; p99: number } {
  return { p50: percentile(latenciesMs, 50), p99: percentile(latenciesMs, 99) };
}

/** When the last leg of each order came. */
function lastOf(legs: readonly Arrived[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const leg of legs) {
    const id = orderIdOf(leg);
    last.set(id, Math.max(last.get(id) ?? 0, leg.atMs));
  }
  return last;
}

/** Follows the log from its end on: when each order's step could be read. */
async function followEvents(
  log: KafkaLog,
): Promise<{ atMs(): Map<string, number>; close(): Promise<void> }> {
  const came: Arrived[] = [];
  const { end } = await log.bounds(eventsTopic, 0);
  const note = (value: Buffer): unknown => came.push({ value, atMs: performance.now() });
  const close = await followCommitted(log, eventsTopic, note, end);
  return {
    close,
    atMs: () =>
      new Map(
        came.flatMap(({ value, atMs }) => acceptedIn(value).map((id) => [id, atMs] as const)),
      ),
  };
}

/** The orders that a record of the log took in, by their clients' ids. */
function acceptedIn(value: Buffer): string[] {
  const record = readLogRecord(logKey, value);
  if (!record.ok) throw new Error(record.problem);
  if (record.value?.type !== "Steps") return [];
  return record.value.steps.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === "OrderAccepted" ? (event.clientOrderId ?? []) : [])),
  );
}
