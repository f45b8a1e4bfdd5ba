import { createTopicsV7 } from "@platformatic/kafka";
import { findBounds, type Cluster } from "../../src/kafka/cluster.ts";
import { until } from "../acceptance/market-process.ts";

const timeoutMs = 5000;

/** Makes a topic of a test's own, and waits until its leader answers; its name again. */
export async function makeTopic(
  cluster: Cluster,
  name: string,
  { partitions = 1, configs = {} }: { partitions?: number; configs?: Record<string, string> } = {},
): Promise<string> {
  const listed = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
  const spec = { name, numPartitions: partitions, replicationFactor: 1, assignments: [] };
  await cluster.ask(createTopicsV7.api, [{ ...spec, configs: listed }], timeoutMs, false);
  const isLed = async () => (await cluster.findLeader(name, partitions - 1)) !== null;
  await until("it has a leader", isLed);
  // A broker may say that it leads before it does: then a first append is unanswered.
  for (let each = 0; each < partitions; each += 1) await findBounds(cluster, name, each);
  return name;
}
