import {
  OutsideLog,
  type Bounds,
  type Deletion,
  type LogRecord,
  type OutRecord,
} from "../services/log.ts";

/** A transaction as the records in it know it: nothing is decided while it is open. */
export type TransactionState = { outcome: "open" | "committed" | "aborted" };

/** Text headers of a record, in order. */
export type Headers = readonly (readonly [string, string])[];

/** A record with what only some readers get to see: its headers and the fate of its transaction. */
export type StoredRecord = LogRecord & {
  readonly headers: Headers;
  readonly transaction: TransactionState | null;
};

/** A record on its way in: `headers` where it has any. */
type NewRecord =
  | OutRecord
  | Deletion
  | { key: Buffer | null; value: Buffer | null; headers: Headers };

const noHeaders: Headers = [];

/** One partition: its records, and who waits for more. */
export class Partition {
  #records: StoredRecord[] = [];
  #start = 0;
  readonly #waiting = new Set<() => void>();

  get bounds(): Bounds {
    return { start: this.#start, end: this.#start + this.#records.length };
  }

  get end(): number {
    return this.#start + this.#records.length;
  }

  /** Appends in one piece and gives the offset of the first. */
  append(
    records: readonly NewRecord[],
    timestampMs: number,
    transaction: TransactionState | null = null,
  ): number {
    const base = this.end;
    let offset = base;
    for (const record of records) {
      const { key, value } = record;
      const headers = "headers" in record ? record.headers : noHeaders;
      const stored = { offset, timestampMs, key, value, isControl: false, headers, transaction };
      this.#records.push(stored);
      offset += 1;
    }
    this.#wake();
    return base;
  }

  /** Puts the mark that ends a transaction; it takes an offset like any record. */
  appendControl(timestampMs: number, transaction: TransactionState): void {
    const mark = { key: null, value: null, isControl: true, headers: noHeaders, transaction };
    this.#records.push({ offset: this.end, timestampMs, ...mark });
    this.#wake();
  }

  /**
   * Records from an offset on. Throws `OutsideLog` unless the offset is in the partition or
   * its end.
   */
  slice(from: number, max: number): readonly StoredRecord[] {
    const { start, end } = this.bounds;
    if (from < start || from > end)
      throw new OutsideLog(`position ${from} is outside the partition (${start} to ${end})`);
    return this.#records.slice(from - start, from - start + max);
  }

  /** Calls `wake` once at the next append, or never if the returned function is called first. */
  onceGrown(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Takes away everything before an offset, as retention does. */
  deleteHead(before: number): void {
    this.#records = this.#records.slice(before - this.#start);
    this.#start = before;
  }

  /** Takes away everything from an offset on, as a power cut does. */
  deleteTail(from: number): void {
    this.#records = this.#records.slice(0, from - this.#start);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** What stands before the first record of an open transaction: Kafka's last stable offset. */
export function stable(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const open = records.findIndex(({ transaction }) => transaction?.outcome === "open");
  return open === -1 ? records : records.slice(0, open);
}

/** What a reader that asks for committed records only must be shown. */
export function committedOnly(records: readonly StoredRecord[]): readonly StoredRecord[] {
  return stable(records).filter(
    ({ isControl, transaction }) =>
      !isControl && (transaction === null || transaction.outcome === "committed"),
  );
}
