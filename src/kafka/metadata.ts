import type { metadataV12 } from "./client.ts";
import type { Address } from "./connection.ts";

/** A topic as the cluster has it now. */
export type TopicState = {
  readonly id: string;
  readonly partitions: number;
  readonly replicas: number;
};

/** Who leads a partition now, and under which topic id. */
export type Leader = {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly address: Address;
};

/** The topics in an answer that exist, by name. */
export function topicsIn(answer: metadataV12.MetadataResponse): Map<string, TopicState> {
  const found = new Map<string, TopicState>();
  for (const { name, errorCode, topicId, partitions } of answer.topics) {
    if (typeof name !== "string" || errorCode !== 0) continue;
    const replicas = Math.min(...partitions.map((each) => each.replicaNodes.length));
    found.set(name, { id: topicId, partitions: partitions.length, replicas });
  }
  return found;
}

/** The leaders in an answer, by `topic/partition`; a partition that has none is left out. */
export function leadersIn({ brokers, topics }: metadataV12.MetadataResponse): Map<string, Leader> {
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const found = new Map<string, Leader>();
  for (const { name: topic, errorCode, topicId, partitions } of topics) {
    if (typeof topic !== "string" || errorCode !== 0) continue;
    for (const { partitionIndex: partition, leaderId } of partitions) {
      const address = addresses.get(leaderId);
      if (address === undefined) continue;
      found.set(`${topic}/${partition}`, { topic, partition, topicId, address });
    }
  }
  return found;
}
