import type { Step } from "../../domain/facts/event.ts";
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
import { commandDigest, logKey, nextChain } from "../../protocol/log/log-record.ts";
import {
  addStep,
  closeSteps,
  newStepsWriter,
  openSteps,
  type OpenSteps,
} from "../../protocol/log/steps-bytes.ts";
import type { StateWriter } from "../../protocol/snapshot/state-bytes.ts";
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

/**
 * `cause` is null where the step only says what is tried. `isAdded`: it is in the record being
 * written, in which it had room.
 */
type DecidedStep = {
  readonly step: Step;
  readonly cause: LastCause | null;
  readonly isAdded: boolean;
};

/** What has been decided, ahead of `view.fold`, which is as far as appends are done. */
export type Decided = {
  /** Of the claim this writer holds; the fold's may move on while an append is being proved. */
  readonly epoch: number;
  /** Where records are written before they are copied out. */
  readonly writer: StateWriter;
  seq: number;
  chain: string;
  /** Did not fit into the record before. */
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
  const writer = newStepsWriter();
  const next = nextAfter(lastCause);
  return { epoch, writer, seq, chain, ...next, carried: null, carefulBelow, isTold: false };
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
  const open = openSteps(decided.writer, { epoch, seq: decided.seq + 1, prev, writerMs });
  let lastCause: LastCause | null = null;
  if (decided.carried !== null) {
    addStep(open, decided.carried.step, stepsRecordBytesMax);
    lastCause = decided.carried.cause;
  }
  decided.carried = null;
  let next = from;
  let broken: BrokenByCommand | null = null;
  while (next < records.length && decided.carried === null && open.steps < stepsMax) {
    const record = records[next];
    const isDue = record !== undefined && !record.isControl;
    if (isDue && record.offset >= decided.nextCommand) {
      const step = nextStep(parts, decided, open, record);
      if (step instanceof BrokenByCommand) {
        broken = step;
        break;
      }
      if (step.isAdded) lastCause = step.cause ?? lastCause;
      else decided.carried = step;
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

/**
 * The next step of the command, in the open record if it has room: with care, first one that says
 * that it is tried.
 */
function nextStep(
  parts: Deciding,
  decided: Decided,
  open: OpenSteps,
  record: LogRecord,
): DecidedStep | BrokenByCommand {
  const { nextPart: part } = decided;
  const seq = decided.seq + 1 + open.steps;
  const cause = { offset: record.offset, digest: commandDigest(record.key, record.value) };
  const isTold = decided.isTold || !isCareful(decided);
  decided.isTold = !isTold;
  if (!isTold) {
    parts.outlived.trying = { offset: record.offset, part };
    const at = timeOf(parts);
    const step = { cause, part, last: false, at, events: [{ type: "Trying" }] } as const;
    evolveStep(parts.view.market, step, seq);
    return { step, cause: null, isAdded: addStep(open, step, stepsRecordBytesMax) };
  }
  const { attempts } = parts.view;
  const care = isCareful(decided)
    ? careFor(attempts, parts.outlived, record.offset, part)
    : "decide";
  const step = decideStep(parts, open, record, { cause, seq, part, care });
  if (step instanceof BrokenByCommand) return step;
  Object.assign(decided, nextAfter(step.cause));
  return step;
}

function decideStep(
  parts: Deciding,
  open: OpenSteps,
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
    const step = { cause, part, last, at, events };
    const isAdded = addStep(open, step, stepsRecordBytesMax);
    return { step, cause: { ...cause, part, last }, isAdded };
  } catch (error) {
    const where = `command ${offset} of ${commandsTopic}-${shard}`;
    return new BrokenByCommand(`${where} broke the market: ${traceOf(error)}`);
  }
}

/** R11: never backwards. All parts of a command happen at one moment. */
function timeOf(parts: Deciding): TimeMs {
  const { market } = parts.view;
  if (hasPartsLeft(market)) return market.clockMs;
  return timeMs(Math.max(market.clockMs, parts.time.nowMs()));
}

type ToDecide = {
  readonly cause: { readonly offset: number; readonly digest: string };
  readonly seq: number;
  readonly part: number;
  readonly care: Care;
};

const unread = "a command that stopped the exchange each time it was read or refused";
