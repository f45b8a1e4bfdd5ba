import type { Clock } from "../services/clock.ts";
import type { PublicRecord } from "../services/log.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { Partition, TransactionState } from "./partition.ts";

/** A transaction that nobody has ended by then is aborted and its producer fenced (R15). */
export const transactionTimeoutMs = 10_000;

type Transaction = TransactionState & {
  readonly startedMs: number;
  readonly partitions: Set<Partition>;
  readonly offsets: { coordinator: GroupCoordinator; partition: string; offset: number }[];
};

type Producer = { epoch: number; open: Transaction | null };

/**
 * Kafka's transaction coordinator (protocol version 1) in small: a producer is known by its
 * transactional id and epoch, and a request of an older epoch is refused wherever it lands. Unlike
 * Kafka's, the end of a transaction and its marks are one moment.
 */
export class TransactionCoordinator {
  readonly #clock: Clock;
  readonly #partition: (topic: string, partition: number) => Partition;
  readonly #producers = new Map<string, Producer>();

  constructor(clock: Clock, partition: (topic: string, partition: number) => Partition) {
    this.#clock = clock;
    this.#partition = partition;
  }

  /** A new epoch: older publishers are fenced, and what they left open is aborted. */
  initProducer(id: string): number {
    const producer = this.#producers.get(id) ?? { epoch: -1, open: null };
    this.#end(producer, "aborted");
    producer.epoch += 1;
    this.#producers.set(id, producer);
    return producer.epoch;
  }

  /** Puts records into the partitions they name; they lie there although nothing is decided. */
  produce(id: string, epoch: number, records: readonly PublicRecord[]): void {
    const transaction = this.#begin(this.#current(id, epoch));
    for (const [partition, batch] of this.#byPartition(records)) {
      transaction.partitions.add(partition);
      partition.append(batch, this.#clock.nowMs(), transaction);
    }
  }

  /** Makes an offset part of the transaction: it is stored if and when that commits. */
  addOffset(
    id: string,
    epoch: number,
    coordinator: GroupCoordinator,
    partition: string,
    offset: number,
  ): void {
    const transaction = this.#begin(this.#current(id, epoch));
    transaction.offsets.push({ coordinator, partition, offset });
  }

  commit(id: string, epoch: number): void {
    const producer = this.#current(id, epoch);
    if (producer.open === null) throw new Error(`${id}: no transaction to commit`);
    this.#end(producer, "committed");
  }

  /**
   * Aborts what has been open for too long. Called before anybody looks, which nobody can tell from a
   * timer that did it in time.
   */
  expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const producer of this.#producers.values()) {
      if (producer.open === null || nowMs - producer.open.startedMs < transactionTimeoutMs)
        continue;
      this.#end(producer, "aborted");
      producer.epoch += 1;
    }
  }

  #current(id: string, epoch: number): Producer {
    this.expire();
    const producer = this.#producers.get(id);
    if (producer === undefined || producer.epoch !== epoch)
      throw new Error(`${id}: fenced, epoch ${epoch} is not ${producer?.epoch ?? "known"}`);
    return producer;
  }

  #begin(producer: Producer): Transaction {
    producer.open ??= {
      outcome: "open",
      startedMs: this.#clock.nowMs(),
      partitions: new Set(),
      offsets: [],
    };
    return producer.open;
  }

  #end(producer: Producer, outcome: "committed" | "aborted"): void {
    const { open } = producer;
    if (open === null) return;
    producer.open = null;
    open.outcome = outcome;
    for (const partition of open.partitions) partition.appendControl(this.#clock.nowMs(), open);
    if (outcome === "aborted") return;
    for (const { coordinator, partition, offset } of open.offsets)
      coordinator.store(partition, offset);
  }

  #byPartition(records: readonly PublicRecord[]): Map<Partition, PublicRecord[]> {
    const batches = new Map<Partition, PublicRecord[]>();
    for (const record of records) {
      const partition = this.#partition(record.topic, record.partition);
      const batch = batches.get(partition);
      if (batch === undefined) batches.set(partition, [record]);
      else batch.push(record);
    }
    return batches;
  }
}
