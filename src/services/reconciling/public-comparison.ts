import { stampHeader } from "../../protocol/own/public-record.ts";
import { NewestMap } from "../fifo.ts";
import { Away } from "../log-errors.ts";
import type { CommittedReader, CommittedRecord, MarketLog } from "../log.ts";
import { findChange, headerOf, type Due, type PublicBreak } from "./public-break.ts";
import { findPublicFrom, stampOf } from "./public-place.ts";
import type { TopicName } from "../../protocol/topics.ts";

/**
 * Records are held so far ahead of the log, and so many that were met are remembered, to know
 * a repeat.
 */
const kept = { ahead: 10_000, met: 100_000 };
/** How long a read waits, and for how long in all an open transaction is waited for. */
const waitMs = { read: 200, stable: 20_000 };

/** Where is compared. */
type ComparedPlace = { readonly topic: TopicName; readonly partition: number };
/** Whose steps are compared, of how many shards: those after `afterSeq`; 0: all. */
type ComparedSteps = {
  readonly shard: number;
  readonly shards: number;
  readonly afterSeq: number;
};

/** Looked for with as many reads as it takes. */
function findBegin(log: MarketLog, place: ComparedPlace, { shard, afterSeq }: ComparedSteps) {
  return findPublicFrom(log, { ...place, shard, seq: afterSeq + 1 }, { left: Infinity });
}

/**
 * One partition of a public topic beside the log of one shard. Other shards' records are
 * passed over.
 */
export class PublicComparison {
  readonly topic: TopicName;
  readonly partition: number;
  /** Whether records that the log says may be gone by age before the first one here. */
  readonly #isHeadGone: boolean;
  /** What the log says and was not met. */
  readonly unmet: Due[] = [];
  /** Due before the first record that is still kept. */
  expired = 0;
  met = 0;
  /** The last step of which a record was met. */
  metSeq = 0;
  readonly #reader: CommittedReader;
  readonly #own: ComparedSteps;
  readonly #tell: (found: PublicBreak) => void;
  readonly #ahead = new Map<string, CommittedRecord>();
  readonly #met = new NewestMap<string, number>(kept.met);
  #next: number;
  #end: number;
  #lastOffset = -1;

  private constructor(
    place: ComparedPlace & { from: number; end: number; isHeadGone: boolean },
    reader: CommittedReader,
    own: ComparedSteps,
    tell: (found: PublicBreak) => void,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.#isHeadGone = place.isHeadGone;
    this.#next = place.from;
    this.#end = place.end;
    this.#reader = reader;
    this.#own = own;
    this.#tell = tell;
  }

  /**
   * Opens it to where it ends now: from its first record that is kept, or from where the first
   * record of a step after `afterSeq` stands.
   */
  static async open(
    log: MarketLog,
    place: ComparedPlace,
    own: ComparedSteps,
    tell: (found: PublicBreak) => void,
  ): Promise<PublicComparison> {
    const { topic, partition } = place;
    const { start, end } = await log.bounds(topic, partition);
    const begin = own.afterSeq === 0 ? null : await findBegin(log, place, own);
    const from = begin?.from ?? start;
    const isHeadGone = start > 0 && begin?.isAfterOthers !== true;
    const reader = await log.committedReader(topic, partition, from);
    return new PublicComparison({ topic, partition, from, end, isHeadGone }, reader, own, tell);
  }

  /** Looks for what the log says comes next here. */
  async meet(due: Due): Promise<void> {
    while (!this.#ahead.has(due.stamp) && this.#ahead.size < kept.ahead && this.#next < this.#end)
      await this.#pull();
    if (this.#take(due)) return;
    if (this.#isHeadGone && this.met === 0) this.expired += 1;
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
    const { shard, shards, afterSeq } = this.#own;
    const stamp = headerOf(record, stampHeader);
    const step = stampOf(record);
    if (stamp === undefined || step === null || step.shard >= shards) {
      // A partition that many shards share is told by the first of them.
      if (shard === 0 || this.partition > 0)
        this.#foreign(record, `is not by our publisher: ${stampHeader} is ${stamp ?? "not there"}`);
      return;
    }
    if (step.shard !== shard) return;
    if (afterSeq > 0 && step.seq <= afterSeq)
      return this.#say("misplaced", record, stamp, `stands behind those of step ${afterSeq + 1}`);
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
