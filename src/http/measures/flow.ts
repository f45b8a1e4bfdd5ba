import { z } from "zod";
import { commandsTopic, eventsTopic, topicSpecs, type TopicName } from "../../protocol/topics.ts";
import { atMostOnceIn } from "../../services/at-most-once-in.ts";
import type { Gateway } from "../../services/gateway.ts";
import type { MarketLog } from "../../services/log.ts";
import { isAway, unlessMissing } from "../../services/log-errors.ts";
import type { MarketLook, MarketWatch } from "../../services/market-watch.ts";
import { latencyJson } from "./latency.ts";
import type { Measures } from "./measures.ts";
import { measureSnapshots, newSnapshotWatch } from "./snapshot-watch.ts";
import {
  heldJson,
  measureHeld,
  missingJson,
  newSourceWatch,
  sourceTroubleSchema,
} from "./source-watch.ts";

const latencySchema = z.object({
  p50: z.number().nullable(),
  p99: z.number().nullable(),
  p999: z.number().nullable(),
  count: z.int(),
});

/** `GET /v1/flow`: the picture of the pipeline, with its rates, lags and latencies. */
export const flowSchema = z.object({
  interval_ms: z.int().describe("since the last answer: what the rates are taken over"),
  topics: z.array(
    z.object({
      topic: z.string(),
      role: z.enum(["internal", "input", "output"]),
      partition: z.int(),
      end_offset: z.int(),
      rate_per_s: z.number(),
    }),
  ),
  followers: z.array(
    z.object({
      name: z.string(),
      topic: z.string(),
      lag_records: z.int(),
      lag_seconds: z.number(),
    }),
  ),
  latency_ms: z.object({
    order_to_event: latencySchema,
    event_to_public: latencySchema,
    order_to_public: latencySchema,
  }),
  troubles: z
    .array(z.object({ kind: z.string(), what: z.string(), way_on: z.string() }))
    .describe("what keeps the market from moving or from being whole, and the way on"),
  pending: z.int(),
  shed: z.int(),
  ...sourceTroubleSchema,
});

type FlowJson = z.infer<typeof flowSchema>;
/** Ends by topic and partition. */
type Ends = ReadonlyMap<string, number>;

/** Looks at the ends of all topics. Rates are over the time since the look before. */
export type FlowSampler = { look(): Promise<FlowJson> };

/** How old a look may be and still be given again: many pages may ask at once. */
const freshMs = 400;

/** A sampler that has not looked yet. */
export function newFlowSampler(parts: {
  readonly gateway: Gateway;
  readonly log: MarketLog;
  readonly measures: Measures;
  readonly watch: MarketWatch;
}): FlowSampler {
  const { gateway, log, measures, watch } = parts;
  const elapsedMs = (): number => gateway.clock.elapsedMs();
  let before: { readonly atMs: number; readonly ends: Ends } | null = null;
  const heldNow = newSourceWatch(log, elapsedMs);
  const snapshotsNow = newSnapshotWatch(log, gateway.views.length, elapsedMs);

  async function lookNow(): Promise<FlowJson> {
    const atMs = elapsedMs();
    // Together: where Kafka hangs, each waits out its time.
    const [look, found, sources] = await Promise.all([watch.look(), readEnds(log), heldNow()]);
    const ends = found ?? before?.ends ?? new Map<string, number>();
    const [shed] = (await measures.meters.shed.get()).values;
    const held = heldJson(sources);
    measureHeld(measures.meters, held);
    measureSnapshots(measures.meters, await snapshotsNow(), gateway.clock.nowMs());
    const trouble = { held, inputs_missing: missingJson(gateway.records.missingInputs) };
    const flow = flowJson(parts, { look, ends, before, atMs });
    const numbers = { ...flow, shed: shed?.value ?? 0, ...trouble };
    before = { atMs, ends };
    return numbers;
  }

  return { look: atMostOnceIn(freshMs, elapsedMs, lookNow) };
}

/** Null where Kafka is away. A topic that is missing is left out: it is told as a trouble. */
async function readEnds(log: MarketLog): Promise<Ends | null> {
  const ends = new Map<string, number>();
  const readTopic = async (name: TopicName): Promise<void> => {
    const partitions = await log.partitions(name);
    for (let partition = 0; partition < partitions; partition += 1)
      ends.set(`${name} ${partition}`, (await log.bounds(name, partition)).end);
  };
  try {
    await Promise.all(topicSpecs.map(({ name }) => unlessMissing(readTopic(name))));
  } catch (error) {
    if (isAway(error)) return null;
    throw error;
  }
  return ends;
}

/** What one answer is made of. */
type Sample = {
  readonly look: MarketLook;
  readonly ends: Ends;
  readonly before: { readonly atMs: number; readonly ends: Ends } | null;
  readonly atMs: number;
};

function flowJson(
  { gateway, measures }: Parameters<typeof newFlowSampler>[0],
  { look, ends, before, atMs }: Sample,
): Omit<FlowJson, "shed" | "held" | "inputs_missing"> {
  const intervalMs = before === null ? 0 : Math.round(atMs - before.atMs);
  const topics = [...ends].map(([key, end]) => {
    const [topic = "", partition = "0"] = key.split(" ");
    const grown = end - (before?.ends.get(key) ?? end);
    const role = topicSpecs.find(({ name }) => name === topic)?.role ?? "output";
    const rate = intervalMs === 0 ? 0 : Math.round((grown * 10_000) / intervalMs) / 10;
    return { topic, role, partition: Number(partition), end_offset: end, rate_per_s: rate };
  });
  const order: readonly string[] = topicSpecs.map(({ name }) => name);
  return {
    interval_ms: intervalMs,
    topics: topics.toSorted((one, other) => order.indexOf(one.topic) - order.indexOf(other.topic)),
    followers: followers(gateway, look),
    latency_ms: {
      order_to_event: latencyJson(measures.orderToEvent),
      event_to_public: latencyJson(measures.eventToPublic),
      order_to_public: latencyJson(measures.orderToPublic),
    },
    troubles: look.troubles.map(({ kind, what, wayOn }) => ({ kind, what, way_on: wayOn })),
    pending: gateway.pending(),
  };
}

/** How far each service is behind: what waits for it, and the age of what waits for longest. */
function followers(gateway: Gateway, { queues }: MarketLook): FlowJson["followers"] {
  const nowMs = gateway.clock.nowMs();
  const ofService = (
    service: "intake" | "exchange" | "publisher",
    topic: TopicName | "sources",
  ) => {
    const own = queues.filter((queue) => queue.service === service);
    const records = own.reduce((sum, { waiting }) => sum + waiting, 0);
    const oldestMs = Math.min(...own.map((queue) => queue.oldestMs ?? Infinity));
    return { name: service, topic, lag_records: records, lag_seconds: ageOf(oldestMs, nowMs) };
  };
  const { lag, oldestUnreadMs } = { lag: gateway.lag(), oldestUnreadMs: gateway.behindSinceMs() };
  return [
    ofService("intake", "sources"),
    ofService("exchange", commandsTopic),
    ofService("publisher", eventsTopic),
    {
      name: "gateway",
      topic: eventsTopic,
      lag_records: lag,
      lag_seconds: ageOf(oldestUnreadMs ?? Infinity, nowMs),
    },
  ];
}

function ageOf(oldestMs: number, nowMs: number): number {
  return oldestMs === Infinity ? 0 : Math.max(0, nowMs - oldestMs) / 1000;
}
