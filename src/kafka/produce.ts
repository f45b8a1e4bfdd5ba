import {
  apiVersionsV3,
  clientSoftwareName,
  clientSoftwareVersion,
  createAPI,
  produceV9,
  type Reader,
  Writer,
} from "./client.ts";
import { timeoutMs } from "./brokers.ts";
import type { Connection } from "./connection.ts";

/** One batch for one partition, as `encodeBatch` laid it out. */
export type PartitionBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
};

/** Partitions by their topics, each once. */
export function byTopic(
  places: readonly Pick<PartitionBatch, "topic" | "partition">[],
): { name: string; partitions: number[] }[] {
  const groups = Map.groupBy(places, ({ topic }) => topic);
  return [...groups].map(([name, of]) => {
    return { name, partitions: [...new Set(of.map(({ partition }) => partition))] };
  });
}

/** What the leader said about one batch. */
type ProduceAnswer = {
  readonly errorCode: number;
  readonly baseOffset: number;
  /** The broker's time of the batch; -1 where the topic keeps its writers' times. */
  readonly appendedAtMs: number;
  readonly errorMessage: string | null;
};

/** Acknowledged by every replica in sync. */
const allReplicas = -1;
const produceKey = 0;
/** From this version on topics go by their id. Kafka 4.1 was the first to know it. */
const byIdVersion = 13;

type ProduceByName = [
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly PartitionBatch[],
];

/**
 * Produce by topic name, with batches that are laid out already. The client reads the answer and
 * throws if any partition was refused.
 */
export const produceByName = createAPI<ProduceByName, produceV9.ProduceResponse>(
  produceKey,
  9,
  layOutByName,
  produceV9.parseResponse,
);

/** The same, and every partition written to joins the transaction by that (KIP-890 part 2). */
export const produceJoining = createAPI<ProduceByName, produceV9.ProduceResponse>(
  produceKey,
  12,
  layOutByName,
  produceV9.parseResponse,
);

/** A Produce by topic name: which of them, the transaction's way decides. */
export type ProduceApi = typeof produceByName;

/** One plain batch by topic id: a topic made anew under the name can never be met. */
export const produceById = createAPI<
  [topicId: string, timeoutMs: number, batch: PartitionBatch],
  ProduceAnswer
>(
  produceKey,
  byIdVersion,
  (topicId: string, timeoutMs: number, batch: PartitionBatch) =>
    startRequest(null, timeoutMs)
      .appendArray([batch], (topics, only) => {
        topics.appendUUID(topicId).appendArray([only], appendPartition);
      })
      .appendTaggedFields(),
  readAnswer,
);

/** Whether the broker knows topics by id when it takes records. */
export async function canProduceById(connection: Connection): Promise<boolean> {
  const software = [clientSoftwareName, String(clientSoftwareVersion)] as const;
  const answer = await connection.call(apiVersionsV3.api, timeoutMs, ...software);
  const produce = answer.apiKeys.find((each) => each.apiKey === produceKey);
  return produce !== undefined && produce.maxVersion >= byIdVersion;
}

function layOutByName(...[transactionalId, timeoutMs, batches]: ProduceByName): Writer {
  return startRequest(transactionalId, timeoutMs)
    .appendArray([...Map.groupBy(batches, (each) => each.topic)], (topics, [topic, ofTopic]) => {
      topics.appendString(topic).appendArray(ofTopic, appendPartition);
    })
    .appendTaggedFields();
}

function startRequest(transactionalId: string | null, timeoutMs: number): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(allReplicas)
    .appendInt32(timeoutMs);
}

function appendPartition(writer: Writer, { partition, batch }: PartitionBatch): void {
  writer.appendInt32(partition).appendBytes(batch);
}

/** Reads as far as what is asked for; the rest of the frame is the throttle time and hints. */
function readAnswer(_id: number, _key: number, _version: number, bytes: Reader): ProduceAnswer {
  bytes.readUnsignedVarInt(); // one topic
  bytes.readUUID();
  bytes.readUnsignedVarInt(); // one partition
  bytes.readInt32();
  const errorCode = bytes.readInt16();
  const baseOffset = Number(bytes.readInt64());
  const appendedAtMs = Number(bytes.readInt64());
  bytes.readInt64(); // log start
  bytes.readArray(
    (each) => {
      each.readInt32();
      each.readNullableString();
      each.readTaggedFields();
    },
    true,
    false,
  );
  return { errorCode, baseOffset, appendedAtMs, errorMessage: bytes.readNullableString() };
}
