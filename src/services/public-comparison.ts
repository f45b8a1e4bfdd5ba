import { stampHeader } from "../protocol/own/public-record.ts";
import { NewestMap } from "./fifo.ts";
import { Away } from "./log-errors.ts";
import type { CommittedReader, CommittedRecord, MarketLog } from "./log.ts";
import { findChange, headerOf, type Due, type PublicBreak } from "./public-break.ts";
import type { TopicName } from "../protocol/topics.ts";

/**
 * Records are held so far ahead of the log, and so many that were met are remembered, to know
 * a repeat.
 */
const kept = { ahead: 10_000, met: 100_000 };
/** How long a read waits, and for how long in all an open transaction is waited for. */
const waitMs = { read: 200, stable: 20_000 };

/**
 * One partition of a public topic beside the log of one shard. Other shards' records are
 * passed over.
 */
export class PublicComparison {
  readonly topic: TopicName;
  readonly partition: number;
  /** Records before it are gone by age. */
  readonly start: number;
  /** What the log says and was not met. */
  readonly unmet: Due[] = [];
  /** Due before the first record that is still kept. */
  expired = 0;
  met = 0;
  /** The last step of which a record was met. */
  metSeq = 0;
  readonly #reader: CommittedReader;
  readonly #own: { readonly shard: number; readonly shards: number };
  readonly #tell: (found: PublicBreak) => void;
  readonly #ahead = new Map<string, CommittedRecord>();
  readonly #met = new NewestMap<string, number>(kept.met);
  #next: number;
  #end: number;
  #lastOffset = -1;

  private constructor(
    place: { topic: TopicName; partition: number; start: number; end: number },
    reader: CommittedReader,
    own: { readonly shard: number; readonly shards: number },
    tell: (found: PublicBreak) => void,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.start = place.start;
    this.#next = place.start;
    this.#end = place.end;
    this.#reader = reader;
    this.#own = own;
    this.#tell = tell;
  }

  /** Opens it from its first record that is kept to where it ends now. */
  static async open(
    log: MarketLog,
    place: { readonly topic: TopicName; readonly partition: number },
    own: { readonly shard: number; readonly shards: number },
    tell: (found: PublicBreak) => void,
  ): Promise<PublicComparison> {
    const { topic, partition } = place;
    const bounds = await log.bounds(topic, partition);
    const reader = await log.committedReader(topic, partition, bounds.start);
    return new PublicComparison({ topic, partition, ...bounds }, reader, own, tell);
  }

  /** Looks for what the log says comes next here. */
  async meet(due: Due): Promise<void> {
    while (!this.#ahead.has(due.stamp) && this.#ahead.size < kept.ahead && this.#next < this.#end)
      await this.#pull();
    if (this.#take(due)) return;
    if (this.start > 0 && this.met === 0) this.expired += 1;
    else this.unmet.push(due);
  }

  /**
   * Reads on to where it ends by now, and looks once more for what was not met. Returns what still
   * is not.
   */
  async meetLate(end: number): Promise<readonly Due[]> {
    const looked = this.#end;
    this.#end = end;
    while (this.#next < end) await this.#pull();
    const unmet = this.unmet.filter((due) => !this.#take(due));
    const lastSeq = Math.max(this.metSeq, ...unmet.map(({ seq }) => seq));
    for (const [stamp, record] of this.#ahead) {
      const [, seq = 0] = stamp.split("/").map(Number);
      const isNewer = record.offset >= looked && seq > lastSeq;
      if (!isNewer) this.#foreign(record, `says step ${stamp}, where the log says nothing here`);
    }
    return unmet;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  async #pull(): Promise<void> {
    const from = this.#next;
    for (let waitedMs = 0; this.#next === from; waitedMs += waitMs.read) {
      if (waitedMs >= waitMs.stable)
        throw new Away(
          `${this.topic}-${this.partition}: a transaction is open at offset ${from} for too long`,
        );
      const { records, next } = await this.#reader.read(waitMs.read);
      this.#next = next;
      for (const record of records) this.#sort(record);
    }
  }

  #sort(record: CommittedRecord): void {
    const { shard, shards } = this.#own;
    const stamp = headerOf(record, stampHeader);
    const [, ofShard] = /^(\d+)\/\d+\/\d+$/.exec(stamp ?? "") ?? [];
    if (stamp === undefined || ofShard === undefined || Number(ofShard) >= shards) {
      // A partition that many shards share is told by the first of them.
      if (shard === 0 || this.partition > 0)
        this.#foreign(record, `is not by our publisher: ${stampHeader} is ${stamp ?? "not there"}`);
      return;
    }
    if (Number(ofShard) !== shard) return;
    const first = this.#ahead.get(stamp)?.offset ?? this.#met.get(stamp);
    if (first === undefined) this.#ahead.set(stamp, record);
    else this.#say("doubled", record, stamp, `stands at offset ${first} already`);
  }

  #take(due: Due): boolean {
    const found = this.#ahead.get(due.stamp);
    if (found === undefined) return false;
    this.#ahead.delete(due.stamp);
    this.#met.set(due.stamp, found.offset);
    this.met += 1;
    this.metSeq = Math.max(this.metSeq, due.seq);
    const changed = findChange(found, due.record);
    if (changed !== null) this.#say("changed", found, due.stamp, changed);
    else if (found.offset < this.#lastOffset)
      this.#say("misplaced", found, due.stamp, `stands before what the log says first`);
    this.#lastOffset = Math.max(this.#lastOffset, found.offset);
    return true;
  }

  #foreign(record: CommittedRecord, what: string): void {
    this.#say("foreign", record, headerOf(record, stampHeader) ?? "", what);
  }

  #say(kind: PublicBreak["kind"], { offset }: CommittedRecord, stamp: string, what: string): void {
    const { topic, partition } = this;
    const [, seq = null, index = null] = /^\d+\/\d+\/\d+$/.test(stamp)
      ? stamp.split("/").map(Number)
      : [];
    this.#tell({ kind, topic, partition, offset, seq, index, what });
  }
}
