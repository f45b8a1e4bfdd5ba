import { z } from "zod";
import { commandsTopic, eventsTopic, topicSpecs } from "../protocol/topics.ts";
import type { Gateway } from "../services/gateway.ts";
import { countUntaken } from "../services/held-sources.ts";
import type { MarketLog } from "../services/log.ts";
import { latencyJson } from "./latency.ts";
import type { Measures } from "./measures.ts";
import { heldJson, measureHeld, missingJson, newSourceWatch } from "./source-watch.ts";
import { sourceTroubleSchema } from "./source-watch.ts";

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
  pending: z.int(),
  shed: z.int(),
  ...sourceTroubleSchema,
});

type FlowJson = z.infer<typeof flowSchema>;
/** Ends by topic and partition; `unread` source records that no step names yet. */
type Ends = { readonly ends: ReadonlyMap<string, number>; readonly unread: number };

/** Looks at the ends of all topics. Rates are over the time since the look before. */
export type FlowSampler = { look(): Promise<FlowJson> };

/** How old a look may be and still be given again: many pages may ask at once. */
const freshMs = 400;

/** A sampler that has not looked yet. */
export function newFlowSampler(parts: {
  readonly gateway: Gateway;
  readonly log: MarketLog;
  readonly measures: Measures;
  readonly nowMs: () => number;
}): FlowSampler {
  const { gateway, log, measures, nowMs } = parts;
  let before: { readonly atMs: number; readonly ends: Ends } | null = null;
  const heldNow = newSourceWatch(log, nowMs);
  let last: { readonly atMs: number; readonly said: Promise<FlowJson> } | null = null;

  async function lookNow(): Promise<FlowJson> {
    const atMs = nowMs();
    const ends = await readEnds(log, gateway);
    const [shed] = (await measures.meters.shed.get()).values;
    const held = heldJson(await heldNow());
    measureHeld(measures.meters, held);
    const trouble = { held, inputs_missing: missingJson(gateway.records.missingInputs) };
    const said = { ...flowJson(parts, ends, before, atMs), shed: shed?.value ?? 0, ...trouble };
    before = { atMs, ends };
    return said;
  }

  return {
    look: () => {
      if (last !== null && nowMs() - last.atMs < freshMs) return last.said;
      last = { atMs: nowMs(), said: lookNow() };
      return last.said;
    },
  };
}

async function readEnds(log: MarketLog, { views }: Gateway): Promise<Ends> {
  const ends = new Map<string, number>();
  let unread = 0;
  const readTopic = async (name: string, isSource: boolean): Promise<void> => {
    const partitions = await log.partitions(name);
    const taken = isSource ? views[0]?.market.sources.get(await log.topicId(name)) : undefined;
    for (let partition = 0; partition < partitions; partition += 1) {
      const { start, end } = await log.bounds(name, partition);
      ends.set(`${name} ${partition}`, end);
      if (!isSource) continue;
      const next = Math.max(start, (taken?.get(partition) ?? -1) + 1);
      unread += await countUntaken(log, { topic: name, partition }, next, end);
    }
  };
  await Promise.all(topicSpecs.map(({ name, role }) => readTopic(name, role === "input")));
  return { ends, unread };
}

function flowJson(
  { gateway, measures, nowMs }: Parameters<typeof newFlowSampler>[0],
  now: Ends,
  before: { readonly atMs: number; readonly ends: Ends } | null,
  atMs: number,
): Omit<FlowJson, "shed" | "held" | "inputs_missing"> {
  const intervalMs = before === null ? 0 : atMs - before.atMs;
  const topics = [...now.ends].map(([key, end]) => {
    const [topic = "", partition = "0"] = key.split(" ");
    const grown = end - (before?.ends.ends.get(key) ?? end);
    const role = topicSpecs.find(({ name }) => name === topic)?.role ?? "output";
    const rate = intervalMs === 0 ? 0 : Math.round((grown * 10_000) / intervalMs) / 10;
    return { topic, role, partition: Number(partition), end_offset: end, rate_per_s: rate };
  });
  const order = topicSpecs.map(({ name }) => name);
  return {
    interval_ms: intervalMs,
    topics: topics.toSorted((one, other) => order.indexOf(one.topic) - order.indexOf(other.topic)),
    followers: followers(gateway, measures, now, nowMs()),
    latency_ms: {
      order_to_event: latencyJson(measures.orderToEvent),
      event_to_public: latencyJson(measures.eventToPublic),
      order_to_public: latencyJson(measures.orderToPublic),
    },
    pending: gateway.pending(),
  };
}

/** How far each service is behind, as the log tells: no group is asked. */
function followers(
  gateway: Gateway,
  { unpublished }: Measures,
  { ends, unread }: Ends,
  nowMs: number,
): FlowJson["followers"] {
  const [view] = gateway.views;
  const clockMs = view?.market.clockMs ?? nowMs;
  const ageIf = (records: number): number =>
    records > 0 ? Math.max(0, nowMs - clockMs) / 1000 : 0;
  const decided = view?.fold.lastCause?.offset ?? -1;
  const undecided = Math.max(0, (ends.get(`${commandsTopic} 0`) ?? 0) - decided - 1);
  const [oldest] = unpublished.values();
  const unpublishedMs = oldest === undefined ? 0 : Math.max(0, nowMs - oldest.decidedAtMs);
  const row = (name: string, topic: string, records: number, seconds = ageIf(records)) => {
    return { name, topic, lag_records: records, lag_seconds: seconds };
  };
  return [
    row("intake", "sources", unread),
    row("exchange", commandsTopic, undecided),
    row("publisher", eventsTopic, unpublished.size, unpublishedMs / 1000),
    row("gateway", eventsTopic, gateway.lag()),
  ];
}
