import { topicSpecs, type TopicRole, type TopicSpec } from "../protocol/topics.ts";
import { realClock } from "../services/clock.ts";
import { NoSuchTopic } from "../services/log-errors.ts";
import { noFaults } from "./faults.ts";
import { GroupCoordinator } from "./group-coordinator.ts";
import { committedOnly, Partition, type StoredRecord } from "./partition.ts";
import type { World } from "./request.ts";
import { TransactionCoordinator } from "./transactions.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";

/** A topic of the cluster. `id` is another one when the topic is made anew under its name. */
type MemoryTopic = {
  readonly id: string;
  readonly partitions: readonly Partition[];
  readonly config: Readonly<Record<string, string>>;
};

/** One pretend Kafka in this process: topics, groups and transactional producers. */
export class MemoryCluster {
  readonly world: World;
  readonly transactions: TransactionCoordinator;
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #groups = new Map<string, GroupCoordinator>();
  #topicsMade = 0;

  constructor(world: World) {
    this.world = world;
    this.transactions = new TransactionCoordinator(world.clock, (topic, partition) =>
      this.partition(topic, partition),
    );
  }

  /**
   * Makes a topic, in place of one of the same name, whose records and stored offsets are
   * gone then.
   */
  createTopic(name: string, partitions: number, config: Readonly<Record<string, string>>): void {
    for (const group of this.#groups.values()) group.forget(name);
    this.#topicsMade += 1;
    const id = `${name}#${this.#topicsMade}`;
    this.#topics.set(name, {
      id,
      partitions: Array.from({ length: partitions }, () => new Partition()),
      config,
    });
  }

  /** Deletes a topic: its records and stored offsets are gone. */
  deleteTopic(name: string): void {
    for (const group of this.#groups.values()) group.forget(name);
    this.#topics.delete(name);
  }

  findTopic(name: string): MemoryTopic | null {
    return this.#topics.get(name) ?? null;
  }

  topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new NoSuchTopic(name);
    return topic;
  }

  partition(topic: string, partition: number): Partition {
    const found = this.topic(topic).partitions[partition];
    if (found === undefined) throw new NoSuchTopic(topic, partition);
    return found;
  }

  /** The group's coordinator; a group exists as soon as somebody asks for it. */
  group(name: string): GroupCoordinator {
    return getOrMake(this.#groups, name, () => new GroupCoordinator(this.world));
  }

  /** Takes the coordinators of all groups away, or brings them back. */
  setCoordinatorsAway(isAway: boolean): void {
    for (const group of this.#groups.values()) group.isAway = isAway;
  }

  /** What differs from the topics' required settings (R1), one sentence each. */
  findTopicProblems(shards: number, roles?: readonly TopicRole[]): string[] {
    const asked = topicSpecs.filter(({ role }) => roles?.includes(role) !== false);
    return asked.flatMap((spec) => this.#problems(spec, shards));
  }

  #problems(spec: TopicSpec, shards: number): string[] {
    const topic = this.#topics.get(spec.name);
    if (topic === undefined) return [`${spec.name}: there is no such topic`];
    const wanted = spec.partitions === "shards" ? shards : spec.partitions;
    const found = topic.partitions.length;
    const isGood = spec.role === "input" ? found >= wanted : found === wanted;
    const count = isGood ? [] : [`${spec.name}: expected ${wanted} partitions, found ${found}`];
    const settings = spec.checked
      .filter((key) => topic.config[key] !== spec.config[key])
      .map(
        (key) =>
          `${spec.name}: expected ${key}=${spec.config[key]}, found ${topic.config[key] ?? "none"}`,
      );
    return [...count, ...settings];
  }
}

/**
 * A cluster with every topic of a market, in real time and without faults unless told otherwise.
 */
export function openMemoryCluster(
  shards: number,
  world: World = { clock: realClock, faults: noFaults },
): MemoryCluster {
  const cluster = new MemoryCluster(world);
  for (const { name, partitions, config } of topicSpecs)
    cluster.createTopic(name, partitions === "shards" ? shards : partitions, config);
  return cluster;
}

/** Every record of a partition, control records and undecided or aborted ones too. */
export function allRecords(
  cluster: MemoryCluster,
  topic: string,
  partition: number,
): readonly StoredRecord[] {
  cluster.transactions.expire();
  const found = cluster.partition(topic, partition);
  return found.slice(found.bounds.start, Infinity);
}

/** The records a correct `read_committed` reader sees. */
export function committedRecords(
  cluster: MemoryCluster,
  topic: string,
  partition: number,
): readonly StoredRecord[] {
  return committedOnly(allRecords(cluster, topic, partition));
}
