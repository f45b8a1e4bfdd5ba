import type { TopicSpec } from "../../protocol/topics.ts";
import type { TopicsJson } from "../client/log-of-gateway.ts";
import type { MarketContext } from "../client/market-context.ts";
import { exitCode } from "../output.ts";
import type { Context } from "../context.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";

/** A topic as it should be, and what there is of it; null: it does not exist. */
export type TopicRow = {
  readonly spec: Pick<TopicSpec, "name" | "role" | "key" | "written">;
  readonly partitions: number | null;
  readonly records: number | null;
};

const columns: readonly Column<TopicRow>[] = [
  { name: "TOPIC", cell: ({ spec }) => spec.name },
  { name: "PARTITIONS", align: "right", cell: ({ partitions }) => String(partitions ?? "missing") },
  { name: "RECORDS", align: "right", cell: ({ records }) => String(records ?? "-") },
  { name: "KEY", cell: ({ spec }) => spec.key },
  { name: "WRITTEN BY", cell: ({ spec }) => spec.written },
];

/** Prints the topics as the gateway finds them. Returns the exit code. */
export async function runTopicsOfMarket(context: MarketContext): Promise<number> {
  const { topics } = await context.market.get<TopicsJson>("/v1/topics");
  const rows = topics.map(({ topic: name, role, key, written_by: written, partitions }) => ({
    spec: { name, role, key, written },
    partitions: partitions?.length ?? null,
    records: partitions?.reduce((sum, { start, end }) => sum + end - start, 0) ?? null,
  }));
  return printTopics(context, rows);
}

/** Prints the topics. Returns the exit code. */
export function printTopics(
  context: Pick<Context, "terminal" | "output">,
  rows: readonly TopicRow[],
): number {
  printTable(context, columns, rows, ({ spec, partitions, records }) => {
    const { name, role, key, written } = spec;
    return { topic: name, role, partitions, records, key, written_by: written };
  });
  const missing = rows.filter(({ partitions }) => partitions === null);
  if (missing.length === 0) return exitCode.done;
  context.output.warn(
    "topics are missing: npx sauda down, then npm start makes them; npx sauda doctor says more",
  );
  return exitCode.failed;
}
