import { publicBatchBytesMax } from "../protocol/carriage.ts";
import type { PublicRecord } from "../services/log.ts";
import type { PartitionBatch } from "./produce.ts";
import type { Producer } from "./publisher-terms.ts";
import { BatchWriter } from "./record-batch.ts";

/** A partition that is written to. */
type PartitionBatches = {
  readonly topic: string;
  readonly partition: number;
  /** The memory of its batches: of the first, the second and so on of a transaction. */
  readonly writers: BatchWriter[];
  /** How many batches of this transaction are whole. */
  whole: number;
  /** The number of the next record under the producer's epoch. */
  sequence: number;
};

/** Of a transaction: whose it is, when, and its batches. */
type Begun = {
  readonly producer: Producer;
  readonly nowMs: number;
  readonly batches: PartitionBatch[];
};

/**
 * Lays out a publisher's transactions one after the other, in the same memory: the batches of one
 * stand until the next is laid out.
 */
export class TransactionLayout {
  readonly #partitions = new Map<string, PartitionBatches[]>();

  /** Batches of bounded size for each partition, in the order of the records. */
  layOut(
    records: Iterable<PublicRecord<string>>,
    producer: Producer,
    nowMs: number,
  ): PartitionBatch[] {
    const begun: Begun = { producer, nowMs, batches: [] };
    for (const record of records) this.#add(begun, record);
    for (const own of this.#all()) {
      finish(begun, own);
      own.whole = 0;
    }
    return begun.batches;
  }

  /** Each epoch of a producer counts from 0. */
  beginEpoch(): void {
    for (const own of this.#all()) own.sequence = 0;
  }

  #add(begun: Begun, record: PublicRecord<string>): void {
    const own = this.#batchesOf(record);
    // Batches that any topic takes, whoever made it.
    if (writerOf(own).add(record, publicBatchBytesMax)) return;
    finish(begun, own);
    own.whole += 1;
    writerOf(own).add(record, publicBatchBytesMax);
  }

  #all(): PartitionBatches[] {
    return [...this.#partitions.values()].flat();
  }

  #batchesOf({ topic, partition }: PublicRecord<string>): PartitionBatches {
    const ofTopic = this.#partitions.get(topic) ?? [];
    const known = ofTopic.find((own) => own.partition === partition);
    if (known !== undefined) return known;
    const own: PartitionBatches = { topic, partition, writers: [], whole: 0, sequence: 0 };
    this.#partitions.set(topic, [...ofTopic, own]);
    return own;
  }
}

function writerOf({ writers, whole }: PartitionBatches): BatchWriter {
  return (writers[whole] ??= new BatchWriter());
}

function finish({ producer, nowMs, batches }: Begun, own: PartitionBatches): void {
  const writer = writerOf(own);
  if (writer.count === 0) return;
  const { topic, partition, sequence } = own;
  // Kafka counts to 2^31 - 1 and goes on with 0.
  own.sequence = (sequence + writer.count) % 2 ** 31;
  const numbers = { ...producer, firstSequence: sequence, isTransactional: true };
  batches.push({ topic, partition, batch: writer.finish(nowMs, numbers) });
}
