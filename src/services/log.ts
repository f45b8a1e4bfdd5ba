import type { PublicRecord } from "../protocol/own/public-record.ts";
import type { TopicName, TopicRole } from "../protocol/topics.ts";
import { Stop } from "./stop.ts";

export type { PublicRecord } from "../protocol/own/public-record.ts";

/**
 * A record as it lies in a partition. Control records (a transaction's marks) have neither key
 * nor value.
 */
export type LogRecord = {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControl: boolean;
};

/**
 * What one read gave. Empty `records`: nothing new within the wait. `end` is the high
 * watermark seen.
 */
export type Slice = { readonly records: readonly LogRecord[]; readonly end: number };

/**
 * Reads one partition, uncommitted, from an explicit offset on (R4). `read` waits at most `waitMs`
 * for the first record. Throws `OutsideLog` for a position the partition does not have, and what
 * the world throws (broker away) otherwise; the same reader may be asked again after that.
 */
export type Reader = {
  read(waitMs: number): Promise<Slice>;
  close(): Promise<void>;
};

/**
 * What one read gave to who believes nothing. `batches` of them came whole; `bytes` are those
 * batches as they lie there, null where the log has none (in memory).
 */
export type CheckedSlice = Slice & { readonly batches: number; readonly bytes: Buffer | null };

/**
 * Reads one partition of `sauda.commands` or `sauda.events` as `Reader` does, and checks every
 * byte of every batch: where it begins, its checksum, what no checksum covers, no gap between
 * offsets. Throws `BrokenLog` at the first that is not as it was written.
 */
export type CheckedReader = {
  read(waitMs: number): Promise<CheckedSlice>;
  close(): Promise<void>;
};

/** How long a read of the log waits for its first record, where nothing else is due meanwhile. */
export const readWaitMs = 500;
/**
 * The same of a service that follows a topic for its whole life, and whose reads an abort ends: an
 * idle market costs the broker a read for each in this time.
 */
export const followWaitMs = 2000;

/**
 * A batch that would unpack to more than is allowed: its records' offsets, and what can be said of
 * it unopened.
 */
export type PackedBatch = {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
  readonly compression: string;
  readonly packedBytes: number;
  readonly sha256: string;
  /** What unpacking it fails with. Null: it would unpack to too much. */
  readonly fault: string | null;
};

/**
 * Somebody put a batch into a topic of ours that nobody unpacks (R22). Only a person may decide.
 */
export class BatchNotUnpacked extends Stop {
  readonly batch: PackedBatch;

  constructor(where: string, batch: PackedBatch) {
    const { firstOffset, lastOffset, packedBytes, compression, fault } = batch;
    const what = `offsets ${firstOffset} to ${lastOffset}, ${packedBytes} bytes of ${compression}`;
    const way =
      "only this program's services may write there; delete the records, or make the market anew";
    const why = fault ?? "they would unpack to more than is ever written";
    super(`${where}: ${what} are not unpacked, ${why}: ${way}`);
    this.batch = batch;
  }
}

/** A batch whose checksum is wrong: bytes changed after it was written. By its first offset. */
export class BatchDamaged extends Error {
  override readonly name = "BatchDamaged";
  readonly baseOffset: number;

  constructor(baseOffset: number) {
    super(`offset ${baseOffset}: the batch's checksum is wrong`);
    this.baseOffset = baseOffset;
  }
}

/** The reader's position is not in the partition: head deleted, tail lost, or another topic. */
export class OutsideLog extends Error {
  override readonly name = "OutsideLog";
}

/**
 * What became of an append. `at`: the broker says it stands there, and what its clock said then
 * (null where the topic keeps its writers' times). `refused`: the broker answered that it does not
 * stand (`retriable`: the same bytes may be sent again). `unanswered`: nobody knows.
 */
export type AppendResult =
  | { readonly type: "at"; readonly offset: number; readonly appendedAtMs: number | null }
  | { readonly type: "refused"; readonly retriable: boolean; readonly why: string }
  | { readonly type: "unanswered"; readonly why: string };

/**
 * Appends single records to one partition, one request at a time, never retrying by itself (R7).
 */
export type Appender = {
  append(records: readonly (OutRecord | Deletion)[]): Promise<AppendResult>;
  close(): Promise<void>;
};

/** A record to write. */
export type OutRecord = { readonly key: Buffer | null; readonly value: Buffer };
/** Deletes a key of a compacted topic. */
export type Deletion = { readonly key: Buffer; readonly value: null };

/** First and next offset of a partition. */
export type Bounds = { readonly start: number; readonly end: number };

/** A record of a public topic whose transaction was committed, or that has none. */
export type CommittedRecord = Omit<LogRecord, "isControl"> & {
  readonly headers: readonly (readonly [string, string])[];
};

/**
 * Reads one partition as strangers do: committed records only, up to the first transaction that is
 * still open. `next` is the offset up to which all is decided and was given. Waits and throws as
 * `Reader` does.
 */
export type CommittedReader = {
  read(
    waitMs: number,
  ): Promise<{ readonly records: readonly CommittedRecord[]; readonly next: number }>;
  close(): Promise<void>;
};

/**
 * A transaction that nobody has ended: committed readers of its partition stop before
 * `startOffset`. `transactionalId` null: Kafka's coordinator does not know it any more. `ageMs` by
 * the broker's clock.
 */
export type OpenTransaction = {
  readonly producerId: number;
  readonly transactionalId: string | null;
  readonly startOffset: number;
  readonly ageMs: number;
};

/** A record of a source. `headers` as Kafka encodes them; empty where there are none. */
type SourceRecord = Omit<LogRecord, "isControl"> & { readonly headers: Buffer };

/** What lies in a source: a record, or a batch that nobody unpacks. */
export type SourceEntry = SourceRecord | PackedBatch;

/**
 * A bounded number of entries. `next` is the offset up to which all is decided and was given; it
 * passes marks and aborted records too.
 */
export type SourceSlice = { readonly entries: readonly SourceEntry[]; readonly next: number };

/**
 * Reads a partition that strangers write, committed (R13): up to the first transaction that is
 * still open, without those that were aborted. What a read gave is lent until the next read: keys,
 * values and headers are views of memory that is used again. Waits and throws as `Reader` does.
 */
export type SourceReader = {
  read(waitMs: number): Promise<SourceSlice>;
  close(): Promise<void>;
};

/**
 * The topics of one market, as every service sees them. The log itself may have others: `Topic` is
 * a string there.
 */
export type MarketLog<Topic extends string = TopicName> = {
  /** The topic's id: changes when a topic is made anew under its name. */
  topicId(topic: Topic): Promise<string>;
  partitions(topic: Topic): Promise<number>;
  bounds(topic: Topic, partition: number): Promise<Bounds>;
  reader(topic: Topic, partition: number, from: number): Promise<Reader>;
  /** For an auditor: from a batch's first offset on. */
  checkedReader(topic: Topic, partition: number, from: number): Promise<CheckedReader>;
  /** For what strangers write (R13). */
  sourceReader(topic: Topic, partition: number, from: number): Promise<SourceReader>;
  /**
   * For what others read of us (R15); no state of ours comes from it. A read asks for so many
   * bytes, a megabyte where it is not said.
   */
  committedReader(
    topic: Topic,
    partition: number,
    from: number,
    readBytes?: number,
  ): Promise<CommittedReader>;
  /** The transactions that are open in a partition now, by their first offset there. */
  openTransactions(topic: Topic, partition: number): Promise<readonly OpenTransaction[]>;
  appender(topic: Topic, partition: number): Promise<Appender>;
  /**
   * Joins a group that says who works, never where to read (R4). A member that is silent for
   * `sessionTimeoutMs` is dead to the group, or later where the log cannot tell that soon.
   */
  join(
    group: string,
    topics: readonly Topic[],
    spread: "each" | "one",
    sessionTimeoutMs?: number,
  ): Promise<Group<Topic>>;
  /** How many members a group has now, asked from outside; 0 where there is no such group. */
  countMembers(group: string): Promise<number>;
  /** A group's stored offset, asked from outside; as `Group.committed`. */
  committedOf(
    group: string,
    topic: Topic,
    partition: number,
    topicId?: string,
  ): Promise<number | null>;
  /**
   * Becomes the publisher of a shard (R15): older publishers are fenced and their transaction
   * decided before this returns. Waits for as long as it takes.
   */
  publisher(transactionalId: string, group: Group<Topic>, shard: number): Promise<Publisher<Topic>>;
  /**
   * What differs from the topics' required settings (R1), one sentence each; of these roles, or
   * of all.
   */
  findTopicProblems(shards: number, roles?: readonly TopicRole[]): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** Membership in a group of like processes. `spread` "one" gives every partition to one member. */
export type Group<Topic extends string = TopicName> = {
  /** Whether this member has the partition, as the group last said. */
  has(topic: Topic, partition: number): boolean;
  /** Resolves when the assignment has changed since the last call, or the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
  /** Asks the coordinator now: still a member of the current generation, and the partition ours? */
  confirms(topic: Topic, partition: number): Promise<boolean>;
  /**
   * The group's stored offset, null when it has none. Kafka keeps it by the topic's name: with
   * `topicId` one that was stored for another topic of that name is none, though it may have
   * come later.
   */
  committed(topic: Topic, partition: number, topicId?: string): Promise<number | null>;
  commit(topic: Topic, partition: number, offset: number, topicId?: string): Promise<void>;
  close(): Promise<void>;
};

/**
 * Where a publisher stands: all before log offset `next` is published. `note`: what it stored with
 * it, in one; empty where it stored none, or a person's tool set the offset.
 */
export type StoredPlace = { readonly next: number; readonly note: string };

/**
 * The one publisher of a shard. Any throw of `publish` is the end of it: close it and begin
 * anew (R15).
 */
export type Publisher<Topic extends string = TopicName> = {
  /** What the group holds; null: nothing was ever stored. */
  committed(): Promise<StoredPlace | null>;
  /**
   * One transaction: the records, then the offset with its note, then the commit. Strictly one
   * at a time. The records are taken one by one and may be made as they are taken, so that none
   * waits for the others; where that leads is asked once all are. A note is short: Kafka takes
   * 4096 bytes.
   */
  publish(records: Iterable<PublicRecord<Topic>>, placeAfter: () => StoredPlace): Promise<void>;
  close(): Promise<void>;
};
