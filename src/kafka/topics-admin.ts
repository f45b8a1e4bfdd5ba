import {
  ConfigResourceTypes,
  createTopicsV7,
  deleteGroupsV2,
  deleteTopicsV6,
  describeConfigsV4,
} from "./client.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { type TopicRole, type TopicSpec, topicSpecs } from "../protocol/topics.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToCoordinator } from "./cluster.ts";
import type { TopicState } from "./metadata.ts";
import { isBrokerError } from "./errors.ts";

/** How long the cluster may take to make or delete topics, and until every broker knows it. */
const adminTimeoutMs = 10_000;
const pollMs = 50;
/** Replicas that Kafka's own advice asks for where there are brokers enough. */
const replicasWanted = 3;
/** R1: what a replicated truth needs besides, so that an acknowledged record survives one loss. */
const replicatedTruth = { "min.insync.replicas": "2", "unclean.leader.election.enable": "false" };

const names = topicSpecs.map((spec) => spec.name);

/** Makes the market's topics that do not exist yet, and waits until they can be used. */
export async function createTopics(cluster: Cluster, shards: number): Promise<void> {
  const replicas = Math.min(replicasWanted, (await cluster.findBrokers()).length);
  const found = await cluster.findTopics(names);
  const missing = topicSpecs.filter((spec) => !found.has(spec.name));
  if (missing.length === 0) return;
  const topics = missing.map((spec) => ({
    name: spec.name,
    numPartitions: countPartitions(spec, shards),
    replicationFactor: replicas,
    assignments: [],
    configs: Object.entries(wantedConfig(spec, replicas)).map(([name, value]) => ({ name, value })),
  }));
  await askAllowing(["TOPIC_ALREADY_EXISTS"], () =>
    cluster.ask(createTopicsV7.api, topics, timeoutMs, false),
  );
  for (const spec of missing) {
    const partitions = countPartitions(spec, shards);
    await waitUntil(`${spec.name} has no leader`, () => hasLeaders(cluster, spec.name, partitions));
  }
}

/**
 * Deletes the market's topics, and what these groups had committed. Groups must be empty by then.
 */
export async function deleteMarket(cluster: Cluster, groups: readonly string[]): Promise<void> {
  const found = await cluster.findTopics(names);
  if (found.size > 0) {
    const topics = [...found.keys()].map((name) => ({ name }));
    await askAllowing(["UNKNOWN_TOPIC_OR_PARTITION"], () =>
      cluster.ask(deleteTopicsV6.api, topics, timeoutMs),
    );
  }
  await waitUntil(
    "topics are still there",
    async () => (await cluster.findTopics(names)).size === 0,
  );
  for (const group of groups) await deleteGroup(cluster, group);
}

async function deleteGroup(cluster: Cluster, group: string): Promise<void> {
  await waitUntil(`group ${group} has members, or no coordinator`, async () => {
    try {
      const connection = await connectToCoordinator(cluster, "group", group);
      try {
        await connection.call(deleteGroupsV2.api, timeoutMs, [group]);
      } finally {
        connection.destroy();
      }
      return true;
    } catch (error) {
      if (isBrokerError(error, "GROUP_ID_NOT_FOUND")) return true;
      if (isBrokerError(error, "NON_EMPTY_GROUP") || (isBrokerError(error) && error.isRetriable))
        return false;
      throw error;
    }
  });
}

/**
 * What differs from the topics' required settings (R1): one sentence each, with topic, setting,
 * what was found, what is needed and the way on. Empty: nothing.
 */
export async function findTopicProblems(
  cluster: Cluster,
  shards: number,
  roles?: readonly TopicRole[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const asked = topicSpecs.filter(({ role }) => roles?.includes(role) !== false);
  const found = await cluster.findTopics(asked.map(({ name }) => name));
  const checked: [TopicSpec, TopicState][] = [];
  for (const spec of asked) {
    const state = found.get(spec.name);
    if (state === undefined) {
      problems.push(`${spec.name}: found no such topic, needed one: \`npx sauda up\` makes it.`);
    } else {
      problems.push(...findPartitionProblems(spec, state, shards));
      if (spec.checked.length > 0) checked.push([spec, state]);
    }
  }
  const configs = await describe(
    cluster,
    checked.map(([spec]) => spec.name),
  );
  for (const [spec, state] of checked) {
    problems.push(...findConfigProblems(spec, state, configs.get(spec.name) ?? new Map()));
  }
  return problems;
}

function findPartitionProblems(spec: TopicSpec, state: TopicState, shards: number): string[] {
  const needed = countPartitions(spec, shards);
  // A stranger's topic of one partition may have more: the intake reads all of them.
  const isGood = spec.partitions === 1 ? state.partitions >= 1 : state.partitions === needed;
  if (isGood) return [];
  const way = "The number is fixed for the market's life: start it with that many shards, or anew";
  return [`${spec.name}: partitions: found ${state.partitions}, needed ${needed}. ${way}.`];
}

function findConfigProblems(
  spec: TopicSpec,
  state: TopicState,
  config: ReadonlyMap<string, string>,
): string[] {
  const wanted = wantedConfig(spec, state.replicas);
  const replicated = spec.role === "internal" ? Object.keys(replicatedTruth) : [];
  return [...spec.checked, ...replicated].flatMap((setting) => {
    const needed = wanted[setting];
    const value = config.get(setting) ?? "nothing";
    if (needed === undefined || isAsNeeded(setting, value, needed)) return [];
    const found = `${spec.name}: ${setting}: found ${value}, needed ${needed}.`;
    return [`${found} ${wayOn(spec, setting, needed)}`];
  });
}

/** A larger limit than asked for harms nobody; everything else must be as it was asked for. */
function isAsNeeded(setting: string, found: string, needed: string): boolean {
  const isLimit = setting === "max.message.bytes" || setting === "min.insync.replicas";
  return isLimit ? Number(found) >= Number(needed) : found === needed;
}

function wayOn(spec: TopicSpec, setting: string, needed: string): string {
  const alter = `kafka-configs.sh --alter --entity-type topics --entity-name ${spec.name}`;
  const set = `Set it with \`${alter} --add-config ${setting}=${needed}\``;
  const isTruth = spec.role === "internal" && spec.config["cleanup.policy"] === "delete";
  const isLossy = isTruth && /^(cleanup|retention)/.test(setting);
  if (!isLossy) return `${set}.`;
  return `${set}; if it has taken records already, the market must be made anew.`;
}

function countPartitions(spec: TopicSpec, shards: number): number {
  return spec.partitions === "shards" ? shards : spec.partitions;
}

function wantedConfig(spec: TopicSpec, replicas: number): Readonly<Record<string, string>> {
  const isReplicated = spec.role === "internal" && replicas >= replicasWanted;
  return { ...spec.config, ...(isReplicated ? replicatedTruth : {}) };
}

async function describe(
  cluster: Cluster,
  topics: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const resources = topics.map((topic) => ({
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: topic,
    configurationKeys: null,
  }));
  const answer = await cluster.ask(describeConfigsV4.api, resources, false, false);
  return new Map(
    answer.results.map((each) => [
      each.resourceName,
      new Map(each.configs.map(({ name, value }) => [name, value ?? "nothing"])),
    ]),
  );
}

/** Lets pass an answer in which every error is one of these: somebody else was faster. */
async function askAllowing(codes: readonly string[], ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!isBrokerError(error) || !codes.includes(error.code)) throw error;
  }
}

async function hasLeaders(cluster: Cluster, topic: string, partitions: number): Promise<boolean> {
  for (let partition = 0; partition < partitions; partition++) {
    if ((await cluster.findLeader(topic, partition)) === null) return false;
  }
  return true;
}

async function waitUntil(complaint: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + adminTimeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`after ${adminTimeoutMs} ms, ${complaint}`);
    await sleep(pollMs);
  }
}
