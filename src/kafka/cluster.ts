import { findCoordinatorV4, listOffsetsV7, metadataV12 } from "./client.ts";
import type { Bounds } from "../services/log.ts";
import { NoSuchTopic } from "../services/log-errors.ts";
import { askAgain, type RetryPolicy } from "./ask-again.ts";
import { type Brokers, type KafkaOptions, openBrokers, timeoutMs } from "./brokers.ts";
import { hangs, isLost, isBrokerError, BrokerError } from "./errors.ts";
import type { Address, Connection } from "./connection.ts";
import { type Leader, leadersIn, topicsIn, type TopicState } from "./metadata.ts";

/** The cluster as a whole: asks any broker that answers, and says who is responsible for what. */
export type Cluster = Brokers & {
  /** Those of the topics that exist. */
  findTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>>;
  /** Null: there is no such topic. */
  findTopic(topic: string): Promise<TopicState | null>;
  /** The leaders of all partitions of these topics that have one, by `topic/partition`. */
  findLeaders(topics: readonly string[]): Promise<ReadonlyMap<string, Leader>>;
  /** As it was last found, without asking. Null: never yet. */
  lastLeader(topic: string, partition: number): Leader | null;
  /** Null: no such topic or partition, or nobody leads it at the moment. */
  findLeader(topic: string, partition: number): Promise<Leader | null>;
  /** Null: nobody has the role at the moment. */
  findCoordinator(kind: "group" | "transaction", key: string): Promise<Address | null>;
  findBrokers(): Promise<readonly Address[]>;
};

/** Opens nothing yet: the first question connects. */
export function openCluster(options: KafkaOptions): Cluster {
  const brokers = openBrokers(options);
  const lastLeaders = new Map<string, Leader>();

  async function metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    let answer: metadataV12.MetadataResponse;
    try {
      answer = await brokers.ask(metadataV12.api, [...topics], false, false);
    } catch (error) {
      // Errors of single topics or partitions; the rest of the answer is good.
      if (!isBrokerError(error)) throw error;
      answer = error.answer as metadataV12.MetadataResponse;
    }
    brokers.learn(answer.brokers.map(({ host, port }) => ({ host, port })));
    return answer;
  }

  async function findTopics(topics: readonly string[]): Promise<Map<string, TopicState>> {
    return topicsIn(await metadata(topics));
  }

  async function findLeaders(topics: readonly string[]): Promise<Map<string, Leader>> {
    const leaders = leadersIn(await metadata(topics));
    for (const [place, leader] of leaders) lastLeaders.set(place, leader);
    return leaders;
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
      if (isBrokerError(error, "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"))
        return null;
      throw error;
    }
  }

  return {
    ...brokers,
    findTopics,
    findTopic: async (topic) => (await findTopics([topic])).get(topic) ?? null,
    findLeaders,
    lastLeader: (topic, partition) => lastLeaders.get(`${topic}/${partition}`) ?? null,
    findLeader: async (topic, partition) =>
      (await findLeaders([topic])).get(`${topic}/${partition}`) ?? null,
    findCoordinator,
    findBrokers: async () => (await metadata([])).brokers.map(({ host, port }) => ({ host, port })),
  };
}

/**
 * Finds the leader and connects to it. Throws `NoSuchTopic`, and `BrokerError` if nobody leads the
 * partition now.
 */
export async function connectToLeader(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<{ readonly connection: Connection; readonly topicId: string }> {
  const { address, topicId } = await leaderOf(cluster, topic, partition);
  return { connection: await cluster.openConnection(address), topicId };
}

/** Who leads the partition now. Throws as `connectToLeader`. */
export async function leaderOf(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<Leader> {
  const leader = await cluster.findLeader(topic, partition);
  if (leader !== null) return leader;
  const state = await cluster.findTopic(topic);
  if (state === null) throw new NoSuchTopic(topic);
  if (partition >= state.partitions) throw new NoSuchTopic(topic, partition);
  const message = `${topic}, partition ${partition}: nobody leads it now`;
  throw new BrokerError("LEADER_NOT_AVAILABLE", true, message, null);
}

/** A leader that has just changed, or just begun, is asked again for a while. */
export const untilItLeads: RetryPolicy = {
  limitMs: timeoutMs,
  pauseMs: () => 50,
  mayPass: (error) => isBrokerError(error, "NOT_LEADER_OR_FOLLOWER"),
};

/** Finds the coordinator and connects to it. Throws `BrokerError` if there is none now. */
export async function connectToCoordinator(
  cluster: Cluster,
  kind: "group" | "transaction",
  key: string,
): Promise<Connection> {
  const address = await cluster.findCoordinator(kind, key);
  if (address === null) {
    throw new BrokerError(
      "COORDINATOR_NOT_AVAILABLE",
      true,
      `no coordinator of ${kind} ${key}`,
      null,
    );
  }
  return cluster.openConnection(address);
}

/**
 * The partition's first offset and the one after its last. Who led it last is asked, and where that
 * was wrong who leads it now. Throws as `connectToLeader`.
 */
export async function findBounds(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<Bounds> {
  const last = cluster.lastLeader(topic, partition);
  if (last !== null) {
    try {
      return await boundsAt(cluster, last);
    } catch (error) {
      if (hangs(error) || !(isLost(error) || isBrokerError(error))) throw error;
    }
  }
  return askAgain(
    async () => boundsAt(cluster, await leaderOf(cluster, topic, partition)),
    untilItLeads,
  );
}

async function boundsAt(cluster: Cluster, leader: Leader): Promise<Bounds> {
  const [start, end] = await Promise.all([
    findOffset(cluster, leader, edge.first),
    findOffset(cluster, leader, edge.afterLast),
  ]);
  return { start, end };
}

/** What ListOffsets takes in place of a time. */
const edge = { first: -2, afterLast: -1 } as const;

/** The first offset whose record is of this time or later; -1 if there is none. */
export async function findOffset(
  cluster: Cluster,
  { topic, partition, address }: Leader,
  timestampMs: number,
): Promise<number> {
  const timestamp = BigInt(timestampMs);
  const asked = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp };
  const uncommitted = 0;
  const topics = [{ name: topic, partitions: [asked] }];
  const answer = await cluster.askOf(address, listOffsetsV7.api, -1, uncommitted, topics);
  return Number(answer.topics[0]?.partitions[0]?.offset ?? -1n);
}
