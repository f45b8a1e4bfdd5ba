import {
  decide,
  evolveStep,
  hasPartsLeft,
  refuseUndecided,
  type MarketTerms,
} from "../../domain/market.ts";
import { timeMs, type TimeMs } from "../../domain/facts/units.ts";
import { stepsRecordBytesMax } from "../../protocol/carriage.ts";
import { readCommand, unreadableCommand } from "../../protocol/log/command-record.ts";
import {
  addStep,
  closeSteps,
  commandDigest,
  encodeStep,
  logKey,
  nextChain,
  openSteps,
} from "../../protocol/log/log-record.ts";
import { commandsTopic } from "../../protocol/topics.ts";
import { careFor, type Care, type Outlived } from "./attempts.ts";
import type { Clock } from "../clock.ts";
import { nextAfter, type LastCause, type LogFold, type NextDue } from "../log-fold.ts";
import type { LogRecord } from "../log.ts";
import type { ShardView } from "../shard-view.ts";
import { traceOf } from "../why.ts";
import type { WriterClock } from "../writer-clock.ts";

/**
 * A command broke the market while it was decided: a bug of ours. What was decided is dropped as
 * after an indeterminate append (R8); what breaks again and again is put in quarantine (R10).
 */
class BrokenByCommand extends Error {
  override readonly name = "BrokenByCommand";
}

/** What deciding needs of a writer whose claim is in force. */
export type Deciding = {
  readonly shard: number;
  readonly terms: MarketTerms;
  readonly clock: Clock;
  /** The time of the steps. It has heard of the claim. */
  readonly time: WriterClock;
  readonly view: ShardView;
  /** What this process tried in vain before, and lived. */
  readonly outlived: Outlived;
  /** Told when a batch of commands begins to be decided, and when it is. */
  readonly onDeciding: (isDeciding: boolean) => void;
};

/** Decided steps that are not appended yet, as one record. `chain` is the chain after it. */
export type Batch = {
  readonly value: Buffer;
  readonly steps: number;
  /** Null: only what is tried is said. */
  readonly lastCause: LastCause | null;
  readonly chain: string;
};

/** `cause` is null where the step only says what is tried. */
type DecidedStep = { readonly text: string; readonly cause: LastCause | null };

/** What has been decided, ahead of `view.fold`, which is as far as appends are done. */
export type Decided = {
  /** Of the claim this writer holds; the fold's may move on while an append is being proved. */
  readonly epoch: number;
  /** Where records are written before they are copied out: twice what one may hold. */
  readonly scratch: Buffer;
  seq: number;
  chain: string;
  carried: DecidedStep | null;
  /** Below this offset commands are tried one at a time, and it is said before (R10). */
  readonly carefulBelow: number;
  /** That the command due next is tried is in a record decided before. */
  isTold: boolean;
} & NextDue;

/** A writer at its claim has decided nothing beyond the fold. */
export function nothingDecided(
  { epoch, seq, chain, lastCause }: LogFold,
  carefulBelow: number,
): Decided {
  const scratch = Buffer.allocUnsafe(2 * stepsRecordBytesMax);
  const next = nextAfter(lastCause);
  return { epoch, scratch, seq, chain, ...next, carried: null, carefulBelow, isTold: false };
}

/** What was decided of the records, the next of them, and the command that broke the market. */
type Outcome = {
  readonly batch: Batch | null;
  readonly next: number;
  readonly broken: BrokenByCommand | null;
};

/** As `decideBatch`, and whoever watches hears how long it takes. */
export function decideWatched(
  parts: Deciding,
  decided: Decided,
  records: readonly LogRecord[],
  from: number,
): Outcome {
  parts.onDeciding(true);
  try {
    return decideBatch(parts, decided, records, from);
  } finally {
    parts.onDeciding(false);
  }
}

/**
 * Decides commands from `from` on until a record is full or no command is left. With care: one,
 * after a record that says that it is tried.
 */
function decideBatch(
  parts: Deciding,
  decided: Decided,
  records: readonly LogRecord[],
  from: number,
): Outcome {
  const { epoch, chain: prev } = decided;
  const stepsMax = isCareful(decided) ? 1 : Infinity;
  const writerMs = parts.clock.nowMs();
  const open = openSteps(decided.scratch, { epoch, seq: decided.seq + 1, prev, writerMs });
  let lastCause: LastCause | null = null;
  const add = (step: DecidedStep): boolean => {
    const isAdded = addStep(open, step.text, stepsRecordBytesMax);
    if (isAdded) lastCause = step.cause ?? lastCause;
    return isAdded;
  };
  if (decided.carried !== null) add(decided.carried);
  decided.carried = null;
  let next = from;
  let broken: BrokenByCommand | null = null;
  while (next < records.length && decided.carried === null && open.steps < stepsMax) {
    const record = records[next];
    const isDue = record !== undefined && !record.isControl;
    if (isDue && record.offset >= decided.nextCommand) {
      const step = nextStep(parts, decided, record, decided.seq + 1 + open.steps);
      if (step instanceof BrokenByCommand) {
        broken = step;
        break;
      }
      if (!add(step)) decided.carried = step;
      if (decided.nextCommand <= record.offset) continue; // the same command goes on
    }
    next += 1;
  }
  if (open.steps === 0) return { batch: null, next, broken };
  const value = closeSteps(open);
  const chain = nextChain(decided.chain, logKey, value);
  decided.seq += open.steps;
  decided.chain = chain;
  return { batch: { value, steps: open.steps, lastCause, chain }, next, broken };
}

/** Whether the command due next is tried by itself. */
export function isCareful({ nextCommand, carefulBelow }: Decided): boolean {
  return nextCommand < carefulBelow;
}

/** The next step of the command: with care, first one that says that it is tried. */
function nextStep(
  parts: Deciding,
  decided: Decided,
  record: LogRecord,
  seq: number,
): DecidedStep | BrokenByCommand {
  const { nextPart: part } = decided;
  const cause = { offset: record.offset, digest: commandDigest(record.key, record.value) };
  const isTold = decided.isTold || !isCareful(decided);
  decided.isTold = !isTold;
  if (!isTold) {
    parts.outlived.trying = { offset: record.offset, part };
    const at = timeOf(parts);
    const step = { cause, part, last: false, at, events: [{ type: "Trying" }] } as const;
    evolveStep(parts.view.market, step, seq);
    return { text: encodeStep(step), cause: null };
  }
  const { attempts } = parts.view;
  const care = isCareful(decided)
    ? careFor(attempts, parts.outlived, record.offset, part)
    : "decide";
  const step = decideStep(parts, record, { cause, seq, part, care });
  if (step instanceof BrokenByCommand) return step;
  Object.assign(decided, nextAfter(step.cause));
  return step;
}

function decideStep(
  parts: Deciding,
  { key, value, offset }: LogRecord,
  { cause, seq, part, care }: ToDecide,
): (DecidedStep & { readonly cause: LastCause }) | BrokenByCommand {
  const { shard, terms } = parts;
  const { market } = parts.view;
  const at = timeOf(parts);
  const context = { at, shard, offset, seq, part };
  try {
    const command =
      care === "refuse unread" ? unreadableCommand(key, value, unread) : readCommand(key, value);
    const events =
      care === "decide"
        ? decide(market, command, context, terms)
        : refuseUndecided(market, command, context, terms);
    const last = !hasPartsLeft(market);
    const text = encodeStep({ cause, part, last, at, events });
    return { text, cause: { ...cause, part, last } };
  } catch (error) {
    const where = `command ${offset} of ${commandsTopic}-${shard}`;
    return new BrokenByCommand(`${where} broke the market: ${traceOf(error)}`);
  }
}

/** R11: never backwards. */
function timeOf(parts: Deciding): TimeMs {
  return timeMs(Math.max(parts.view.market.clockMs, parts.time.nowMs()));
}

type ToDecide = {
  readonly cause: { readonly offset: number; readonly digest: string };
  readonly seq: number;
  readonly part: number;
  readonly care: Care;
};

const unread = "a command that stopped the exchange each time it was read or refused";
