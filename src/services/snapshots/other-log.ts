import { nextChain } from "../../protocol/log/log-record.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import {
  foldRecord,
  newLogFold,
  type Checkpoint,
  type LogFold,
  type ReaderState,
} from "../log-fold.ts";
import { OutsideLog, readWaitMs, type LogRecord, type MarketLog } from "../log.ts";

/**
 * What shows that the shard's log is not the one that a reader has read (R5, R21); null: it is. The
 * last valid record, the `checkpoint`, must come out as the reader has it, and what lies between it
 * and the reader's place must still count for nothing. `findMore` looks at that record for more.
 */
export async function findOtherLog(
  log: Pick<MarketLog, "bounds" | "reader">,
  shard: number,
  state: ReaderState,
  checkpoint: Checkpoint,
  findMore: (record: LogRecord) => string | null = () => null,
): Promise<string | null> {
  const { end } = await log.bounds(eventsTopic, shard);
  if (state.offset > end) return `the log ends at ${end}`;
  const reader = await log.reader(eventsTopic, shard, checkpoint.offset);
  const fold = foldAfter(state, checkpoint);
  let isTried = false;
  try {
    while (!isTried || fold.offset < state.offset) {
      for (const record of (await reader.read(readWaitMs)).records) {
        if (isTried && record.offset >= state.offset) return null;
        const other = isTried
          ? findCounting(fold, record)
          : (findOtherChain(state, checkpoint, record) ?? findMore(record));
        if (other !== null) return other;
        isTried = true;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof OutsideLog) return error.message;
    throw error;
  } finally {
    await reader.close();
  }
}

/**
 * The fold right after a reader's last valid record: what it has read since moved its offset only.
 */
export function foldAfter(state: ReaderState, checkpoint: Checkpoint | null): LogFold {
  return { ...newLogFold(), ...state, offset: checkpoint === null ? 0 : checkpoint.offset + 1 };
}

/** What is wrong with the record of the log that should be the checkpoint's. */
export function findOtherChain(
  { chain }: ReaderState,
  checkpoint: Checkpoint,
  { offset, key, value }: LogRecord,
): string | null {
  const isThere = offset === checkpoint.offset;
  const found = isThere ? nextChain(checkpoint.chain, key, value) : "not there";
  if (found === chain) return null;
  return `the chain after offset ${checkpoint.offset} of the log is ${found}, its own is ${chain}`;
}

/** Folds a record that counted for nothing when it was read; what is wrong where it counts now. */
export function findCounting(fold: LogFold, record: LogRecord): string | null {
  const { type } = foldRecord(fold, record);
  if (type === "ignored") return null;
  return `offset ${record.offset} of the log counts, where it has read a record that did not`;
}
