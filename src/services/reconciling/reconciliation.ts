import { failInvariant } from "../../domain/facts/units.ts";
import { publicRecords } from "../../protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../../protocol/ways/trade-ways.ts";
import { eventsTopic, publishedTopic, topicSpecs } from "../../protocol/topics.ts";
import { foldRecord, newLogFold } from "../log-fold.ts";
import { type LogRecord, type MarketLog, readWaitMs } from "../log.ts";
import type { ComparedFrom } from "./compared-from.ts";
import { PublicComparison } from "./public-comparison.ts";
import type { Due, PublicBreak } from "./public-break.ts";
import { Stop } from "../stop.ts";
import { openWhole } from "../whole-log.ts";

/**
 * One shard's log and when it is looked at. What is in the log for less than `graceMs` may
 * still come.
 */
type ReconciliationParts = {
  readonly log: MarketLog;
  readonly shard: number;
  readonly shards: number;
  readonly nowMs: number;
  readonly graceMs: number;
  /** Where the comparison begins; null: with the first step. */
  readonly from?: Pick<ComparedFrom, "reader" | "ways"> | null;
};

/**
 * What was compared: steps of the log, records met, still to come, and gone by age; up to
 * which step.
 */
export type PublicReconciled = {
  readonly steps: number;
  readonly records: number;
  readonly pending: number;
  readonly expired: number;
  readonly publishedSeq: number;
};

/**
 * Compares what the log of a shard says to the public with what strangers read on the public topics
 * (R15): every record once, as the log says it, and no other. From the middle on it compares the
 * records of the steps after that, and no record of an earlier one may stand among them. Tells each
 * break. The market may be at work: where the topics end is asked before the log is read, and what
 * was not met is looked for again afterwards. Throws `Stop` where the log itself is wrong.
 */
export async function reconcilePublic(
  parts: ReconciliationParts,
  tell: (found: PublicBreak) => void,
): Promise<PublicReconciled> {
  const comparisons = await openComparisons(parts, tell);
  try {
    const steps = await walkLog(parts, comparisons);
    return await settle(parts, comparisons, steps, tell);
  } finally {
    await Promise.all([...comparisons.values()].map((comparison) => comparison.close()));
  }
}

type Comparisons = ReadonlyMap<string, PublicComparison>;

/** What the publisher writes, by topic: the shard's own partition, or the one that all share. */
async function openComparisons(
  { log, shard, shards, from = null }: ReconciliationParts,
  tell: (found: PublicBreak) => void,
): Promise<Comparisons> {
  const outputs = topicSpecs.filter(
    ({ role, name }) => role === "output" && name !== publishedTopic,
  );
  const own = { shard, shards, afterSeq: from?.reader.seq ?? 0 };
  const comparisons = outputs.map(
    async ({ name, partitions }): Promise<[string, PublicComparison]> => {
      const place = { topic: name, partition: partitions === 1 ? 0 : shard };
      return [name, await PublicComparison.open(log, place, own, tell)];
    },
  );
  return new Map(await Promise.all(comparisons));
}

/**
 * Reads the log from its first record, or from where the comparison begins, to where it ends by
 * now (R5). Returns how many steps it holds. The trades on their way there change as it is read.
 */
async function walkLog(
  { log, shard, from = null }: ReconciliationParts,
  comparisons: Comparisons,
): Promise<number> {
  const { end } = await log.bounds(eventsTopic, shard);
  const fold = { ...newLogFold(), ...from?.reader };
  const ways = from?.ways ?? newTradeWays();
  const reader = await openWhole(log, eventsTopic, shard, fold.offset);
  try {
    while (fold.offset < end) {
      for (const record of (await reader.read(readWaitMs)).records) {
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") throw new Stop(verdict.why);
        if (verdict.type !== "steps") continue;
        const marketId = fold.genesis?.marketId ?? "";
        for (const [index, step] of verdict.steps.entries()) {
          const seq = verdict.seq + index;
          const records = publicRecords(takeStep(ways, step), seq, { marketId, shard });
          for (const due of dueOf(records, seq, shard, record))
            await comparisonOf(comparisons, due).meet(due);
        }
        if (fold.offset >= end) return fold.seq;
      }
    }
    return fold.seq;
  } finally {
    await reader.close();
  }
}

function dueOf(
  records: ReturnType<typeof publicRecords>,
  seq: number,
  shard: number,
  { offset: logOffset, timestampMs: loggedAtMs }: LogRecord,
): Due[] {
  return records.map((record, index) => {
    const stamp = `${shard}/${seq}/${index}`;
    return { record, stamp, seq, index, logOffset, loggedAtMs };
  });
}

function comparisonOf(comparisons: Comparisons, { record }: Due): PublicComparison {
  return comparisons.get(record.topic) ?? failInvariant(`${record.topic} is an output topic`);
}

/**
 * A step's records come in one transaction, whose marks reach the topics a moment apart: what is
 * missing beside records of the same or a later step is looked for once more, and then is a break.
 */
async function settle(
  { log, nowMs, graceMs, from = null }: ReconciliationParts,
  comparisons: Comparisons,
  steps: number,
  tell: (found: PublicBreak) => void,
): Promise<PublicReconciled> {
  const unmet: Due[] = [];
  for (const comparison of comparisons.values()) {
    const { end } = await log.bounds(comparison.topic, comparison.partition);
    unmet.push(...(await comparison.meetLate(end)));
  }
  const all = [...comparisons.values()];
  const sum = (of: (comparison: PublicComparison) => number): number =>
    all.reduce((total, comparison) => total + of(comparison), 0);
  const publishedSeq = Math.max(from?.reader.seq ?? 0, ...all.map(({ metSeq }) => metSeq));
  let pending = 0;
  for (const due of unmet) {
    const isLate = nowMs - due.loggedAtMs > graceMs;
    if (due.seq <= publishedSeq) tell(lacking("missing", due, "is not there"));
    else if (isLate) tell(lacking("late", due, `is not there ${graceMs / 1000} s after its step`));
    else pending += 1;
  }
  const [records, expired] = [sum(({ met }) => met), sum((comparison) => comparison.expired)];
  return { steps, records, pending, expired, publishedSeq };
}

function lacking(kind: "missing" | "late", due: Due, what: string): PublicBreak {
  const { record, seq, index, logOffset } = due;
  const { topic, partition } = record;
  const text = `what offset ${logOffset} of the log says ${what}: ${String(record.value)}`;
  return { kind, topic, partition, offset: null, seq, index, what: text };
}
