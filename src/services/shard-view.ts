import { evolveStep, initialMarket, type Market, type MarketMaking } from "../domain/market.ts";
import type { HashKey } from "../domain/state/keyed-hash.ts";
import type { Step } from "../domain/facts/event.ts";
import { eventsTopic } from "../protocol/topics.ts";
import { lastWriterAfter, type LastWriter } from "./broker-time.ts";
import { newLogCheckpoints, noteCheckpoint, type LogCheckpoints } from "./log-checkpoints.ts";
import { foldRecord, newLogFold, type Checkpoint, type LogFold } from "./log-fold.ts";
import type { LogRecord, MarketLog, Reader, Slice } from "./log.ts";
import { noAttempts, noteAttempt, type Attempts } from "./writing/attempts.ts";
import { Stop } from "./stop.ts";
import { openWhole } from "./whole-log.ts";
import { whyOf } from "./why.ts";

/**
 * The fold of a shard's log: how far it was read, the market as of there, the broker's time of the
 * last step, who wrote last, and what was tried in vain since. `checkpoints`: where on the way a
 * reader may begin.
 */
export type ShardView = {
  readonly fold: LogFold;
  readonly checkpoints: LogCheckpoints;
  readonly market: Market;
  appendedAtMs: number;
  writer: LastWriter | null;
  /** The last valid record that was read, by which a snapshot is tried; null before the first. */
  lastValid: Checkpoint | null;
  readonly attempts: Attempts;
};

/**
 * A valid step as a follower meets it. `nextOffset` is the log offset after its record,
 * `appendedAtMs` the broker's time of it.
 */
export type SeenStep = {
  readonly step: Step;
  readonly seq: number;
  readonly nextOffset: number;
  readonly appendedAtMs: number;
};

/** A view that has read nothing; `limits` as of `initialMarket`. */
export function newShardView(limits?: MarketMaking["limits"]): ShardView {
  return {
    fold: newLogFold(),
    checkpoints: newLogCheckpoints(),
    market: initialMarket(newMaking(limits)),
    appendedAtMs: 0,
    writer: null,
    lastValid: null,
    attempts: noAttempts(),
  };
}

/** How the market of a view is made: under a key of its own. */
export function newMaking(limits?: MarketMaking["limits"]): MarketMaking {
  return { hashKey: newHashKey(), limits };
}

/**
 * Two numbers that strangers do not know. Nothing that a market decides follows from them, only
 * where it looks for ids: whoever chooses ids cannot make it slow.
 */
export function newHashKey(): HashKey {
  const [low = 0, high = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [low, high];
}

/**
 * Reads once (waiting at most `waitMs`) and folds what came. Returns the valid steps, in order.
 * Throws `Stop` where the log itself is wrong, and what the reader throws.
 */
export async function follow(view: ShardView, reader: Reader, waitMs: number): Promise<SeenStep[]> {
  return takeSlice(view, await reader.read(waitMs));
}

/** Folds what a read gave. Returns and throws as `follow` does. */
export function takeSlice(view: ShardView, { records }: Slice): SeenStep[] {
  return records.flatMap((record) => foldInto(view, record));
}

/**
 * Folds one record into the view. Returns its valid steps. Throws `Stop` where the log is wrong.
 */
function foldInto(view: ShardView, record: LogRecord): SeenStep[] {
  noteCheckpoint(view.checkpoints, view.fold);
  const { chain } = view.fold;
  const verdict = foldRecord(view.fold, record);
  if (verdict.type === "stop") throw new Stop(verdict.why);
  if (verdict.type !== "ignored") view.lastValid = { offset: record.offset, chain };
  noteAttempt(view.attempts, verdict);
  view.writer = lastWriterAfter(view.writer, verdict, record.timestampMs);
  if (verdict.type !== "steps") return [];
  view.appendedAtMs = record.timestampMs;
  return verdict.steps.map((step, index) => {
    const seq = verdict.seq + index;
    const wrong = takeIn(view.market, step, seq);
    // The fold is past the record already: whoever read on would go on from half a step.
    if (wrong !== null) throw new Stop(`offset ${record.offset} of the log: ${wrong}`);
    return { step, seq, nextOffset: view.fold.offset, appendedAtMs: record.timestampMs };
  });
}

/**
 * Changes the market by a step of the log. Returns what is wrong where it says what cannot have
 * happened, a stranger's with the right chain or a program's that went wrong: the market is then
 * nothing to go on from.
 */
export function takeIn(market: Market, step: Step, seq: number): string | null {
  try {
    evolveStep(market, step, seq);
    return null;
  } catch (error) {
    return `step ${seq} cannot have happened: ${whyOf(error)}`;
  }
}

/** Who hears of each valid step that is folded, in order. The signal ends it before its time. */
type Following = {
  readonly onSeen?: (seen: SeenStep) => void;
  readonly signal?: AbortSignal | undefined;
};

/** Folds until the log's end as it is now. */
export async function followToEnd(
  view: ShardView,
  log: MarketLog,
  shard: number,
  following?: Following,
): Promise<void> {
  const { end } = await log.bounds(eventsTopic, shard);
  await followTo(view, log, { shard, end }, following);
}

/** Folds what stands before the offset `end`. The view may be past it already. */
export async function followTo(
  view: ShardView,
  log: MarketLog,
  { shard, end }: { readonly shard: number; readonly end: number },
  { onSeen, signal }: Following = {},
): Promise<void> {
  if (view.fold.offset >= end) return;
  const reader = await openWhole(log, eventsTopic, shard, view.fold.offset);
  try {
    while (view.fold.offset < end && signal?.aborted !== true)
      for (const record of (await reader.read(1000)).records)
        if (record.offset < end) for (const seen of foldInto(view, record)) onSeen?.(seen);
  } finally {
    await reader.close();
  }
}
