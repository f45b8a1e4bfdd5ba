import { topicSpecs } from "../../protocol/topics.ts";
import type { TopicSpec } from "../../protocol/topics.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import type { Door } from "../door.ts";
import type { Context } from "../context.ts";
import { printTopics } from "./topic-rows.ts";
import type { TopicRow } from "./topic-rows.ts";

/** Prints the topics as they lie in the log. Returns the exit code. */
export async function runTopics(context: Context): Promise<number> {
  const rows: TopicRow[] = [];
  for (const spec of topicSpecs) rows.push(await lookAt(context.door, spec));
  return printTopics(context, rows);
}

async function lookAt({ log }: Door, spec: TopicSpec): Promise<TopicRow> {
  const partitions = await log.partitions(spec.name).catch((error: unknown) => {
    if (error instanceof NoSuchTopic) return null;
    throw error;
  });
  if (partitions === null) return { spec, partitions, records: null };
  let records = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = await log.bounds(spec.name, partition);
    records += end - start;
  }
  return { spec, partitions, records };
}
