import type { Step } from "../../domain/facts/event.ts";
import { eventsTopic, type commandsTopic, type snapshotsTopic } from "../../protocol/topics.ts";
import { foldRecord, newLogFold, type LogFold } from "../log-fold.ts";
import { readWaitMs, type CheckedReader, type LogRecord, type MarketLog } from "../log.ts";
import { BrokenLog, waysOn } from "./log-break.ts";

/** The topics that are audited. */
type AuditedTopic = typeof commandsTopic | typeof eventsTopic | typeof snapshotsTopic;

/** A log as an auditor reads it: a running Kafka's, or files. `topicId` null: nobody says it. */
export type AuditedLog = Pick<MarketLog, "bounds" | "checkedReader"> & {
  topicId(topic: AuditedTopic): Promise<string | null>;
};

/** What a walk of one topic's partition has seen. `next`: the offset after it. */
export type Walked = { next: number; batches: number; bytes: number };

/** One partition, record by record, up to an end. Throws `BrokenLog`. */
export class LogWalk {
  readonly seen: Walked = { next: 0, batches: 0, bytes: 0 };
  readonly #reader: CheckedReader;
  readonly #end: number;
  #records: readonly LogRecord[] = [];
  #at = 0;
  /** The last that was taken. */
  last: LogRecord | null = null;

  private constructor(reader: CheckedReader, end: number) {
    this.#reader = reader;
    this.#end = end;
  }

  static async open(
    log: AuditedLog,
    topic: AuditedTopic,
    shard: number,
    end: number,
  ): Promise<LogWalk> {
    return new LogWalk(await log.checkedReader(topic, shard, 0), end);
  }

  /** The next record; null at the end. */
  async take(): Promise<LogRecord | null> {
    while (this.seen.next < this.#end && this.#at >= this.#records.length) {
      const { records, batches, bytes } = await this.#reader.read(readWaitMs);
      this.seen.batches += batches;
      this.seen.bytes += bytes?.length ?? 0;
      this.#records = records;
      this.#at = 0;
      if (records.length === 0 && batches === 0) return null;
    }
    const record = this.#records[this.#at];
    if (record === undefined || record.offset >= this.#end) return null;
    this.#at += 1;
    this.seen.next = record.offset + 1;
    this.last = record;
    return record;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** A valid record of steps. `seq` numbers the first. */
export type StepsAt = {
  readonly offset: number;
  readonly appendedAtMs: number;
  readonly seq: number;
  readonly steps: readonly Step[];
  /** The reader, over this record. */
  readonly fold: LogFold;
};

/** The valid steps of a shard's log as it is now, record by record. Throws `BrokenLog`. */
export async function* walkSteps(log: AuditedLog, shard: number): AsyncGenerator<StepsAt> {
  const { end } = await log.bounds(eventsTopic, shard);
  const walk = await LogWalk.open(log, eventsTopic, shard, end);
  const fold = newLogFold();
  try {
    for (let record = await walk.take(); record !== null; record = await walk.take()) {
      const verdict = foldRecord(fold, record);
      if (verdict.type === "stop") throw notValid(shard, record, verdict.why);
      if (verdict.type !== "steps") continue;
      const { offset, timestampMs: appendedAtMs } = record;
      yield { offset, appendedAtMs, seq: verdict.seq, steps: verdict.steps, fold };
    }
  } finally {
    await walk.close();
  }
}

/** The break that a record is which may not follow by R3. */
export function notValid(
  shard: number,
  { offset }: Pick<LogRecord, "offset">,
  why: string,
): BrokenLog {
  return new BrokenLog({
    topic: eventsTopic,
    partition: shard,
    offset,
    expected: "a record that may follow by the rules of the log (R3)",
    found: why.replace(/^offset \d+ of the log: /, ""),
    wayOn: waysOn.written,
  });
}
