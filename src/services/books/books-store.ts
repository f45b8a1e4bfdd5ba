import type { ChargeState } from "./books-charges.ts";
import type { BooksRows } from "./books-rows.ts";
import type { Checkpoint, ReaderState } from "../log-fold.ts";

/**
 * How far the books of one shard have read and charged: the reader's state of R3, whole.
 * `checkpoint` is the last valid record, with the chain before it, by which the state is tried
 * against the log (R5); null where no valid record was read yet.
 */
export type BooksState = ReaderState & {
  readonly topicId: string;
  readonly checkpoint: Checkpoint | null;
  /** Null: they were kept by a program that did not charge. */
  readonly charges: ChargeState | null;
};

/** Where the books lie. */
export type BooksStore = {
  /**
   * Opens the books of a shard over a connection of their own. Throws `Stop` for books that this
   * program cannot keep, and `Refused` where the database is away or refuses.
   */
  open(marketId: string, shard: number): Promise<OpenBooks>;
};

/**
 * The books of one shard, open. After any throw of `write` nobody knows whether it was
 * written: close.
 */
export type OpenBooks = {
  /** What was stored when they were opened; null for a shard that was never read. */
  readonly stored: BooksState | null;
  /**
   * Writes the rows and the state in one transaction, where what is stored is still the state of
   * the last write (or of the opening). False: it is not, and nothing was written (R16).
   */
  write(next: BooksState, rows: BooksRows): Promise<boolean>;
  close(): Promise<void>;
};
