import { eventsTopic } from "../../protocol/topics.ts";
import { chargeState, noteCharges, readCharges, type BooksCharges } from "./books-charges.ts";
import { addRows, countRows, newBooksRows } from "./books-rows.ts";
import type { BooksState, BooksStore, OpenBooks } from "./books-store.ts";
import {
  foldRecord,
  newLogFold,
  readerStateOf,
  type Checkpoint,
  type LogFold,
} from "../log-fold.ts";
import {
  followWaitMs,
  OutsideLog,
  readWaitMs,
  type LogRecord,
  type MarketLog,
  type Reader,
} from "../log.ts";
import { Away } from "../log-errors.ts";
import { Stop } from "../stop.ts";
import { unlessAborted } from "../until-aborted.ts";
import { openWhole } from "../whole-log.ts";
import { findCounting, findOtherChain, foldAfter } from "../snapshots/other-log.ts";

/** One write holds whole records with about this many rows, or one record. */
const batchRows = 20_000;

/** The way out of a stop: what the books hold can always be made again from the log. */
const wayOut =
  "the log is the truth: `npx sauda books rebuild` compares, with --replace it makes the books anew";

/** What the books of one shard are kept with. */
export type BooksParts = {
  readonly log: MarketLog;
  readonly store: BooksStore;
  readonly shard: number;
};

/** Until when one life of the books goes on, and who hears of it. */
type BooksLife = {
  /** Asked before each read; when it says no, the life ends. */
  readonly isOurs: () => boolean;
  /** Reads the log up to here and ends. Absent: for ever. */
  readonly endOffset?: number;
  readonly onOpen?: (state: { readonly offset: number; readonly seq: number }) => void;
  readonly onWritten?: (state: BooksState) => void;
  /** An account's day that cannot be charged, and why. Said again when it is read again. */
  readonly onUncharged?: (why: string) => void;
};

/**
 * Others have written since: what was read here does not follow on what is stored. Nothing
 * is wrong.
 */
export class Overtaken extends Away {
  override readonly name = "Overtaken";
}

/**
 * One life of the books: reads what is stored, tries it against the log (R5), and writes on from
 * there, whole records and the whole reader state in one transaction (R16). The next batch is read
 * while one is written. Throws `Stop` where only a person may decide, `Overtaken`, and what log and
 * database throw.
 */
export async function keepBooks(
  parts: BooksParts,
  life: BooksLife,
  signal: AbortSignal,
): Promise<void> {
  const { log, store, shard } = parts;
  let books: OpenBooks | null = null;
  let reader: Reader | null = null;
  try {
    const topicId = await log.topicId(eventsTopic);
    const marketId = await readMarketId(parts, signal);
    if (marketId === null) return;
    books = await store.open(marketId, shard);
    const stored = books.stored ?? newBooksState(topicId);
    await checkPlace(parts, stored, topicId);
    if (stored.charges === null)
      throw doesNotFit(shard, "an older program kept them without orders or charges");
    const charged = await readCharges(parts, { ...stored, charges: stored.charges });
    const from = stored.checkpoint?.offset ?? 0;
    reader = await log.reader(eventsTopic, shard, from);
    life.onOpen?.(stored);
    await follow(newWriting({ shard, books, life, stored, ...charged }), reader, signal);
  } catch (error) {
    if (error instanceof OutsideLog) throw doesNotFit(shard, error.message);
    throw error;
  } finally {
    await Promise.all([reader?.close(), books?.close()]);
  }
}

/** The books of a shard of which nothing was read. */
function newBooksState(topicId: string): BooksState {
  const charges = { until: null, from: null };
  return { ...readerStateOf(newLogFold()), topicId, checkpoint: null, charges };
}

/**
 * The market's id, by the log's first valid claim, which is waited for; null when the signal comes
 * first. Throws `Stop` where the log is wrong before it.
 */
export async function readMarketId(
  { log, shard }: { readonly log: Pick<MarketLog, "bounds" | "reader">; readonly shard: number },
  signal: AbortSignal,
): Promise<string | null> {
  const fold = newLogFold();
  const reader = await openWhole(log, eventsTopic, shard, 0);
  try {
    while (!signal.aborted) {
      for (const record of (await reader.read(readWaitMs)).records) {
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") throw new Stop(verdict.why);
        if (verdict.type === "claim") return verdict.claim.genesis.marketId;
      }
    }
    return null;
  } finally {
    await reader.close();
  }
}

async function checkPlace(
  { log, shard }: BooksParts,
  { topicId: storedId, offset }: BooksState,
  topicId: string,
): Promise<void> {
  if (storedId !== topicId)
    throw doesNotFit(shard, `they were read from topic ${storedId}, ${eventsTopic} is ${topicId}`);
  const { end } = await log.bounds(eventsTopic, shard);
  if (offset > end)
    throw doesNotFit(shard, `they were read to offset ${offset}, the log ends at ${end}`);
}

function doesNotFit(shard: number, what: string): Stop {
  return new Stop(`the books of shard ${shard} do not fit the log: ${what}; ${wayOut}`);
}

/** A life at work: what was read and not yet handed on, and the write that is under way. */
type Writing = {
  readonly shard: number;
  readonly books: OpenBooks;
  readonly life: BooksLife;
  readonly stored: BooksState;
  readonly fold: LogFold;
  readonly charges: BooksCharges;
  /** Where the days that are not charged yet do not fit; told when the checkpoint does. */
  readonly unfit: string | null;
  /** The stored checkpoint, until its record was read and fits. */
  untried: Checkpoint | null;
  checkpoint: Checkpoint | null;
  rows: ReturnType<typeof newBooksRows>;
  /** The offset after the last record handed on. */
  handedOn: number;
  underWay: Promise<void>;
};

function newWriting(
  parts: Pick<Writing, "shard" | "books" | "life" | "stored" | "charges" | "unfit">,
): Writing {
  const { stored } = parts;
  const { topicId: _, checkpoint, charges: __, ...reader } = stored;
  return {
    ...parts,
    fold: foldAfter(reader, checkpoint),
    untried: checkpoint,
    checkpoint,
    rows: newBooksRows(),
    handedOn: stored.offset,
    underWay: Promise.resolve(),
  };
}

async function follow(writing: Writing, reader: Reader, signal: AbortSignal): Promise<void> {
  const { fold, life } = writing;
  const endOffset = life.endOffset ?? Infinity;
  while (!signal.aborted && fold.offset < endOffset) {
    if (!life.isOurs()) break;
    const slice = await unlessAborted(reader.read(followWaitMs), signal);
    for (const record of slice?.records ?? []) {
      if (record.offset >= endOffset) break;
      await take(writing, record);
    }
    await handOn(writing);
  }
  await writing.underWay;
}

/**
 * Folds one record into the rows. What lies before a record that stops the reader is still written.
 */
async function take(writing: Writing, record: LogRecord): Promise<void> {
  const { fold, rows, stored, charges, life } = writing;
  if (writing.untried !== null) return tryCheckpoint(writing, writing.untried, record);
  if (record.offset < stored.offset) {
    const counting = findCounting(fold, record);
    if (counting !== null) throw doesNotFit(writing.shard, counting);
    return;
  }
  const before = readerStateOf(fold);
  const verdict = foldRecord(fold, record);
  if (verdict.type === "stop") {
    await handOn(writing);
    await writing.underWay;
    throw new Stop(verdict.why);
  }
  if (verdict.type === "ignored") return;
  writing.checkpoint = { offset: record.offset, chain: before.chain };
  if (verdict.type === "claim") return;
  for (const [index, step] of verdict.steps.entries()) {
    const { journals, faults } = noteCharges(charges, step, before);
    const numbered = { step, seq: verdict.seq + index, logOffset: record.offset };
    addRows(rows, numbered, journals);
    for (const why of faults) life.onUncharged?.(why);
  }
  if (countRows(rows) >= batchRows) await handOn(writing);
}

/**
 * The record that the stored state points at comes first: its chain must come out as stored (R5).
 */
function tryCheckpoint(writing: Writing, untried: Checkpoint, record: LogRecord): void {
  const { shard, stored, unfit } = writing;
  writing.untried = null;
  const wrong = findOtherChain(stored, untried, record) ?? unfit;
  if (wrong !== null) throw doesNotFit(shard, wrong);
}

/** Begins to write what was read, once the write before has ended well. */
async function handOn(writing: Writing): Promise<void> {
  const { books, fold, rows, checkpoint, stored, life, handedOn, charges } = writing;
  await writing.underWay;
  if (fold.offset <= handedOn) return; // up to there it is written
  const { topicId } = stored;
  const charged = chargeState(charges);
  const next: BooksState = { ...readerStateOf(fold), topicId, checkpoint, charges: charged };
  writing.rows = newBooksRows();
  writing.handedOn = fold.offset;
  writing.underWay = books.write(next, rows).then((isWritten) => {
    if (!isWritten) throw new Overtaken("others have written in the books meanwhile");
    life.onWritten?.(next);
  });
  writing.underWay.catch(() => {}); // it is awaited before the next one, and at the end
}
