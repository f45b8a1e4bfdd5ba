import type { Command } from "commander";
import { topicSpecs } from "../../protocol/topics.ts";
import type { TopicSpec } from "../../protocol/topics.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import type { Door, OpenDoor } from "../door.ts";
import { exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** A topic as it should be, and what there is of it; null: it does not exist. */
export type TopicRow = {
  readonly spec: TopicSpec;
  readonly partitions: number | null;
  readonly records: number | null;
};

/** `sauda topics`: the market's topics in the order of the trade. */
export function registerTopics(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "topics",
    summary: summaries.topics,
    examples: ["npx sauda topics", "npx sauda topics --json"],
    more:
      "RECORDS is the last offset minus the first: on topics written in transactions it counts their " +
      "marks too. Exit code 1 if a topic is missing.",
  }).action((options: StageOptions) => onStage(open, terminal, options, runTopics));
}

const columns: readonly Column<TopicRow>[] = [
  { name: "TOPIC", cell: ({ spec }) => spec.name },
  { name: "PARTITIONS", align: "right", cell: ({ partitions }) => String(partitions ?? "missing") },
  { name: "RECORDS", align: "right", cell: ({ records }) => String(records ?? "-") },
  { name: "KEY", cell: ({ spec }) => spec.key },
  { name: "WRITTEN BY", cell: ({ spec }) => spec.written },
];

/** Prints the topics. Returns the exit code. */
export async function runTopics(stage: Stage): Promise<number> {
  const rows: TopicRow[] = [];
  for (const spec of topicSpecs) rows.push(await lookAt(stage.door, spec));
  printTable(stage, columns, rows, ({ spec, partitions, records }) => {
    const { name, role, key, written } = spec;
    return { topic: name, role, partitions, records, key, written_by: written };
  });
  const missing = rows.filter(({ partitions }) => partitions === null);
  if (missing.length === 0) return exitCode.done;
  stage.output.warn(
    "topics are missing: npx sauda down, then npm start makes them; npx sauda doctor says more",
  );
  return exitCode.failed;
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
