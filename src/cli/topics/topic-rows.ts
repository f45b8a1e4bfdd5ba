import type { z } from "zod";
import type { topicsSchema } from "../../http/routes/topic-routes.ts";
import type { TerminalContext } from "../context.ts";
import { exitCode } from "../output.ts";
import { printTable, type Column } from "../table.ts";

/** `GET /v1/topics`. */
type TopicsJson = z.infer<typeof topicsSchema>;
/** A topic as the gateway says it; without partitions it does not exist. */
type TopicJson = TopicsJson["topics"][number];

const columns: readonly Column<TopicJson>[] = [
  { name: "TOPIC", cell: ({ topic }) => topic },
  {
    name: "PARTITIONS",
    align: "right",
    cell: ({ partitions }) => String(partitions?.length ?? "missing"),
  },
  { name: "RECORDS", align: "right", cell: (row) => String(recordsOf(row) ?? "-") },
  { name: "KEY", cell: ({ key }) => key },
  { name: "WRITTEN BY", cell: ({ written_by: written }) => written },
];

function recordsOf({ partitions }: TopicJson): number | null {
  return partitions?.reduce((sum, { start, end }) => sum + end - start, 0) ?? null;
}

/** Prints the topics. Returns the exit code. */
export function printTopics(
  context: Pick<TerminalContext, "terminal" | "output">,
  { topics }: TopicsJson,
): number {
  printTable(context, columns, topics, (row) => {
    const { topic, role, key, written_by } = row;
    const partitions = row.partitions?.length ?? null;
    return { topic, role, partitions, records: recordsOf(row), key, written_by };
  });
  if (topics.every(({ partitions }) => partitions !== null)) return exitCode.done;
  context.output.warn(
    "topics are missing: npx sauda down, then npm start makes them; npx sauda doctor says more",
  );
  return exitCode.failed;
}
