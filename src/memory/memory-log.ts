import { eventsTopic } from "../protocol/topics.ts";
import type {
  Appender,
  CheckedReader,
  Deletion,
  Group,
  MarketLog,
  OutRecord,
  Reader,
} from "../services/log.ts";
import { openCommittedReader, openSourceReader } from "./committed-reader.ts";
import { joinGroup } from "./memory-group.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import { openPublisher } from "./memory-publisher.ts";
import { Member } from "./member.ts";
import { openView } from "./partition-view.ts";
import { ask, send } from "./request.ts";

/** One process's view of the cluster. Pass a `Member` of one's own to pause or crash it. */
export function openMemoryLog(cluster: MemoryCluster, member: Member | string): MarketLog<string> {
  const self = typeof member === "string" ? new Member(member) : member;
  const { world } = cluster;
  const open = new Set<Group>();
  const coordinators = new Map<Group, string>();
  const describe = <Value>(work: () => Value): Promise<Value> => ask(world, self, "describe", work);
  return {
    topicId: (topic) => describe(() => cluster.topic(topic).id),
    partitions: (topic) => describe(() => cluster.topic(topic).partitions.length),
    bounds: (topic, partition) => describe(() => cluster.partition(topic, partition).bounds),
    findTopicProblems: (shards, roles) => describe(() => cluster.findTopicProblems(shards, roles)),
    reader: (topic, partition, from) => openReader(cluster, self, topic, partition, from),
    checkedReader: (topic, partition, from) =>
      openCheckedReader(cluster, self, topic, partition, from),
    sourceReader: (topic, partition, from) =>
      openSourceReader(cluster, self, topic, partition, from),
    committedReader: (topic, partition, from) =>
      openCommittedReader(cluster, self, topic, partition, from),
    openTransactions: (topic, partition) =>
      describe(() => cluster.transactions.findOpen(cluster.partition(topic, partition))),
    appender: (topic, partition) => openAppender(cluster, self, topic, partition),
    async join(name, topics, spread) {
      const partitions = await describe(() => names(cluster, topics));
      const group = await joinGroup(world, cluster.group(name), self, partitions, spread);
      open.add(group);
      coordinators.set(group, name);
      return group;
    },
    countMembers: (name) => describe(() => cluster.group(name).size),
    committedOf: (name, topic, partition, topicId) =>
      describe(() => cluster.group(name).committed(`${topic}/${partition}`, topicId)),
    publisher(transactionalId, group, shard) {
      const name = coordinators.get(group);
      if (name === undefined) throw new Error("the group was not joined through this log");
      const stored = { coordinator: cluster.group(name), partition: `${eventsTopic}/${shard}` };
      return openPublisher(cluster, self, transactionalId, stored);
    },
    async close() {
      for (const group of open) await group.close();
      open.clear();
    },
  };
}

function names(cluster: MemoryCluster, topics: readonly string[]): string[] {
  // As with Kafka, a topic that is not there now has no partitions to share out.
  return topics.flatMap((topic) =>
    (cluster.findTopic(topic)?.partitions ?? []).map((_, partition) => `${topic}/${partition}`),
  );
}

async function openReader(
  cluster: MemoryCluster,
  member: Member,
  topic: string,
  partition: number,
  from: number,
): Promise<Reader> {
  const view = await openView(cluster, member, topic, partition);
  let position = from;
  return {
    async read(waitMs) {
      await view.await(position, waitMs);
      if (view.isClosed()) return { records: [], end: position };
      const found = view.find();
      const records = found.slice(position, cluster.world.faults.sliceMax());
      position += records.length;
      return { records, end: found.end };
    },
    async close() {
      view.close();
    },
  };
}

/** In memory nothing lies in batches, and no byte changes. */
async function openCheckedReader(...place: Parameters<typeof openReader>): Promise<CheckedReader> {
  const reader = await openReader(...place);
  return {
    read: async (waitMs) => ({ ...(await reader.read(waitMs)), batches: 0, bytes: null }),
    close: () => reader.close(),
  };
}

async function openAppender(
  cluster: MemoryCluster,
  member: Member,
  topic: string,
  partition: number,
): Promise<Appender> {
  const { clock } = cluster.world;
  const maxBytes = await ask(cluster.world, member, "describe", () =>
    Number(cluster.topic(topic).config["max.message.bytes"] ?? 1024 * 1024),
  );
  let isBusy = false;
  let isClosed = false;
  return {
    async append(records) {
      if (isClosed) throw new Error(`the appender of ${topic} is closed`);
      if (isBusy) throw new Error(`a second append to ${topic} before the first was answered (R7)`);
      const bytes = size(records);
      if (bytes > maxBytes)
        return { type: "refused", retriable: false, why: `${bytes} bytes, at most ${maxBytes}` };
      isBusy = true;
      const answer = await send(cluster.world, member, "append", () => {
        cluster.transactions.expire();
        const appendedAtMs = clock.nowMs();
        const offset = cluster.partition(topic, partition).append(records, appendedAtMs);
        return { offset, appendedAtMs };
      });
      isBusy = false;
      if (answer.type === "answered") return { type: "at", ...answer.value };
      if (answer.type === "refused")
        return { type: "refused", retriable: true, why: "the partition has no leader just now" };
      if (answer.type === "threw")
        return { type: "refused", retriable: false, why: answer.error.message };
      return { type: "unanswered", why: "no answer within the request timeout" };
    },
    async close() {
      isClosed = true;
    },
  };
}

/** Bytes of a batch as the broker counts them, about: each record has some 20 bytes of its own. */
function size(records: readonly (OutRecord | Deletion)[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += 20 + (key?.length ?? 0) + (value?.length ?? 0);
  return bytes;
}
