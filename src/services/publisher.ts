import type { Step } from "../domain/facts/event.ts";
import { publicRecords } from "../protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../protocol/ways/trade-ways.ts";
import type { TradeWays } from "../protocol/ways/way-taking.ts";
import { formatLogPlace, readLogPlace, type LogPlace } from "../protocol/own/log-place.ts";
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
  type StoredPlace,
} from "./log.ts";
import { splitBySize } from "./split-by-size.ts";
import { Stop, stuck } from "./stop.ts";
import { unlessAborted } from "./until-aborted.ts";
import { openWhole } from "./whole-log.ts";
import { foldAt, loadNewest } from "./snapshots/load-snapshot.ts";
import type { PassedOver } from "./snapshots/snapshotter.ts";
import { readMarketId } from "./books/books-life.ts";
import type { ServiceParts } from "./service-parts.ts";

/**
 * One transaction holds whole records of the log of at most this many bytes, or one record: some
 * 1,000 orders that trade. Larger ones cost memory and its collection, and who reads waits for all.
 */
const logBytesMax = 256 * 1024;
/** How long a publisher that failed waits before it begins anew. */
const restartWaitMs = { first: 100, most: 5000 };

/** What a running publisher has to say to people. */
type PublisherReport =
  | { readonly type: "standby"; readonly shard: number }
  | { readonly type: "publishing"; readonly shard: number; readonly from: number }
  | { readonly type: "restart"; readonly shard: number; readonly why: string }
  | { readonly type: "alarm"; readonly shard: number; readonly what: string }
  | PassedOver;

/** What one publisher process needs for one shard. */
export type PublisherOptions = ServiceParts<PublisherReport> & { readonly shard: number };

/**
 * Puts what the log says on the public topics, one transaction per batch, strictly in sequence
 * (R15). Ends when the signal is aborted; throws `Stop` when its stored offset was lost, or is of a
 * log that is not this one any more.
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
  const topicId = await log.topicId(eventsTopic);
  const marketId = await readMarketId(options, signal);
  if (marketId === null) return;
  const context = { marketId, shard };
  let reader: Reader | null = null;
  const publisher = await log.publisher(`sauda-publisher-${marketId}-${shard}`, group, shard);
  try {
    const stored = await findPlace(options, publisher, marketId, topicId);
    const fold = await openFold(options, stored.next);
    reader = await openWhole(log, eventsTopic, shard, fold.log.offset);
    let pending = await foldTo(stored.next, fold, reader, signal);
    if (signal.aborted) return;
    checkPlace(options, stored, placeIn(topicId, fold));
    // Written anew in each life: the one that was found may belong to an aborted transaction.
    const begun = publishedRecord(context, null);
    const placeAfter = (): StoredPlace => storedPlace(topicId, fold);
    await publisher.publish([begun], placeAfter);
    report({ type: "publishing", shard, from: stored.next });
    while (!signal.aborted) {
      if (!group.has(eventsTopic, shard)) throw new Away("another publisher has taken over");
      for (const batch of splitBySize(pending, logBytesMax, sizeOf)) {
        await publisher.publish(makeRecords(fold, batch, context), placeAfter);
        onCommit();
        if (signal.aborted) return;
      }
      pending = (await unlessAborted(reader.read(followWaitMs), signal))?.records ?? [];
    }
  } finally {
    await Promise.all([reader?.close(), publisher.close()]);
  }
}

/** The fold at the newest good snapshot before what is to be published (R5), or at the start. */
async function openFold({ log, shard, report }: PublisherOptions, from: number): Promise<Fold> {
  const onPassedOver = (snapshot: string, why: string): void =>
    report({ type: "passed_over", shard, snapshot, why });
  const loaded = await loadNewest({ log, shard, onPassedOver }, ["ways"], from);
  return loaded === null
    ? { log: newLogFold(), ways: newTradeWays() }
    : { log: foldAt(loaded.manifest), ways: loaded.state.ways };
}

/**
 * Folds what was published in earlier lives, without effects. Returns what was read beyond it.
 */
async function foldTo(
  from: number,
  fold: Fold,
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly LogRecord[]> {
  while (fold.log.offset < from && !signal.aborted) {
    const { records } = await reader.read(readWaitMs);
    for (const [index, record] of records.entries()) {
      if (record.offset >= from) return records.slice(index);
      for (const step of foldSteps(fold, record).steps) takeStep(fold.ways, step);
    }
  }
  return [];
}

/**
 * Where the publisher stands. The very first transaction stores the starting offset alone. The
 * marker is looked for before the offset: whoever finds it finds an offset too, unless that
 * was lost.
 */
async function findPlace(
  { log, shard }: PublisherOptions,
  publisher: Publisher,
  marketId: string,
  topicId: string,
): Promise<StoredPlace> {
  const isMarked = await findMarker(log, shard, marketId);
  const stored = await publisher.committed();
  if (stored === null && isMarked) {
    const what = `the offset of shard ${shard}'s publisher was lost (groups forget after 7 idle days)`;
    throw new Stop(`${what}; publishing again from the start would repeat every record`);
  }
  const { end } = await log.bounds(eventsTopic, shard);
  if (stored !== null && stored.next > end) {
    const what = `the log of shard ${shard} ends at ${end}, but was published to ${stored.next}`;
    throw new Stop(`${what}: Kafka lost acknowledged records; keep a copy and decide what is true`);
  }
  if (stored !== null) return stored;
  const start: Fold = { log: newLogFold(), ways: newTradeWays() };
  const first = storedPlace(topicId, start);
  await publisher.publish([], () => first);
  return first;
}

/**
 * Compares the log that the stored offset is of with the log that was read to there (R5, R21): one
 * that was cut and has grown past the offset is another. An offset without a note, of a program of
 * before or set by a person, is taken as it is, and that is said.
 */
function checkPlace(
  { shard, report }: PublisherOptions,
  { next, note }: StoredPlace,
  found: LogPlace,
): void {
  const stored = readLogPlace(note);
  if (stored === null) {
    const what = `offset ${next} was stored without a chain: taken for a place of this log, untried`;
    report({ type: "alarm", shard, what });
    return;
  }
  if (stored.topicId === found.topicId && stored.chain === found.chain) return;
  throw new Stop(
    `the log of shard ${shard} is not the one that was published to offset ${next}: ` +
      `published was ${describePlace(stored)}, the log is there at ${describePlace(found)}: ` +
      "Kafka lost acknowledged records, and others were written in their place; keep a copy, " +
      "`npx sauda reconcile` names what is public and not in the log; restore Kafka's data, " +
      "or set the publisher's offset to where the two part (docs/operations.md)",
  );
}

function describePlace({ topicId, epoch, seq, chain }: LogPlace): string {
  return `step ${seq} of epoch ${epoch}, chain ${chain}, topic ${topicId}`;
}

function placeIn(topicId: string, { log: { epoch, seq, chain } }: Fold): LogPlace {
  return { topicId, epoch, seq, chain };
}

function storedPlace(topicId: string, fold: Fold): StoredPlace {
  return { next: fold.log.offset, note: formatLogPlace(placeIn(topicId, fold)) };
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
 * Folds the records and makes what they say to the public as it is asked for: a transaction's
 * records in one list would outlive the nursery of V8's heap, each of them (decision 030).
 */
function* makeRecords(
  fold: Fold,
  batch: readonly LogRecord[],
  context: { marketId: string; shard: number },
): Generator<PublicRecord> {
  let isSilent = true;
  for (const record of batch) {
    const { seq, steps } = foldSteps(fold, record);
    for (const [index, step] of steps.entries()) {
      const made = publicRecords(takeStep(fold.ways, step), seq + index, context);
      if (made.length > 0) isSilent = false;
      for (const publicRecord of made) yield publicRecord;
    }
  }
  if (!isSilent) yield publishedRecord(context, fold.log.offset);
}

/** Folds a record into its valid steps; `seq` is the first one's. Throws `Stop` at a wrong log. */
function foldSteps(
  fold: Fold,
  record: LogRecord,
): { readonly seq: number; readonly steps: readonly Step[] } {
  const verdict = foldRecord(fold.log, record);
  if (verdict.type === "stop") throw new Stop(verdict.why);
  return verdict.type === "steps" ? verdict : { seq: 0, steps: [] };
}
