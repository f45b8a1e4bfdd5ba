import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { seeded } from "../bench/orders.ts";
import { eventsTopic } from "../src/protocol/topics.ts";
import { ephemeralMarket, until } from "../test/acceptance/market-process.ts";
import type { TestMarket } from "../test/acceptance/market-process.ts";
import { checkWholeMarket } from "../test/acceptance/market-records.ts";
import { openTopics } from "../test/acceptance/records.ts";
import type { Topics } from "../test/acceptance/records.ts";
import type { ValidStep } from "../test/checker/log-reading.ts";
import { makeVenv } from "../test/foreign/venv.ts";
import { watchLegs } from "./leg-watch.ts";
import { awaitLegs, openLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { pidsOf, watchMemory, watchedServices } from "./process-watch.ts";
import type { WatchedService } from "./process-watch.ts";
import { startStranger } from "./stranger-client.ts";
import type { Stranger } from "./stranger-client.ts";
import { recordKinds, strangersTopics } from "./stranger-records.ts";
import type { Expected, RecordKind } from "./stranger-records.ts";
import { requestKinds } from "./stranger-requests.ts";
import type { Door } from "./stranger-requests.ts";

/** A day of abuse: hostile records and requests of every kind between honest orders. */
export type Abuse = {
  readonly seed: number;
  /** Hostile records and requests together, at least; each kind comes at least once. */
  readonly hostile: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly tell: (line: string) => void;
};

/** What came of it. Times in ms from an order's sending to its last leg; memory in MiB, the most seen. */
export type AbuseReport = {
  readonly kinds: number;
  readonly records: number;
  readonly requests: number;
  readonly p99Ms: { readonly alone: number; readonly abused: number };
  readonly memoryMiB: Readonly<Record<string, number>>;
};

/** What no process may exceed, in MiB. */
const memoryMaxMiB: Readonly<Record<WatchedService, number>> = {
  intake: 300,
  exchange: 400,
  publisher: 400,
  gateway: 500,
};
const settleLimitMs = 180_000;
/** An early answer is kept 5 s for its order. */
const restMs = 7_000;

/**
 * Runs the day on a market of its own and judges it: every honest order settled once, every hostile record
 * with the one outcome of its kind and every hostile request with an answer and no order, no process
 * restarted, memory within bounds. Throws what it finds; the times are for the caller to judge.
 */
export async function runAbuse(abuse: Abuse): Promise<AbuseReport> {
  const made = await makeVenv(["confluent-kafka"]);
  if (made.venv === null) throw new Error(`${made.missing} is missing`);
  const market = await ephemeralMarket();
  const stranger = startStranger(made.venv.python, market.bootstrap);
  try {
    return await abuseMarket(abuse, market, stranger);
  } catch (error) {
    abuse.tell(["what up said last:", ...market.up.err.slice(-40)].join("\n"));
    throw error;
  } finally {
    stranger.end();
    await market.stop();
    await made.venv.remove();
  }
}

async function abuseMarket(
  abuse: Abuse,
  market: TestMarket,
  stranger: Stranger,
): Promise<AbuseReport> {
  const topics = openTopics(market.bootstrap);
  const load = await openLoad(market.bootstrap, "honest", seeded(abuse.seed));
  const watch = await watchLegs(market.bootstrap);
  const pids = await pidsOf(market);
  const memory = watchMemory(pids);
  try {
    const half = Math.floor(abuse.orders / 2);
    // The first orders find every process cold: they would make the times alone look slow.
    await load.send(Math.floor(half / 2), abuse.perSecond);
    await awaitLegs(topics, load, settleLimitMs);
    watch.takeTimes(load);
    await load.send(half, abuse.perSecond);
    await awaitLegs(topics, load, settleLimitMs);
    const alone = p99(watch.takeTimes(load));
    abuse.tell(`${half} honest orders alone: p99 ${alone} ms`);

    const hostile = { isOver: false };
    const honest = load.send(abuse.orders - half, abuse.perSecond).finally(() => {
      hostile.isOver = true;
    });
    const sent = await sendHostile(abuse, market, stranger, hostile);
    await honest;
    await awaitLegs(topics, load, settleLimitMs);
    const abused = p99(watch.takeTimes(load));
    abuse.tell(`${abuse.orders - half} between hostile ones: p99 ${abused} ms`);

    await awaitRest(topics);
    deepStrictEqual(await pidsOf(market), pids, "a process was restarted");
    const { reading } = await checkWholeMarket(topics, market.bootstrap);
    deepStrictEqual(judgeRecords(sent.records, reading.steps).slice(0, 20), []);
    deepStrictEqual(judgeOrders(load, reading.steps).slice(0, 20), []);
    const memoryMiB = memory.end();
    const large = watchedServices.filter((name) => memoryMiB[name] > memoryMaxMiB[name]);
    deepStrictEqual(large, [], `memory in MiB: ${JSON.stringify(memoryMiB)}`);
    return {
      kinds: recordKinds.length + requestKinds.length,
      records: sent.records.length,
      requests: sent.requests,
      p99Ms: { alone, abused },
      memoryMiB,
    };
  } finally {
    memory.end();
    await watch.close();
    await load.close();
    await topics.close();
  }
}

/** Waits until the log has not grown for longer than an early answer waits for its order. */
async function awaitRest(topics: Topics): Promise<void> {
  const untilMs = performance.now() + settleLimitMs;
  let [end, sinceMs] = [-1, performance.now()];
  while (performance.now() - sinceMs < restMs) {
    const now = await topics.end(eventsTopic);
    if (now !== end) [end, sinceMs] = [now, performance.now()];
    if (performance.now() > untilMs) throw new Error("the market does not come to rest");
    await sleep(250);
  }
}

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}

/** A record that was sent and where it lies: topic, partition and offset in one. */
type SentRecord = { readonly kind: RecordKind; readonly position: string };

/** Sends every kind in turn, spread over the honest orders' time and on until all were sent. */
async function sendHostile(
  { seed, hostile, orders, perSecond, tell }: Abuse,
  market: TestMarket,
  stranger: Stranger,
  honest: { readonly isOver: boolean },
): Promise<{ readonly records: readonly SentRecord[]; readonly requests: number }> {
  const random = seeded(seed + 1);
  const records: SentRecord[] = [];
  const startedAtMs = performance.now();
  const lengthMs = (orders / 2 / perSecond) * 1_000;
  const asking = startAsking({ url: market.http, key: market.key });
  for (let turn = 0; turn < recordKinds.length || records.length < hostile; turn += 1) {
    const kind = recordKinds[turn % recordKinds.length];
    if (kind === undefined) break;
    // Spread over the honest orders' time, as a day's abuse is.
    const dueMs = startedAtMs + (records.length / hostile) * lengthMs;
    if (!honest.isOver) await sleep(Math.max(0, dueMs - performance.now()));
    if (kind.isOnce === true && turn >= recordKinds.length) continue;
    const topics = kind.topics ?? strangersTopics;
    const record = kind.make(`bad-${turn}`, topics[Math.floor(random() * topics.length)] ?? "");
    for (const offset of await stranger.send(record))
      records.push({ kind, position: `${record.topic}-${record.partition ?? 0}@${offset}` });
  }
  await until("the honest orders are sent", () => honest.isOver, settleLimitMs);
  const { requests, wrong } = await asking.end();
  tell(`${records.length} hostile records, ${requests} hostile requests`);
  deepStrictEqual(wrong.slice(0, 20), []);
  return { records, requests };
}

type Asked = { readonly requests: number; readonly wrong: readonly string[] };

/** Asks in a thread of its own until it is ended; then says how often, and what was answered otherwise. */
function startAsking(door: Door): { end(): Promise<Asked> } {
  const worker = new Worker(new URL("./stranger-asking.ts", import.meta.url), { workerData: door });
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  worker.once("message", resolve);
  worker.once("error", reject);
  promise.catch(() => {}); // thrown where it is awaited
  return {
    end: () => {
      worker.postMessage("over");
      return promise;
    },
  };
}

/** What was decided about hostile records other than what their kinds must have. */
function judgeRecords(sent: readonly SentRecord[], steps: readonly ValidStep[]): string[] {
  const outcomes = new Map<string, string[]>();
  for (const { step } of steps)
    for (const event of step.events) {
      if (!("source" in event) || event.source === null || !("topic" in event.source)) continue;
      if (event.type === "Repeated" && event.firstSeq === null) continue; // the relay's own
      if (event.type === "AnswerKept") continue; // its outcome comes later
      const { topic, partition, offset } = event.source;
      const position = `${topic}-${partition}@${offset}`;
      const said = "reason" in event ? `${event.type} ${event.reason}` : event.type;
      outcomes.set(position, [...(outcomes.get(position) ?? []), said]);
    }
  return sent.flatMap(({ kind, position }) => {
    const came = outcomes.get(position) ?? [];
    if (kind.expected.type === "nothing" ? came.length === 0 : isExpected(kind.expected, came))
      return [];
    return [`${kind.name} on ${position}: ${came.join(", ") || "nothing"}`];
  });
}

function isExpected(
  { type, reasons }: Exclude<Expected, { readonly type: "nothing" }>,
  came: readonly string[],
): boolean {
  const [only = "", ...more] = came;
  const [event = "", reason = ""] = only.split(" ");
  const isType = type === "dead" ? event === "DeadLettered" : event.endsWith("Rejected");
  return more.length === 0 && isType && reasons.test(reason);
}

/** Honest orders that did not trade exactly once, and hostile ones that were taken at all. */
function judgeOrders({ sent }: Load, steps: readonly ValidStep[]): string[] {
  const own = new Map<string, string>();
  const trades = new Map<string, number>([...sent.negotiated, ...sent.book].map((id) => [id, 0]));
  const problems: string[] = [];
  for (const { step } of steps)
    for (const event of step.events) {
      if (event.type === "OrderAccepted" && event.clientOrderId !== null) {
        own.set(event.orderId, event.clientOrderId);
        if (event.clientOrderId.startsWith("bad-")) problems.push(`taken: ${event.clientOrderId}`);
      }
      if (event.type !== "TradeExecuted") continue;
      const id = own.get(event.buy.orderId ?? "") ?? event.tradeId;
      trades.set(id, (trades.get(id) ?? Infinity) + 1);
    }
  for (const [id, times] of trades) if (times !== 1) problems.push(`${id} traded ${times} times`);
  return problems;
}
