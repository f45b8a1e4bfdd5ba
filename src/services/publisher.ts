import { publicRecords } from "../protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../protocol/ways/trade-ways.ts";
import type { TradeWays } from "../protocol/ways/way-taking.ts";
import { publishedRecord } from "../protocol/own/published-message.ts";
import { eventsTopic, publishedTopic } from "../protocol/topics.ts";
import type { Failure } from "./failures.ts";
import { keepRunning, untilGiven } from "./keep-running.ts";
import { Away } from "./log-errors.ts";
import { foldRecord, newLogFold, type LogFold } from "./log-fold.ts";
import {
  followWaitMs,
  readWaitMs,
  type LogRecord,
  type MarketLog,
  type PublicRecord,
  type Publisher,
  type Reader,
} from "./log.ts";
import { splitBySize } from "./split-by-size.ts";
import { Stop, stuck } from "./stop.ts";
import { unlessAborted } from "./until-aborted.ts";
import { openWhole } from "./whole-log.ts";
import { foldAt, loadNewest } from "./snapshots/load-snapshot.ts";
import type { PassedOver } from "./snapshots/snapshotter.ts";
import type { ServiceParts } from "./service-parts.ts";

/** One transaction holds whole records of the log of at most this many bytes, or one record. */
const logBytesMax = 1024 * 1024;
/** How long a publisher that failed waits before it begins anew. */
const restartWaitMs = { first: 100, most: 5000 };

/** What a running publisher has to say to people. */
type PublisherReport =
  | { readonly type: "standby"; readonly shard: number }
  | { readonly type: "publishing"; readonly shard: number; readonly from: number }
  | { readonly type: "restart"; readonly shard: number; readonly why: string }
  | PassedOver;

/** What one publisher process needs for one shard. */
export type PublisherOptions = ServiceParts<PublisherReport> & { readonly shard: number };

/**
 * Puts what the log says on the public topics, one transaction per batch, strictly in sequence
 * (R15). Ends when the signal is aborted; throws `Stop` when its stored offset was lost.
 */
export async function runPublisher(options: PublisherOptions, signal: AbortSignal): Promise<void> {
  const { group, shard, clock, report } = options;
  const onStandby = (): void => report({ type: "standby", shard });
  const live = async (onCommit: () => void): Promise<void> => {
    await untilGiven(group, eventsTopic, shard, signal, onStandby);
    if (!signal.aborted) await publishLog(options, onCommit, signal);
  };
  const onFailure = ({ isStuck, why }: Failure): void => {
    if (isStuck) throw stuck("publisher", why);
    report({ type: "restart", shard, why });
  };
  const work = { clock, backoff: restartWaitMs, live, position: () => shard, onFailure };
  await keepRunning(work, signal);
}

/** One life of the publisher: fence, find the place, publish until something fails. */
async function publishLog(
  options: PublisherOptions,
  onCommit: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { log, group, shard, report } = options;
  let fold: Fold = { log: newLogFold(), ways: newTradeWays() };
  let reader = await openWhole(log, eventsTopic, shard, 0);
  let publisher: Publisher | null = null;
  try {
    const early = await readFirstClaim(fold.log, reader, signal);
    const marketId = fold.log.genesis?.marketId;
    if (marketId === undefined) return;
    const claimEnd = fold.log.offset;
    publisher = await log.publisher(`sauda-publisher-${marketId}-${shard}`, group, shard);
    const from = await findPlace(options, publisher, marketId, claimEnd);
    let pending: readonly LogRecord[] = early;
    const later = await foldAtSnapshot(options, from);
    if (later !== null) {
      await reader.close();
      fold = later;
      reader = await openWhole(log, eventsTopic, shard, fold.log.offset);
      pending = [];
    }
    report({ type: "publishing", shard, from });
    const context = { marketId, shard };
    while (!signal.aborted) {
      if (!group.has(eventsTopic, shard)) throw new Away("another publisher has taken over");
      for (const batch of splitBySize(pending, logBytesMax, sizeOf)) {
        const records = foldBatch(fold, batch, from, context);
        if (fold.log.offset <= from) continue;
        if (records.length > 0) records.push(publishedRecord(context, fold.log.offset));
        await publisher.publish(records, fold.log.offset);
        onCommit();
        if (signal.aborted) return;
      }
      pending = (await unlessAborted(reader.read(followWaitMs), signal))?.records ?? [];
    }
  } finally {
    await Promise.all([reader.close(), publisher?.close()]);
  }
}

/**
 * The fold at the newest good snapshot before what is to be published (R5); null: there is none.
 */
async function foldAtSnapshot(
  { log, shard, report }: PublisherOptions,
  from: number,
): Promise<Fold | null> {
  const onPassedOver = (snapshot: string, why: string): void =>
    report({ type: "passed_over", shard, snapshot, why });
  const loaded = await loadNewest({ log, shard, onPassedOver }, ["ways"], from);
  return loaded === null ? null : { log: foldAt(loaded.manifest), ways: loaded.state.ways };
}

/** Reads until the log's first claim names the market. Returns what was read beyond it. */
async function readFirstClaim(
  fold: LogFold,
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly LogRecord[]> {
  while (!signal.aborted) {
    const { records } = await reader.read(readWaitMs);
    for (const [index, record] of records.entries()) {
      const verdict = foldRecord(fold, record);
      if (verdict.type === "stop") throw new Stop(verdict.why);
      if (verdict.type === "claim") return records.slice(index + 1);
    }
  }
  return [];
}

/**
 * The log offset to publish from. The very first transaction stores the starting offset alone. The
 * marker is looked for before the offset: whoever finds it finds an offset too, unless that
 * was lost.
 */
async function findPlace(
  { log, shard }: PublisherOptions,
  publisher: Publisher,
  marketId: string,
  claimEnd: number,
): Promise<number> {
  const isMarked = await findMarker(log, shard, marketId);
  const committed = await publisher.committed();
  if (committed === null && isMarked) {
    const what = `the offset of shard ${shard}'s publisher was lost (groups forget after 7 idle days)`;
    throw new Stop(`${what}; publishing again from the start would repeat every record`);
  }
  const { end } = await log.bounds(eventsTopic, shard);
  if (committed !== null && committed > end) {
    const what = `the log of shard ${shard} ends at ${end}, but was published to ${committed}`;
    throw new Stop(`${what}: Kafka lost acknowledged records; keep a copy and decide what is true`);
  }
  if (committed === null) await publisher.publish([], 0);
  // Written anew in each life: the one that was found may belong to an aborted transaction.
  // Past the first claim, which says nothing to the public: a market without a step has nothing
  // that waits.
  const begun = publishedRecord({ marketId, shard }, null);
  await publisher.publish([begun], Math.max(committed ?? 0, claimEnd));
  return committed ?? 0;
}

async function findMarker(log: MarketLog, shard: number, marketId: string): Promise<boolean> {
  const { start, end } = await log.bounds(publishedTopic, shard);
  const reader = await log.reader(publishedTopic, shard, start);
  try {
    for (let next = start; next < end;) {
      const { records } = await reader.read(readWaitMs);
      for (const { value, offset } of records) {
        if (value?.includes(marketId) === true) return true;
        next = offset + 1;
      }
    }
    return false;
  } finally {
    await reader.close();
  }
}

function sizeOf({ value }: LogRecord): number {
  return value?.length ?? 0;
}

/** How far the log was read, and the trades that are not settled there. */
type Fold = { readonly log: LogFold; readonly ways: TradeWays };

/**
 * Folds the records; those before `from` have no effect, they were published in an earlier life.
 */
function foldBatch(
  fold: Fold,
  batch: readonly LogRecord[],
  from: number,
  context: { marketId: string; shard: number },
): PublicRecord[] {
  const records: PublicRecord[] = [];
  for (const record of batch) {
    const verdict = foldRecord(fold.log, record);
    if (verdict.type === "stop") throw new Stop(verdict.why);
    if (verdict.type !== "steps") continue;
    for (const [index, step] of verdict.steps.entries()) {
      const taken = takeStep(fold.ways, step);
      if (record.offset < from) continue;
      for (const publicRecord of publicRecords(taken, verdict.seq + index, context))
        records.push(publicRecord);
    }
  }
  return records;
}
