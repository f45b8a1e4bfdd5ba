import { eventsTopic, topicSpecs } from "../protocol/topics.ts";
import type { Group, MarketLog } from "../services/log.ts";
import { NoSuchTopic } from "../services/log-errors.ts";
import { openAppender } from "./appender.ts";
import type { KafkaOptions } from "./brokers.ts";
import { openCheckedReader } from "./checked-reader.ts";
import { findBounds, openCluster } from "./cluster.ts";
import { openCommittedReader, openSourceReader } from "./committed-reader.ts";
import { countMembers, joinGroup } from "./group.ts";
import { openGroupOffsets } from "./group-offsets.ts";
import { findOpenTransactions } from "./open-transactions.ts";
import { openPartitionReader } from "./partition-reader.ts";
import { openPublisher } from "./publisher.ts";
import { createTopics, deleteMarket, findTopicProblems } from "./topics-admin.ts";

/** The market's log on Kafka, and what only the one who starts the market needs: its topics. */
export type KafkaLog = MarketLog<string> & {
  /** Makes the topics that do not exist yet, and waits until they can be used. */
  createTopics(shards: number): Promise<void>;
  /** Deletes the market's topics and what these groups committed; their members must have left. */
  deleteMarket(groups: readonly string[]): Promise<void>;
};

const outputs = topicSpecs.filter((spec) => spec.role === "output").map((spec) => spec.name);

/** Opens the log. Nothing is connected yet: the first call throws `KafkaUnreachable` if need be. */
export function openKafkaLog(options: KafkaOptions): KafkaLog {
  const cluster = openCluster(options);
  const closing = new AbortController();
  const groups = new Map<Group<string>, string>();

  async function topicState(topic: string): Promise<{ id: string; partitions: number }> {
    const state = await cluster.findTopic(topic);
    if (state === null) throw new NoSuchTopic(topic);
    return state;
  }

  return {
    topicId: async (topic) => (await topicState(topic)).id,
    partitions: async (topic) => (await topicState(topic)).partitions,
    bounds: (topic, partition) => findBounds(cluster, topic, partition),
    reader: (topic, partition, from) => openPartitionReader(cluster, topic, partition, from),
    checkedReader: (topic, partition, from) => openCheckedReader(cluster, topic, partition, from),
    sourceReader: (topic, partition, from) => openSourceReader(cluster, topic, partition, from),
    committedReader: (topic, partition, from, readBytes) =>
      openCommittedReader(cluster, topic, partition, from, readBytes),
    openTransactions: (topic, partition) => findOpenTransactions(cluster, topic, partition),
    appender: (topic, partition) => openAppender(cluster, topic, partition),
    async join(group, topics, spread, sessionTimeoutMs) {
      const timeout = sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs };
      const joined = await joinGroup(cluster, { group, topics, spread, ...timeout });
      groups.set(joined, group);
      return joined;
    },
    countMembers: (group) => countMembers(cluster, group),
    async committedOf(group, topic, partition, topicId) {
      const offsets = openGroupOffsets(cluster, group);
      try {
        return await offsets.fetch(topic, partition, topicId, "as it is");
      } finally {
        offsets.close();
      }
    },
    async publisher(transactionalId, group, shard) {
      const name = groups.get(group);
      if (name === undefined) throw new Error("the publisher's group is not one of this log's");
      const terms = { transactionalId, group: name, topic: eventsTopic, partition: shard, outputs };
      return openPublisher(cluster, terms, closing.signal);
    },
    findTopicProblems: (shards, roles) => findTopicProblems(cluster, shards, roles),
    createTopics: (shards) => createTopics(cluster, shards),
    deleteMarket: (groups) => deleteMarket(cluster, groups),
    // Groups are left in order; whatever else is open then loses its connection.
    async close() {
      closing.abort();
      await Promise.all([...groups.keys()].map((group) => group.close()));
      cluster.close();
    },
  };
}
