import { nextDueMs } from "../domain/market.ts";
import { encodeCommand } from "../protocol/log/command-record.ts";
import { commandDigest, logKey } from "../protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../protocol/topics.ts";
import { Away } from "./log-errors.ts";
import { foldRecord, nextAfter, type LastCause } from "./log-fold.ts";
import type { Appender, LogRecord, MarketLog, Reader, Slice } from "./log.ts";
import { Stop } from "./stop.ts";
import { openWhole } from "./whole-log.ts";
import { mustSayWhatItTries } from "./writing/attempts.ts";
import {
  decideWatched,
  isCareful,
  nothingDecided,
  type Batch,
  type Decided,
  type Deciding,
} from "./writing/batch.ts";
import { backOff, resendsMax, resendWaitMs } from "./failures.ts";

/** How long a read for commands waits when nothing is due. */
const readWaitMs = 500;
/** Two records of the log hold no more steps: one being written, one being decided. */
const carefulMax = 8192;
/** A tick without effect after this long is taken for lost. */
const tickTimeoutMs = 5000;

/**
 * R8: what this epoch appended may or may not stand, or the shard may be another's. Drop
 * everything, claim again.
 */
export class IndeterminateAppend extends Away {
  override readonly name = "IndeterminateAppend";
}

/** What a writer needs once its claim is in force. `view` is folded through the claim. */
type WriterParts = Deciding & {
  readonly log: MarketLog;
  readonly events: Appender;
  /** Asked between batches: is the shard still assigned to this process? */
  readonly isAssigned: () => boolean;
  readonly onDone: (steps: number) => void;
};

/**
 * Decides commands and appends their steps until the signal ends it. One append in flight, the next
 * batch is decided meanwhile (R7). Throws `IndeterminateAppend` (R8) or `Stop`.
 */
export async function writeSteps(parts: WriterParts, signal: AbortSignal): Promise<void> {
  const decided = nothingDecided(parts.view.fold, await carefulEnd(parts));
  const commands = await openCommands(parts);
  const ticks = await parts.log.appender(commandsTopic, parts.shard);
  try {
    const tick = tickSender(parts, decided, ticks);
    const askTime = (): Promise<void> => askBrokersTime(parts, ticks);
    await decideAndAppend(parts, decided, commands, { tick, askTime }, signal);
  } finally {
    await Promise.all([commands.close(), ticks.close()]);
  }
}

/**
 * R10: where writers ended without a step, the command that ended them is among those that a writer
 * may decide before its first step is written.
 */
async function carefulEnd({ log, shard, view }: WriterParts): Promise<number> {
  if (!mustSayWhatItTries(view.attempts)) return 0;
  const { nextCommand: next } = nextAfter(view.fold.lastCause);
  const { end } = await log.bounds(commandsTopic, shard);
  return Math.max(next + 1, Math.min(end, next + carefulMax));
}

/** R6 (5): the command at the last cause must be the one the log was decided from. */
async function openCommands({ log, shard, view }: WriterParts): Promise<Reader> {
  const { lastCause } = view.fold;
  if (lastCause === null) return openWhole(log, commandsTopic, shard, 0);
  const { end } = await log.bounds(commandsTopic, shard);
  if (lastCause.offset >= end) {
    throw new Stop(`the log answers command ${lastCause.offset}, but commands end at ${end}`);
  }
  await checkLastCause(log, shard, lastCause);
  return openWhole(log, commandsTopic, shard, nextAfter(lastCause).nextCommand);
}

/**
 * The command at the log's last cause is the one it was decided from. Throws `Stop` where it
 * is not.
 */
export async function checkLastCause(
  log: MarketLog,
  shard: number,
  cause: LastCause,
): Promise<void> {
  const reader = await openWhole(log, commandsTopic, shard, cause.offset);
  try {
    let first: LogRecord | undefined;
    while (first === undefined) first = (await reader.read(readWaitMs)).records[0];
    const digest = commandDigest(first.key, first.value);
    if (first.offset !== cause.offset || digest !== cause.digest) {
      throw new Stop(`command ${cause.offset} is not the one the log was decided from`);
    }
  } finally {
    await reader.close();
  }
}

async function decideAndAppend(
  parts: WriterParts,
  decided: Decided,
  commands: Reader,
  { tick, askTime }: { tick: () => Promise<number>; askTime: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  let appending: Promise<void> = Promise.resolve();
  const readOn = (waitMs: number): Promise<Slice> => {
    const read = commands.read(waitMs);
    read.catch(() => {}); // seen at its await, or abandoned when the reader is closed
    return read;
  };
  let reading = readOn(await tick());
  while (!signal.aborted) {
    if (!parts.isAssigned())
      throw new IndeterminateAppend("the group gave the shard to another process");
    const { records } = await firstOf(reading, appending);
    reading = readOn(await tick()); // the next are on their way while these are decided
    let from = 0;
    while (!signal.aborted && (from < records.length || decided.carried !== null)) {
      if (parts.time.isDoubtful()) await askTime();
      if (isCareful(decided)) await appending; // what is tried is in the log before it is
      const { batch, next, broken } = decideWatched(parts, decided, records, from);
      from = next;
      await appending;
      if (batch !== null && broken !== null) await appendBatch(parts, batch);
      if (broken !== null) throw broken;
      if (batch === null) break;
      appending = appendBatch(parts, batch);
      appending.catch(() => {}); // seen at the next await of it, which comes before anything newer
      await parts.clock.sleep(0); // the request leaves now, not when the next batch is decided
    }
  }
  await appending;
}

/** The read's outcome, unless the append in flight fails first. */
async function firstOf<Value>(read: Promise<Value>, appending: Promise<void>): Promise<Value> {
  return Promise.race([read, appending.then(() => read)]);
}

/**
 * R7: done only where the broker says the record stands where it was expected, or the log
 * proves it.
 */
async function appendBatch(parts: WriterParts, batch: Batch): Promise<void> {
  const { view, events } = parts;
  const expected = view.fold.offset;
  for (let sent = 0; sent <= resendsMax; sent += 1) {
    const sentAtMs = parts.clock.elapsedMs();
    const result = await events.append([{ key: logKey, value: batch.value }]);
    if (result.type === "unanswered")
      throw new IndeterminateAppend(`append unanswered: ${result.why}`);
    if (result.type === "at") {
      parts.time.heard(result.appendedAtMs, sentAtMs);
      if (result.offset === expected) settle(parts, batch);
      else await proveDone(parts, batch, result.offset);
      parts.onDone(batch.steps);
      return;
    }
    if (!result.retriable) throw refusedForGood("steps", result.why);
    await parts.clock.sleep(backOff(sent, resendWaitMs));
  }
  throw new IndeterminateAppend("append refused again and again");
}

function settle({ view }: WriterParts, batch: Batch): void {
  view.fold.offset += 1;
  view.fold.seq += batch.steps;
  view.fold.chain = batch.chain;
  view.fold.lastCause = batch.lastCause ?? view.fold.lastCause;
}

/**
 * The record stands elsewhere than expected: whoever wrote in between, the log tells if it counts.
 */
async function proveDone(parts: WriterParts, batch: Batch, landedAt: number): Promise<void> {
  const { fold } = parts.view;
  const { nonce } = fold;
  const reader = await openWhole(parts.log, eventsTopic, parts.shard, fold.offset);
  try {
    while (fold.offset <= landedAt) {
      const { records } = await reader.read(readWaitMs);
      for (const record of records) {
        if (record.offset > landedAt) break;
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") throw new Stop(verdict.why);
      }
    }
  } finally {
    await reader.close();
  }
  if (fold.nonce !== nonce) throw new IndeterminateAppend("another process has claimed the shard");
  if (fold.chain !== batch.chain)
    throw new IndeterminateAppend("the append stands where it does not count");
}

/**
 * What the broker will refuse again, however often it is sent: a right, a size, a setting (R22).
 */
export function refusedForGood(what: string, why: string): Stop {
  return new Stop(
    `the broker refuses ${what} for good: ${why}; put that right, then start the exchange again`,
  );
}

/** A `Tick` is harmless at any time, and its answer brings the broker's time (R11). */
async function askBrokersTime({ time, clock }: WriterParts, ticks: Appender): Promise<void> {
  const sentAtMs = clock.elapsedMs();
  const result = await ticks.append([{ key: logKey, value: encodeCommand({ type: "Tick" }) }]);
  if (result.type === "at") return time.heard(result.appendedAtMs, sentAtMs);
  throw new IndeterminateAppend(
    `this clock was set, and the broker does not tell its own: ${result.why}`,
  );
}

/**
 * Sends a `Tick` when something is due, at most one outstanding (R11); the next at once where one
 * did not do all that was due. Returns how long a read may wait until the next thing is due.
 */
function tickSender(parts: WriterParts, decided: Decided, ticks: Appender): () => Promise<number> {
  let sentAtMs = -Infinity;
  let sentForMs: number | null = null;
  let sentOffset = Infinity;
  return async () => {
    const dueMs = nextDueMs(parts.view.market);
    const nowMs = parts.time.nowMs();
    if (dueMs === null) return readWaitMs;
    if (dueMs > nowMs) return Math.max(1, Math.min(readWaitMs, dueMs - nowMs));
    const isDecided = decided.nextCommand > sentOffset;
    const isOutstanding =
      sentForMs === dueMs && !isDecided && parts.clock.elapsedMs() - sentAtMs < tickTimeoutMs;
    if (!isOutstanding) {
      sentForMs = dueMs;
      sentAtMs = parts.clock.elapsedMs();
      const value = encodeCommand({ type: "Tick" });
      const result = await ticks.append([{ key: logKey, value }]);
      if (result.type === "refused" && !result.retriable) throw refusedForGood("ticks", result.why);
      sentOffset = result.type === "at" ? result.offset : Infinity;
    }
    return readWaitMs;
  };
}
