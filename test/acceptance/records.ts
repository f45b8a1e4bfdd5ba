import { fetchV13, Producer } from "@platformatic/kafka";
import { setTimeout as sleep } from "node:timers/promises";
import { findBounds, openCluster, connectToLeader, type Cluster } from "../../src/kafka/cluster.ts";
import type { RawRecord } from "../checker/log-reading.ts";
import { inTime, timeoutMs } from "./market-process.ts";

const fetchBytes = 8 * 1024 * 1024;
const fetchTimeoutMs = 20_000;
const controlBit = 1 << 5;

/** A record as anybody sees it who does not ask for committed ones only. */
export type TopicRecord = RawRecord & { readonly headers: readonly (readonly [string, string])[] };

/**
 * The topics of a market as a stranger uses them: with another client's producer, and by
 * reading everything.
 */
export type Topics = {
  readonly cluster: Cluster;
  /** Writes one record and returns its offset. Null: a tombstone. */
  send(topic: string, value: string | Buffer | null, key?: string): Promise<number>;
  /** Writes them in order, in one request. */
  sendAll(topic: string, values: readonly (string | Buffer | null)[]): Promise<void>;
  end(topic: string): Promise<number>;
  /** Everything from `from` to the topic's end as it is now, with Kafka's control records. */
  read(topic: string, from?: number, partition?: number): Promise<TopicRecord[]>;
  /** Data records from `from` on, once there are `count`; throws when they do not come. */
  awaitCount(topic: string, from: number, count: number): Promise<TopicRecord[]>;
  /** The first data record from `from` on that fits. */
  awaitOne(
    topic: string,
    from: number,
    fits: (text: string) => boolean,
    withinMs?: number,
  ): Promise<TopicRecord>;
  close(): Promise<void>;
};

/** Opens the topics of the market on this Kafka. */
export function openTopics(bootstrap: string): Topics {
  const cluster = openCluster({ bootstrap, clientId: "acceptance" });
  const producer = new Producer({ clientId: "acceptance", bootstrapBrokers: [bootstrap] });
  const read = (topic: string, from = 0, partition = 0): Promise<TopicRecord[]> =>
    readPartition(cluster, topic, partition, from);

  async function sendAll(topic: string, values: readonly (string | Buffer | null)[], key?: string) {
    const messages = values.map((value) => ({
      topic,
      partition: 0,
      ...(key === undefined ? {} : { key: Buffer.from(key) }),
      ...(value === null ? {} : { value: Buffer.from(value) }),
    }));
    const sent = producer.send({ messages, acks: -1 });
    const { offsets } = await inTime(`a record is sent to ${topic}`, sent);
    return Number(offsets?.[0]?.offset ?? -1n);
  }

  async function awaitSome(
    topic: string,
    from: number,
    isEnough: (records: readonly TopicRecord[]) => boolean,
    what: string,
    withinMs = timeoutMs,
  ): Promise<TopicRecord[]> {
    const deadline = performance.now() + withinMs;
    const records: TopicRecord[] = [];
    for (let next = from; ;) {
      const more = await read(topic, next);
      next = (more.at(-1)?.offset ?? next - 1) + 1;
      records.push(...more.filter(({ isControl }) => !isControl));
      if (isEnough(records)) return records;
      if (performance.now() > deadline) {
        const there = records.map(({ offset, value }) => `${offset} ${String(value)}`).join("\n");
        throw new Error(`${topic} from ${from} on: no ${what}; there are\n${there}`);
      }
      await sleep(100);
    }
  }

  return {
    cluster,
    read,
    send: (topic, value, key) => sendAll(topic, [value], key),
    sendAll: async (topic, values) => {
      if (values.length > 0) await sendAll(topic, values);
    },
    end: async (topic) => (await findBounds(cluster, topic, 0)).end,
    awaitCount: (topic, from, count) =>
      awaitSome(topic, from, (records) => records.length >= count, `${count} records`),
    awaitOne: async (topic, from, fits, withinMs) => {
      const isIt = ({ value }: TopicRecord): boolean => fits(String(value));
      const isThere = (all: readonly TopicRecord[]): boolean => all.some(isIt);
      const records = await awaitSome(topic, from, isThere, "such record", withinMs);
      const found = records.find(isIt);
      if (found === undefined) throw new Error("unreachable");
      return found;
    },
    close: async () => {
      await inTime("the producer is closed", producer.close());
      cluster.close();
    },
  };
}

/**
 * Uncommitted, to the high watermark. Decoded by the client, not by our own reader, and
 * with headers.
 */
async function readPartition(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
): Promise<TopicRecord[]> {
  const { connection, topicId } = await connectToLeader(cluster, topic, partition);
  const records: TopicRecord[] = [];
  try {
    for (let next = from; ;) {
      const asked = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(next),
        lastFetchedEpoch: -1,
        partitionMaxBytes: fetchBytes,
      };
      const topics = [{ topicId, partitions: [asked] }];
      const uncommitted = 0;
      const bounds = [10, 1, fetchBytes] as const;
      const answer = await connection.call(
        fetchV13.api,
        fetchTimeoutMs,
        ...bounds,
        uncommitted,
        0,
        -1,
        topics,
        [],
        "",
      );
      const found = answer.responses[0]?.partitions[0];
      for (const batch of found?.records ?? []) {
        const base = Number(batch.firstOffset);
        for (const { offsetDelta, key, value, headers } of batch.records) {
          const offset = base + offsetDelta;
          if (offset < next) continue;
          const isControl = (batch.attributes & controlBit) !== 0;
          const named = headers.map(([name, text]) => [String(name), String(text)] as const);
          records.push({ offset, key, value, isControl, headers: named });
        }
        next = Math.max(next, base + batch.lastOffsetDelta + 1);
      }
      if (next >= Number(found?.highWatermark ?? 0n)) return records;
    }
  } finally {
    connection.destroy();
  }
}

/** Header of a record; undefined if it has none of that name. */
export function header(record: TopicRecord, name: string): string | undefined {
  return record.headers.find(([key]) => key === name)?.[1];
}
