import { findCoordinatorV4, listOffsetsV7, metadataV12 } from "@platformatic/kafka";
import { type Brokers, type KafkaOptions, openBrokers, patienceMs } from "./brokers.ts";
import { NoSuchTopic } from "../services/log-errors.ts";
import { isRefusal, Refusal } from "./errors.ts";
import type { Address, Link } from "./link.ts";
import { type Leader, leadersIn, topicsIn, type TopicState } from "./metadata.ts";

/** The cluster as a whole: asks any broker that answers, and says who is responsible for what. */
export type Cluster = Brokers & {
  /** Those of the topics that exist. */
  findTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>>;
  /** Null: there is no such topic. */
  findTopic(topic: string): Promise<TopicState | null>;
  /** The leaders of all partitions of these topics that have one, by `topic/partition`. */
  findLeaders(topics: readonly string[]): Promise<ReadonlyMap<string, Leader>>;
  /** Null: no such topic or partition, or nobody leads it at the moment. */
  findLeader(topic: string, partition: number): Promise<Leader | null>;
  /** Null: nobody has the role at the moment. */
  findCoordinator(kind: "group" | "transaction", key: string): Promise<Address | null>;
  findBrokers(): Promise<readonly Address[]>;
};

/** Opens nothing yet: the first question connects. */
export function openCluster(options: KafkaOptions): Cluster {
  const brokers = openBrokers(options);

  async function metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    let answer: metadataV12.MetadataResponse;
    try {
      answer = await brokers.ask(metadataV12.api, [...topics], false, false);
    } catch (error) {
      // Errors of single topics or partitions; the rest of the answer is good.
      if (!isRefusal(error)) throw error;
      answer = error.answer as metadataV12.MetadataResponse;
    }
    brokers.learn(answer.brokers.map(({ host, port }) => ({ host, port })));
    return answer;
  }

  async function findTopics(topics: readonly string[]): Promise<Map<string, TopicState>> {
    return topicsIn(await metadata(topics));
  }

  async function findLeaders(topics: readonly string[]): Promise<Map<string, Leader>> {
    return leadersIn(await metadata(topics));
  }

  async function findCoordinator(
    kind: "group" | "transaction",
    key: string,
  ): Promise<Address | null> {
    try {
      const answer = await brokers.ask(findCoordinatorV4.api, kind === "group" ? 0 : 1, [key]);
      const found = answer.coordinators[0];
      return found === undefined ? null : { host: found.host, port: found.port };
    } catch (error) {
      if (isRefusal(error, "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"))
        return null;
      throw error;
    }
  }

  return {
    ...brokers,
    findTopics,
    findTopic: async (topic) => (await findTopics([topic])).get(topic) ?? null,
    findLeaders,
    findLeader: async (topic, partition) =>
      (await findLeaders([topic])).get(`${topic}/${partition}`) ?? null,
    findCoordinator,
    findBrokers: async () => (await metadata([])).brokers.map(({ host, port }) => ({ host, port })),
  };
}

/** Finds the leader and connects to it. Throws `NoSuchTopic`, and `Refusal` if nobody leads the partition now. */
export async function openLeaderLink(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<{ readonly link: Link; readonly topicId: string }> {
  const leader = await cluster.findLeader(topic, partition);
  if (leader === null) {
    const state = await cluster.findTopic(topic);
    if (state === null) throw new NoSuchTopic(topic);
    if (partition >= state.partitions) throw new NoSuchTopic(topic, partition);
    const message = `${topic}, partition ${partition}: nobody leads it now`;
    throw new Refusal("LEADER_NOT_AVAILABLE", true, message, null);
  }
  return {
    link: await cluster.openLink(leader.address),
    topicId: leader.topicId,
  };
}

/** Finds the coordinator and connects to it. Throws `Refusal` if there is none now. */
export async function openCoordinatorLink(
  cluster: Cluster,
  kind: "group" | "transaction",
  key: string,
): Promise<Link> {
  const address = await cluster.findCoordinator(kind, key);
  if (address === null) {
    throw new Refusal("COORDINATOR_NOT_AVAILABLE", true, `no coordinator of ${kind} ${key}`, null);
  }
  return cluster.openLink(address);
}

/** First offset (-2), the one after the last (-1), or the first of a time or later; -1 if none. */
export async function findOffset(
  link: Link,
  topic: string,
  partition: number,
  timestamp: number,
): Promise<number> {
  const asked = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp: BigInt(timestamp) };
  const uncommitted = 0;
  const topics = [{ name: topic, partitions: [asked] }];
  const answer = await link.call(listOffsetsV7.api, patienceMs, -1, uncommitted, topics);
  return Number(answer.topics[0]?.partitions[0]?.offset ?? -1n);
}
