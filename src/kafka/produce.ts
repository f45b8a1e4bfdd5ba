import { createAPI, produceV9, Writer } from "@platformatic/kafka";

/** One batch for one partition, as `encodeBatch` laid it out. */
export type PartitionBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
};

/** Acknowledged by every replica in sync. */
const allReplicas = -1;

/**
 * Produce with batches that are laid out already. The answer is read by the client, which throws if
 * any partition was refused.
 */
export const produceBatches = createAPI<
  [transactionalId: string | null, timeoutMs: number, batches: readonly PartitionBatch[]],
  produceV9.ProduceResponse
>(0, 9, createRequest, produceV9.parseResponse);

function createRequest(
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly PartitionBatch[],
): Writer {
  const byTopic = Map.groupBy(batches, (each) => each.topic);
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(allReplicas)
    .appendInt32(timeoutMs)
    .appendArray([...byTopic], (topics, [topic, ofTopic]) => {
      topics.appendString(topic).appendArray(ofTopic, (partitions, { partition, batch }) => {
        partitions.appendInt32(partition).appendBytes(batch);
      });
    })
    .appendTaggedFields();
}
