import type { Step } from "../domain/facts/event.ts";
import {
  emptyChain,
  nextChain,
  readLogRecord,
  type Claim,
  type Genesis,
} from "../protocol/log/log-record.ts";
import { lastDateMs } from "../protocol/moment.ts";
import type { StepsRecord, WriterMs } from "../protocol/log/steps-bytes.ts";
import type { LogRecord } from "./log.ts";

/**
 * Where a command stands among the parts it caused: after (offset, part) nothing earlier
 * may follow.
 */
export type LastCause = {
  readonly offset: number;
  readonly digest: string;
  readonly part: number;
  readonly last: boolean;
};

/** The command to be decided next, and which part of it: 0 unless its step is not whole (R10). */
export type NextDue = { nextCommand: number; nextPart: number };

/** Records that changed nothing, counted by why. */
type IgnoredCounts = {
  olderEpoch: number;
  repeat: number;
  orphan: number;
  claim: number;
  foreign: number;
};

/**
 * How far a reader of one shard's log has come (R3). Everything about validity is in here; a record
 * is judged by this and by its own bytes alone. `offset` is the next one to read.
 */
export type LogFold = {
  offset: number;
  epoch: number;
  nonce: string | null;
  seq: number;
  chain: string;
  lastCause: LastCause | null;
  genesis: Genesis | null;
  readonly ignored: IgnoredCounts;
};

/** What of it is stored, to read on from there (R3). */
export type ReaderState = Omit<LogFold, "ignored">;

/** A valid record of the log: its offset, and the chain before it (R5). */
export type Checkpoint = { readonly offset: number; readonly chain: string };

/** What one record meant. `stop` ends work on the shard: never skip, never repair. */
export type Verdict =
  | { readonly type: "claim"; readonly claim: Claim }
  | {
      readonly type: "steps";
      readonly seq: number;
      readonly steps: readonly Step[];
      readonly writerMs: WriterMs | undefined;
    }
  | { readonly type: "ignored" }
  | { readonly type: "stop"; readonly why: string };

const ignored: Verdict = { type: "ignored" };

/** A reader that has seen nothing yet. */
export function newLogFold(): LogFold {
  return {
    offset: 0,
    epoch: 0,
    nonce: null,
    seq: 0,
    chain: emptyChain,
    lastCause: null,
    genesis: null,
    ignored: { olderEpoch: 0, repeat: 0, orphan: 0, claim: 0, foreign: 0 },
  };
}

/** The reader's state as it is now: a copy. */
export function readerStateOf(fold: LogFold): ReaderState {
  const { ignored: _, ...state } = fold;
  return state;
}

/**
 * Judges the record at `fold.offset` and moves the fold over it. The one implementation of R3; the
 * checker in test/checker has its own. After a `stop` the fold stays where it was.
 */
export function foldRecord(fold: LogFold, record: LogRecord): Verdict {
  if (record.offset !== fold.offset) {
    return stop(fold, `the log goes from offset ${fold.offset} to ${record.offset}`);
  }
  const read = record.isControl
    ? ({ ok: true, value: null } as const)
    : readLogRecord(record.key, record.value);
  if (!read.ok) return stop(fold, read.problem);
  const verdict = judge(fold, read.value, record);
  if (verdict.type !== "stop") fold.offset = record.offset + 1;
  return verdict;
}

function judge(fold: LogFold, content: Claim | StepsRecord | null, record: LogRecord): Verdict {
  if (content === null) {
    fold.ignored.foreign += 1;
    return ignored;
  }
  return content.type === "Claim"
    ? judgeClaim(fold, content, record)
    : judgeSteps(fold, content, record);
}

function judgeClaim(fold: LogFold, claim: Claim, record: LogRecord): Verdict {
  const sameMarket = fold.genesis === null || sameGenesis(fold.genesis, claim.genesis);
  if (claim.epoch !== fold.epoch + 1 || !sameMarket) {
    fold.ignored.claim += 1;
    return ignored;
  }
  fold.genesis ??= claim.genesis;
  fold.epoch = claim.epoch;
  fold.nonce = claim.nonce;
  fold.chain = nextChain(fold.chain, record.key, record.value);
  return { type: "claim", claim };
}

function judgeSteps(fold: LogFold, batch: StepsRecord, record: LogRecord): Verdict {
  if (batch.epoch > fold.epoch) {
    return stop(fold, `steps of epoch ${batch.epoch}, but the claim in force is ${fold.epoch}`);
  }
  if (batch.epoch < fold.epoch) {
    fold.ignored.olderEpoch += 1;
    return ignored;
  }
  if (batch.seq !== fold.seq + 1) {
    if (batch.seq <= fold.seq) fold.ignored.repeat += 1;
    else fold.ignored.orphan += 1;
    return ignored;
  }
  if (batch.prev !== fold.chain) {
    return stop(
      fold,
      `step ${batch.seq} was written after chain ${batch.prev}, here it is ${fold.chain}`,
    );
  }
  const lastCause = lastCauseAfter(fold.lastCause, batch.steps);
  if (typeof lastCause === "string") return stop(fold, `step ${batch.seq}: ${lastCause}`);
  fold.lastCause = lastCause;
  fold.seq += batch.steps.length;
  fold.chain = nextChain(fold.chain, record.key, record.value);
  const { seq, steps, writerMs } = batch;
  return { type: "steps", seq, steps, writerMs };
}

/** The last cause after the steps, or what is wrong with their order. */
function lastCauseAfter(
  before: LastCause | null,
  steps: readonly Step[],
): LastCause | string | null {
  let last = before;
  for (const step of steps) {
    const { cause, part, last: isLast } = step;
    const follows =
      last === null ||
      cause.offset > last.offset ||
      (cause.offset === last.offset && part > last.part);
    if (!follows) return `command ${cause.offset} part ${part} comes after ${last?.offset}`;
    if (step.at > lastDateMs) return `its time, ${step.at}, is on no calendar`;
    if (isTrying(step)) continue; // its command is still to come
    last = { offset: cause.offset, digest: cause.digest, part, last: isLast };
  }
  return last;
}

/** A step that says that its command is about to be decided, and nothing else (R10). */
export function isTrying({ events: [first, ...more] }: Step): boolean {
  return first?.type === "Trying" && more.length === 0;
}

/** R6 (5): the next part of a command that is not whole, or the next command. */
export function nextAfter(cause: LastCause | null): NextDue {
  if (cause === null) return { nextCommand: 0, nextPart: 0 };
  if (cause.last) return { nextCommand: cause.offset + 1, nextPart: 0 };
  return { nextCommand: cause.offset, nextPart: cause.part + 1 };
}

/** Whether two claims are of one market: every field equal. */
function sameGenesis(one: Genesis, other: Genesis): boolean {
  return findGenesisDifference(one, other) === null;
}

/** The first field in which two geneses differ, said for people; null when they are equal. */
export function findGenesisDifference(log: Genesis, own: Genesis): string | null {
  const fields = [
    "marketId",
    "shard",
    "shards",
    "symbolMap",
    "commandsTopicId",
    "termsDigest",
    "clock",
  ] as const;
  for (const field of fields) {
    if (log[field] !== own[field]) {
      return `${field}: the log says ${log[field]}, this process has ${own[field]}`;
    }
  }
  return null;
}

function stop(fold: LogFold, what: string): Verdict {
  return { type: "stop", why: `offset ${fold.offset} of the log: ${what}` };
}
