import { z } from "zod";
import { strangersTime } from "../../protocol/moment.ts";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import { findTopic, topicSpecs, type TopicName, type TopicSpec } from "../../protocol/topics.ts";
import { NoSuchTopic, unlessMissing } from "../../services/log-errors.ts";
import { OutsideLog, type CommittedRecord, type MarketLog } from "../../services/log.ts";
import { needOperations, needRole } from "../caller.ts";
import { pageBytesMax } from "../page.ts";
import { Problem } from "../problem.ts";
import type { Server } from "../typed-server.ts";
import { wholeQuery } from "./params.ts";

const partitionSchema = z.object({
  partition: z.int(),
  start: z.int().describe("offset of the first record"),
  end: z.int().describe("offset after the last one"),
});

const topicSchema = z.object({
  topic: z.string(),
  role: z.enum(["internal", "input", "output"]),
  key: z.string(),
  written_by: z.string(),
  partitions: z.array(partitionSchema).nullable().describe("null: the topic is missing"),
});

/** The topics of the market. */
export const topicsSchema = z.object({ topics: z.array(topicSchema) });

const recordSchema = z.object({
  offset: z.int(),
  timestamp: utcMoment,
  key_base64: z.string().nullable(),
  value_base64: z.string().nullable(),
});

/** Records of a topic's partition, as its readers get them: committed ones. */
export const recordsSchema = z.object({
  records: z.array(recordSchema),
  next_offset: z.int().describe("send it as `offset` for what follows"),
});

/** How long a request may wait for a record that is not there yet. */
const waitMaxMs = 5_000;

/** The market's topics as they lie in the log, for operations of all members. */
export function topicRoutes(app: Server, log: MarketLog): void {
  const tags = ["topics"];
  app.get(
    "/v1/topics",
    {
      config: { readCost: 5 },
      schema: {
        summary: "The market's topics in the order of the trade, and what there is of each",
        tags,
        response: { 200: topicsSchema },
      },
    },
    async ({ caller }) => {
      needRole(caller, "operations");
      return topicsJson(log);
    },
  );
  app.get(
    "/v1/topics/:topic/records",
    {
      config: { readCost: 2 },
      schema: {
        summary: "Committed records of a topic, oldest first; waits for the next one if asked to",
        tags,
        params: z.object({ topic: z.string().min(1).max(249).describe("a topic of the market") }),
        querystring: z.strictObject({
          partition: wholeQuery(z.int().nonnegative()).default(0).describe("a whole number"),
          offset: wholeQuery(z.int().nonnegative())
            .optional()
            .describe("a whole number, the first offset; absent: what comes from now on"),
          limit: wholeQuery(z.int().min(1).max(1000))
            .default(100)
            .describe("a whole number, 1 to 1000"),
          wait_ms: wholeQuery(z.int().min(0).max(waitMaxMs))
            .default(0)
            .describe("a whole number, 0 to 5000: how long to wait where there is none yet"),
        }),
        response: { 200: recordsSchema },
      },
    },
    async ({ caller, params, query }) => {
      needOperations(caller, "see what all members have");
      const topic = neededTopic(params.topic);
      const { partition, limit, wait_ms: waitMs } = query;
      const from = { topic, partition, offset: query.offset };
      return await readRecords(log, from, limit, waitMs).catch((error: unknown) => {
        throw explain(error, topic);
      });
    },
  );
}

function neededTopic(name: string): TopicName {
  const topic = findTopic(name);
  if (topic !== undefined) return topic;
  const detail = `topic: there is no ${name} in the market; GET /v1/topics names all`;
  throw new Problem(404, "TOPIC_NOT_FOUND", detail, { field: "topic" });
}

async function readRecords(
  log: MarketLog,
  { topic, partition, offset }: { topic: TopicName; partition: number; offset: number | undefined },
  limit: number,
  waitMs: number,
): Promise<z.infer<typeof recordsSchema>> {
  if (partition >= (await log.partitions(topic)))
    throw new Problem(404, "TOPIC_NOT_FOUND", `partition: ${topic} has no ${partition}`, {
      field: "partition",
    });
  const { start, end } = await log.bounds(topic, partition);
  const from = offset ?? end;
  if (from < start || from > end)
    throw new OutsideLog(`${topic}-${partition} goes from ${start} to ${end}`);
  if (from === end && waitMs === 0) return { records: [], next_offset: from };
  const reader = await log.committedReader(topic, partition, from);
  try {
    const { records, next } = await reader.read(waitMs);
    const shown = bounded(records.slice(0, limit));
    const isWhole = shown.length === records.length;
    return {
      records: shown.map(recordJson),
      next_offset: isWhole ? next : (shown.at(-1)?.offset ?? from) + 1,
    };
  } finally {
    await reader.close();
  }
}

/** As many as one answer holds, and one at least. */
function bounded(records: readonly CommittedRecord[]): readonly CommittedRecord[] {
  let bytes = 0;
  const tooMany = records.findIndex(({ key, value }, index) => {
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    return index > 0 && bytes > pageBytesMax;
  });
  return tooMany === -1 ? records : records.slice(0, tooMany);
}

function recordJson({ offset, timestampMs, key, value }: CommittedRecord) {
  return {
    offset,
    timestamp: strangersTime(timestampMs),
    key_base64: key?.toString("base64") ?? null,
    value_base64: value?.toString("base64") ?? null,
  };
}

function explain(error: unknown, topic: TopicName): unknown {
  if (error instanceof OutsideLog)
    return new Problem(404, "OFFSET_GONE", `offset: ${error.message}`, { field: "offset" });
  if (error instanceof NoSuchTopic)
    return new Problem(404, "TOPIC_NOT_FOUND", `topic: ${topic} is missing in the log`);
  return error;
}

/** The topics in the order of the trade, and what there is of each in the log. */
export async function topicsJson(log: MarketLog): Promise<z.infer<typeof topicsSchema>> {
  return { topics: await Promise.all(topicSpecs.map((spec) => topicJson(log, spec))) };
}

async function topicJson(
  log: MarketLog,
  { name, role, key, written }: TopicSpec,
): Promise<z.infer<typeof topicSchema>> {
  const row = { topic: name, role, key, written_by: written };
  const count = await unlessMissing(log.partitions(name));
  if (count === null) return { ...row, partitions: null };
  const partitions = Array.from({ length: count }, async (_, partition) => ({
    partition,
    ...(await log.bounds(name, partition)),
  }));
  return { ...row, partitions: await Promise.all(partitions) };
}
