import { isDeepStrictEqual } from "node:util";
import type { Sql, TransactionSql } from "postgres";
import type { BooksState } from "../services/books/books-store.ts";

/** A shard's row of `readers`: its number in this schema, and the state. */
type StoredReader = { readonly reader: number; readonly state: BooksState };

/** Where each field of the state is kept, in the order of the columns: its column and its type. */
const columnOf: {
  readonly [Field in keyof BooksState]: readonly [name: string, type: TypeOf<BooksState[Field]>];
} = {
  topicId: ["topic_id", "text"],
  offset: ["next_offset", "bigint"],
  epoch: ["epoch", "bigint"],
  nonce: ["nonce", "text"],
  seq: ["seq", "bigint"],
  chain: ["chain", "text"],
  lastCause: ["last_cause", "jsonb"],
  genesis: ["genesis", "jsonb"],
  checkpoint: ["checkpoint", "jsonb"],
  charges: ["charges", "jsonb"],
};

type TypeOf<Value> = [Value] extends [number]
  ? "bigint"
  : [Value] extends [string | null]
    ? "text"
    : "jsonb";

const stateFields = Object.keys(columnOf) as (keyof BooksState)[];

/** The state's columns with their types, in the order of `stateValues`. */
export const stateColumns: readonly (readonly [name: string, type: string])[] =
  Object.values(columnOf);

/** Their names, one behind the other. */
export const stateNames: string = stateColumns.map(([name]) => name).join(", ");

/** The state as values of its columns; what has fields of its own is JSON text. */
export function stateValues(state: BooksState): (string | number | null)[] {
  return stateFields.map((field) => {
    const value = state[field];
    return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  });
}

/** What is stored of a shard; null when nothing is. */
export async function readState(
  sql: Sql | TransactionSql,
  marketId: string,
  shard: number,
): Promise<StoredReader | null> {
  const [row] = await sql.unsafe<({ readonly reader: number } & Record<string, unknown>)[]>(
    `SELECT reader, ${stateNames} FROM readers WHERE market = $1 AND shard = $2`,
    [marketId, shard],
  );
  if (row === undefined) return null;
  const fields = stateFields.map((field) => {
    const [name, type] = columnOf[field];
    // A bigint comes as text; ours are offsets and counts of a log, all safe integers.
    return [field, type === "bigint" ? Number(row[name]) : row[name]];
  });
  return { reader: row.reader, state: Object.fromEntries(fields) as BooksState };
}

/** The fields in which two states differ, in the order of the columns. */
export function differingFields(one: BooksState, other: BooksState): (keyof BooksState)[] {
  return stateFields.filter((field) => !isDeepStrictEqual(one[field], other[field]));
}
