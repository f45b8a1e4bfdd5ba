import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { seeded } from "../bench/orders.ts";
import { eventsTopic } from "../src/protocol/topics.ts";
import { ephemeralMarket, type TestMarket } from "../test/acceptance/market-process.ts";
import { checkWholeMarket } from "../test/acceptance/market-records.ts";
import { openTopics, type Topics } from "../test/acceptance/records.ts";
import type { ValidStep } from "../test/checker/log-reading.ts";
import { makeVenv } from "../test/foreign/venv.ts";
import { watchLegs } from "./leg-watch.ts";
import { awaitLegs, openLoad, type Load } from "./load.ts";
import { pidsOf, watchMemory, watchedServices, type WatchedService } from "./process-watch.ts";
import { startStranger, type Stranger } from "./stranger-client.ts";
import {
  recordKinds,
  strangersTopics,
  type Expected,
  type RecordKind,
} from "./stranger-records.ts";
import { requestKinds, type Endpoint } from "./stranger-requests.ts";

/** A day of abuse: hostile records and requests of every kind between honest orders. */
type Abuse = {
  readonly seed: number;
  /** Hostile records and requests together, at least; each kind comes at least once. */
  readonly hostile: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly tell: (line: string) => void;
};

/**
 * What came of it. Times in ms from an order's sending to its last leg: alone before and after the
 * abuse, between hostile ones, and of those while every kind of record came for the first time.
 * Memory in MiB, the most seen.
 */
type AbuseReport = {
  readonly kinds: number;
  readonly records: number;
  readonly requests: number;
  readonly p99Ms: { readonly alone: number; readonly first: number; readonly abused: number };
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
 * Runs the day on a market of its own and judges it: every honest order settled once, every
 * hostile record with the one outcome of its kind and every hostile request with an answer and no
 * order, no process restarted, memory within bounds. Throws what it finds; the times are for the
 * caller to judge.
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
    const strangers = newStrangers(abuse, market, stranger);
    const timeOrders = async (
      count: number,
      what: string,
      between?: Between,
    ): Promise<number[]> => {
      const honest = load.send(count, abuse.perSecond);
      honest.catch(() => {}); // thrown where it is awaited
      await between?.((count / abuse.perSecond) * 1_000);
      await honest;
      await awaitLegs(topics, load, settleLimitMs);
      const times = watch.takeTimes(load);
      abuse.tell(`${times.length} honest orders ${what}: p99 ${p99(times)} ms`);
      return times;
    };
    const half = Math.floor(abuse.orders / 2);
    const quarter = Math.floor(half / 2);
    await timeOrders(quarter, "that find every process cold (not counted)");
    const alone = await timeOrders(quarter, "alone");
    const { sendFirst, sendOn } = strangers;
    const first = await timeOrders(Math.floor(quarter / 2), firstMeeting, sendFirst);
    const abused = await timeOrders(abuse.orders - half, "between hostile ones", sendOn);
    alone.push(...(await timeOrders(quarter, "alone again")));
    await watch.close(); // judging the log takes this thread for longer than Kafka is waited for

    await awaitRest(topics);
    deepStrictEqual(await pidsOf(market), pids, "a process was restarted");
    const { reading } = await checkWholeMarket(topics, market.bootstrap);
    const { records, requests } = strangers.sent;
    deepStrictEqual(judgeRecords(records, reading.steps).slice(0, 20), []);
    deepStrictEqual(judgeOrders(load, reading.steps).slice(0, 20), []);
    const memoryMiB = memory.end();
    const large = watchedServices.filter((name) => memoryMiB[name] > memoryMaxMiB[name]);
    deepStrictEqual(large, [], `memory in MiB: ${JSON.stringify(memoryMiB)}`);
    return {
      kinds: recordKinds.length + requestKinds.length,
      records: records.length,
      requests,
      p99Ms: { alone: p99(alone), first: p99(first), abused: p99([...first, ...abused]) },
      memoryMiB,
    };
  } finally {
    memory.end();
    await watch.close();
    await load.close();
    await topics.close();
  }
}

/** Sent between honest orders, which take so many ms. */
type Between = (lengthMs: number) => Promise<void>;

/**
 * A broker that never unpacked a codec nor ended a stranger's transaction runs that code for the
 * first time, as it does its own at its start. With new processes of ours and a broker that knew
 * each kind no order was slower.
 */
const firstMeeting =
  "while each kind of record comes for the first time (the broker is cold to it)";

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

/** What strangers send, and what they have sent so far. */
type Strangers = {
  readonly sent: { readonly records: SentRecord[]; requests: number };
  /** Every kind of record once. */
  readonly sendFirst: Between;
  /** Every kind of record in turn, and of request, until all were sent. */
  readonly sendOn: Between;
};

function newStrangers(
  { seed, hostile, tell }: Abuse,
  market: TestMarket,
  stranger: Stranger,
): Strangers {
  const random = seeded(seed + 1);
  const sent = { records: [] as SentRecord[], requests: 0 };
  let turn = 0;

  async function sendNext(): Promise<void> {
    const kind = recordKinds[turn % recordKinds.length];
    const isAgain = turn >= recordKinds.length;
    turn += 1;
    if (kind === undefined || (isAgain && kind.isOnce === true)) return;
    const topics = kind.topics ?? strangersTopics;
    const topic = topics[Math.floor(random() * topics.length)] ?? "";
    const record = kind.make(`bad-${turn}`, topic);
    for (const offset of await stranger.send(record))
      sent.records.push({ kind, position: `${record.topic}-${record.partition ?? 0}@${offset}` });
  }

  /** Spread over the honest orders' time, as a day's abuse is, and on until all were sent. */
  async function sendSpread(lengthMs: number, howFar: () => number): Promise<void> {
    const startedAtMs = performance.now();
    for (let done = howFar(); done < 1; done = howFar()) {
      await sleep(Math.max(0, startedAtMs + done * lengthMs - performance.now()));
      await sendNext();
    }
  }

  return {
    sent,
    sendFirst: (lengthMs) => sendSpread(lengthMs, () => turn / recordKinds.length),
    sendOn: async (lengthMs) => {
      const asking = startAsking({ url: market.http, key: market.key });
      const before = sent.records.length;
      await sendSpread(lengthMs, () => (sent.records.length - before) / hostile);
      const { requests, wrong } = await asking.end();
      sent.requests += requests;
      tell(`${sent.records.length} hostile records, ${requests} hostile requests`);
      deepStrictEqual(wrong.slice(0, 20), []);
    },
  };
}

type Asked = { readonly requests: number; readonly wrong: readonly string[] };

/**
 * Asks in a thread of its own until it is ended; then says how often, and what was
 * answered otherwise.
 */
function startAsking(endpoint: Endpoint): { end(): Promise<Asked> } {
  const worker = new Worker(new URL("./stranger-asking.ts", import.meta.url), {
    workerData: endpoint,
  });
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
      const outcome = "reason" in event ? `${event.type} ${event.reason}` : event.type;
      outcomes.set(position, [...(outcomes.get(position) ?? []), outcome]);
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
