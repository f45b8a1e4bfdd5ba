import { deepStrictEqual } from "node:assert/strict";
import { seeded } from "../bench/orders.ts";
import { ephemeralMarket } from "../test/acceptance/market-process.ts";
import type { TestMarket } from "../test/acceptance/market-process.ts";
import { checkWholeMarket } from "../test/acceptance/market-records.ts";
import { openTopics } from "../test/acceptance/records.ts";
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

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}

type SentRecord = { readonly kind: RecordKind; readonly topic: string; readonly offset: number };

/** Sends every kind in turn, spread over the honest orders' time and on until all were sent. */
async function sendHostile(
  { seed, hostile, tell }: Abuse,
  market: TestMarket,
  stranger: Stranger,
  honest: { readonly isOver: boolean },
): Promise<{ readonly records: readonly SentRecord[]; readonly requests: number }> {
  const random = seeded(seed + 1);
  const records: SentRecord[] = [];
  const wrong: string[] = [];
  const door = { url: market.http, key: market.key };
  let requests = 0;
  const sendRequests = async (): Promise<void> => {
    for (let turn = 0; turn < requestKinds.length || !honest.isOver; turn += 1) {
      const kind = requestKinds[turn % requestKinds.length];
      if (kind === undefined) return;
      const came = await kind.send(door, `bad-request-${turn}`);
      // Too many at once is an answer too.
      if (!kind.outcome.test(came) && came !== "429") wrong.push(`${kind.name}: ${came}`);
      requests += 1;
    }
  };
  const requesting = sendRequests();
  for (let turn = 0; turn < recordKinds.length || records.length + requests < hostile; turn += 1) {
    const kind = recordKinds[turn % recordKinds.length];
    if (kind === undefined) break;
    const topics = kind.topics ?? strangersTopics;
    const topic = topics[Math.floor(random() * topics.length)] ?? "";
    const record = kind.make(`bad-${turn}`, topic);
    for (const offset of await stranger.send(record))
      records.push({ kind, topic: record.topic, offset });
  }
  await requesting;
  tell(`${records.length} hostile records, ${requests} hostile requests`);
  deepStrictEqual(wrong.slice(0, 20), []);
  return { records, requests };
}

/** What was decided about hostile records other than what their kinds must have. */
function judgeRecords(sent: readonly SentRecord[], steps: readonly ValidStep[]): string[] {
  const outcomes = new Map<string, string[]>();
  for (const { step } of steps)
    for (const event of step.events) {
      if (!("source" in event) || event.source === null || !("topic" in event.source)) continue;
      if (event.type === "Repeated" && event.firstSeq === null) continue; // the relay's own
      const { topic, offset } = event.source;
      const said = "reason" in event ? `${event.type} ${event.reason}` : event.type;
      outcomes.set(`${topic}@${offset}`, [...(outcomes.get(`${topic}@${offset}`) ?? []), said]);
    }
  return sent.flatMap(({ kind, topic, offset }) => {
    const came = outcomes.get(`${topic}@${offset}`) ?? [];
    const [only = ""] = came;
    const [type = "", reason = ""] = only.split(" ");
    const isRight = came.length === 1 && isExpected(kind.expected, type, reason);
    return isRight ? [] : [`${kind.name} on ${topic}@${offset}: ${came.join(", ") || "nothing"}`];
  });
}

function isExpected(expected: Expected, type: string, reason: string): boolean {
  switch (expected.type) {
    case "dead":
      return type === "DeadLettered" && expected.reasons.test(reason);
    case "rejected":
      return type.endsWith("Rejected") && expected.reasons.test(reason);
    case "nothing":
      return false; // nothing of it has an offset that a committed reader sees
  }
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
