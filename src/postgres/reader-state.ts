import { isDeepStrictEqual } from "node:util";
import type { Sql, TransactionSql } from "postgres";
import type { BooksState } from "../services/books/books-store.ts";

/** A shard's row of `readers`: its number in this schema, and the state. */
type StoredReader = { readonly reader: number; readonly state: BooksState };

/** The state's columns with their types, in the order of `stateValues`. */
export const stateColumns: readonly { readonly name: string; readonly type: string }[] = [
  { name: "topic_id", type: "text" },
  { name: "next_offset", type: "bigint" },
  { name: "epoch", type: "bigint" },
  { name: "nonce", type: "text" },
  { name: "seq", type: "bigint" },
  { name: "chain", type: "text" },
  { name: "last_cause", type: "jsonb" },
  { name: "genesis", type: "jsonb" },
  { name: "checkpoint", type: "jsonb" },
  { name: "charges", type: "jsonb" },
];

/** The state as values of its columns; what has fields of its own is JSON text. */
export function stateValues(state: BooksState): (string | number | null)[] {
  const { topicId, offset, epoch, nonce, seq, chain, lastCause, genesis } = state;
  const objects = [lastCause, genesis, state.checkpoint, state.charges].map(
    (one) => one && JSON.stringify(one),
  );
  return [topicId, offset, epoch, nonce, seq, chain, ...objects];
}

/** What is stored of a shard; null when nothing is. */
export async function readState(
  sql: Sql | TransactionSql,
  marketId: string,
  shard: number,
): Promise<StoredReader | null> {
  const [row] = await sql<StateRow[]>`
    SELECT reader, topic_id, next_offset, epoch, nonce, seq, chain, last_cause, genesis, checkpoint, charges
    FROM readers WHERE market = ${marketId} AND shard = ${shard}`;
  if (row === undefined) return null;
  const state: BooksState = {
    topicId: row.topic_id,
    offset: Number(row.next_offset),
    epoch: Number(row.epoch),
    nonce: row.nonce,
    seq: Number(row.seq),
    chain: row.chain,
    lastCause: row.last_cause,
    genesis: row.genesis,
    checkpoint: row.checkpoint,
    charges: row.charges,
  };
  return { reader: row.reader, state };
}

/** The fields in which two states differ, in the order of the columns. */
export function differingFields(one: BooksState, other: BooksState): (keyof BooksState)[] {
  return stateFields.filter((field) => !isDeepStrictEqual(one[field], other[field]));
}

const stateFields = [
  "topicId",
  "offset",
  "epoch",
  "nonce",
  "seq",
  "chain",
  "lastCause",
  "genesis",
  "checkpoint",
  "charges",
] as const;

/** PostgreSQL's bigint comes as text; ours are offsets and counts of a log, all safe integers. */
type StateRow = {
  readonly reader: number;
  readonly topic_id: string;
  readonly next_offset: string;
  readonly epoch: string;
  readonly nonce: string | null;
  readonly seq: string;
  readonly chain: string;
  readonly last_cause: BooksState["lastCause"];
  readonly genesis: BooksState["genesis"];
  readonly checkpoint: BooksState["checkpoint"];
  readonly charges: BooksState["charges"];
};
