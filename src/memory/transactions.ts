import { publicBytes } from "../protocol/own/public-record.ts";
import type { Clock } from "../services/clock.ts";
import type { OpenTransaction, PublicRecord } from "../services/log.ts";
import { Away } from "../services/log-errors.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { Partition, TransactionState } from "./partition.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";

/** How long our publishers' transactions may be open (R15). */
const transactionTimeoutMs = 10_000;

/** An offset that is stored if and when its transaction commits. */
type StoredOffset = {
  readonly coordinator: GroupCoordinator;
  readonly partition: string;
  readonly offset: number;
  readonly note: string;
};

type Transaction = TransactionState & {
  readonly startedMs: number;
  /** With the offset of its first record there. */
  readonly partitions: Map<Partition, number>;
  readonly offsets: StoredOffset[];
};

type Producer = {
  readonly id: number;
  /** A transaction that nobody has ended after this long is aborted and its producer fenced. */
  readonly timeoutMs: number;
  epoch: number;
  open: Transaction | null;
};

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
  initProducer(id: string, timeoutMs: number = transactionTimeoutMs): number {
    const known = this.#producers.get(id);
    const producer = known ?? { id: this.#producers.size + 1, timeoutMs, epoch: -1, open: null };
    this.#end(producer, "aborted");
    producer.epoch += 1;
    this.#producers.set(id, producer);
    return producer.epoch;
  }

  /** Puts records into the partitions they name; they lie there although nothing is decided. */
  produce(id: string, epoch: number, records: readonly PublicRecord<string>[]): void {
    const transaction = this.#begin(this.#current(id, epoch));
    for (const [partition, batch] of this.#byPartition(records)) {
      const written = batch.map(({ key, value, headers }) => {
        return { key: publicBytes(key), value: publicBytes(value), headers };
      });
      const base = partition.append(written, this.#clock.nowMs(), transaction);
      if (!transaction.partitions.has(partition)) transaction.partitions.set(partition, base);
    }
  }

  /** Makes an offset part of the transaction: it is stored if and when that commits. */
  addOffset(id: string, epoch: number, stored: StoredOffset): void {
    this.#begin(this.#current(id, epoch)).offsets.push(stored);
  }

  commit(id: string, epoch: number): void {
    const producer = this.#current(id, epoch);
    if (producer.open === null) throw new Away(`${id}: no transaction to commit`);
    this.#end(producer, "committed");
  }

  /**
   * Ends the transaction as if it had never been; its records lie there, and readers leave
   * them out.
   */
  abort(id: string, epoch: number): void {
    this.#end(this.#current(id, epoch), "aborted");
  }

  /** The transactions that are open in a partition, by their first offset there. */
  findOpen(partition: Partition): OpenTransaction[] {
    this.expire();
    const found: OpenTransaction[] = [];
    for (const [transactionalId, { id, open }] of this.#producers) {
      const startOffset = open?.partitions.get(partition);
      if (open === null || startOffset === undefined) continue;
      const ageMs = this.#clock.nowMs() - open.startedMs;
      found.push({ producerId: id, transactionalId, startOffset, ageMs });
    }
    return found.toSorted((one, other) => one.startOffset - other.startOffset);
  }

  /**
   * Aborts what has been open for too long. Called before anybody looks, which nobody can tell from
   * a timer that did it in time.
   */
  expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const producer of this.#producers.values()) {
      if (producer.open === null || nowMs - producer.open.startedMs < producer.timeoutMs) continue;
      this.#end(producer, "aborted");
      producer.epoch += 1;
    }
  }

  #current(id: string, epoch: number): Producer {
    this.expire();
    const producer = this.#producers.get(id);
    if (producer === undefined || producer.epoch !== epoch)
      throw new Away(`${id}: fenced, epoch ${epoch} is not ${producer?.epoch ?? "known"}`);
    return producer;
  }

  #begin(producer: Producer): Transaction {
    producer.open ??= {
      outcome: "open",
      startedMs: this.#clock.nowMs(),
      partitions: new Map(),
      offsets: [],
    };
    return producer.open;
  }

  #end(producer: Producer, outcome: "committed" | "aborted"): void {
    const { open } = producer;
    if (open === null) return;
    producer.open = null;
    open.outcome = outcome;
    for (const partition of open.partitions.keys())
      partition.appendControl(this.#clock.nowMs(), open);
    if (outcome === "aborted") return;
    for (const { coordinator, partition, offset, note } of open.offsets)
      coordinator.store(partition, offset, note);
  }

  #byPartition(records: readonly PublicRecord<string>[]): Map<Partition, PublicRecord<string>[]> {
    const batches = new Map<Partition, PublicRecord<string>[]>();
    for (const record of records) {
      const partition = this.#partition(record.topic, record.partition);
      getOrMake(batches, partition, () => []).push(record);
    }
    return batches;
  }
}
