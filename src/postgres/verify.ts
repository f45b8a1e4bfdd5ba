import { eventsTopic } from "../protocol/topics.ts";
import { isChargeAccount } from "../domain/charges/journal.ts";
import { chargeState, readCharges } from "../services/books/books-charges.ts";
import type { ComparedFrom } from "../services/reconciling/compared-from.ts";
import { keepBooks, type BooksParts } from "../services/books/books-life.ts";
import type { BooksState } from "../services/books/books-store.ts";
import type { MarketLog } from "../services/log.ts";
import {
  comparingStore,
  noteDifference,
  type Difference,
  type Differences,
} from "./comparing-store.ts";
import type { Sql } from "postgres";
import { booksSchema } from "./connection.ts";
import { onConnection, unlessNoTables } from "./on-connection.ts";
import { differingFields, readState } from "./reader-state.ts";
import { strayRowsText } from "./stray-rows.ts";

/**
 * What verifying one shard's books found. `differences` are the first few of `count`, `problems`
 * the same in words alone.
 */
type Verified = {
  readonly offset: number;
  readonly seq: number;
  readonly problems: readonly string[];
  readonly differences: readonly Difference[];
  readonly count: number;
};

/** Where the books of a shard and its log are. */
export type ShardBooks = {
  readonly url: string;
  readonly log: MarketLog;
  readonly marketId: string;
  readonly shard: number;
};

/**
 * Verifies the books of a shard as they are at this moment, while others may go on writing: every
 * journal sums to zero in each asset, the balances are what the postings add up to, and every
 * journal, posting, trade, settlement, order and end of one of the log up to the books' place is
 * there, and no other. Where `findFrom` gives a place of the log at or before the books' own, rows
 * are compared behind it, and those before it by what they add up to: what each account held there.
 * Null for a shard that was never read. Throws `Stop` where the log itself is wrong.
 */
export async function verifyBooks(
  books: ShardBooks,
  signal: AbortSignal,
  findFrom: FindFrom = async () => null,
): Promise<Verified | null> {
  const { url } = books;
  return onConnection({ url, schema: booksSchema, role: null }, (sql) =>
    verifyOn(sql, books, findFrom, signal),
  );
}

/** Where the comparison begins, at or before an offset of the log; null: with the first step. */
type FindFrom = (atMost: number) => Promise<ComparedFrom | null>;

async function verifyOn(
  sql: Sql,
  { log, marketId, shard }: ShardBooks,
  findFrom: FindFrom,
  signal: AbortSignal,
): Promise<Verified | null> {
  const differences: Differences = { told: [], count: 0 };
  // One snapshot for all questions: the rows are those of the state.
  await sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;
  const stored = await unlessNoTables(readState(sql, marketId, shard));
  if (stored === null) return null;
  const { reader, state } = stored;
  for (const { text, values } of ownQuestions(reader, state.seq)) {
    const found = await sql.unsafe<OwnProblem[]>(text, values);
    for (const { what, seq, index } of found) {
      const at = seq === null || index === null ? null : { seq: Number(seq), index };
      noteDifference(differences, what, at);
    }
  }
  const from = await findFrom(state.offset);
  if (from !== null) await compareSums(sql, reader, from, differences);
  const store = comparingStore(sql, reader, differences, from?.books ?? null);
  if (from?.reader.offset === state.offset) {
    const { charges, unfit } = await readCharges({ log, shard }, from.books);
    if (unfit !== null) noteDifference(differences, unfit);
    compareStates(differences, state, { ...from.books, charges: chargeState(charges) });
  } else await compareLog({ log, store, shard }, state, differences, signal);
  const { offset, seq } = state;
  const { told, count } = differences;
  return { offset, seq, problems: told.map(({ what }) => what), differences: told, count };
}

/** Reads the log up to where the books are: what the rows and the state should be there. */
async function compareLog(
  parts: BooksParts,
  books: BooksState,
  differences: Differences,
  signal: AbortSignal,
): Promise<void> {
  const { end } = await parts.log.bounds(eventsTopic, parts.shard);
  if (books.offset > end) {
    const what = `the books have read to offset ${books.offset}, the log ends at ${end}`;
    return noteDifference(differences, what);
  }
  const onWritten = (log: BooksState): void => {
    if (log.offset === books.offset) compareStates(differences, books, log);
  };
  await keepBooks(parts, { isOurs: () => true, endOffset: books.offset, onWritten }, signal);
  signal.throwIfAborted();
}

/** What the postings up to a place add up to, beside what the market's accounts hold there. */
async function compareSums(
  sql: Sql,
  reader: number,
  { books: { seq }, balances }: ComparedFrom,
  differences: Differences,
): Promise<void> {
  const rows = await sql.unsafe<HeldRow[]>(heldText, [reader, seq]);
  const held = new Map(
    rows
      .filter(({ account, amount }) => !isChargeAccount(account) && amount !== "0")
      .map(({ account, asset, bucket, amount }) => [`${account} ${asset} ${bucket}`, amount]),
  );
  const note = (key: string, books: string, log: string): void => {
    const what = `balance of ${key} after step ${seq}: the books' postings add up to ${books}, by the log it is ${log}`;
    noteDifference(differences, what);
  };
  for (const { account, asset, ...buckets } of balances)
    for (const [bucket, amount] of Object.entries(buckets)) {
      const key = `${account} ${asset} ${bucket}`;
      const found = held.get(key) ?? "0";
      held.delete(key);
      if (found !== String(amount)) note(key, found, String(amount));
    }
  for (const [key, found] of held) note(key, found, "0");
}

type HeldRow = Readonly<Record<"account" | "asset" | "bucket" | "amount", string>>;

const heldText = `
  SELECT (SELECT name FROM accounts n WHERE n.reader = $1 AND n.id = account) AS account,
    (SELECT name FROM assets n WHERE n.reader = $1 AND n.id = asset) AS asset,
    (SELECT name FROM words n WHERE n.reader = $1 AND n.id = bucket) AS bucket, amount::text
  FROM (
    SELECT account, asset, bucket, sum(amount) AS amount FROM postings
    WHERE reader = $1 AND seq <= $2 GROUP BY account, asset, bucket
  ) p`;

function compareStates(differences: Differences, books: BooksState, log: BooksState): void {
  for (const field of differingFields(books, log)) {
    const [one, other] = [books, log].map((state) => JSON.stringify(state[field]));
    noteDifference(differences, `the books' ${field} is ${one}, by the log it is ${other}`);
  }
}

type OwnProblem = {
  readonly what: string;
  readonly seq: string | null;
  readonly index: number | null;
};

/** What the books must be by themselves, whatever the log says. Each answer is a problem. */
function ownQuestions(reader: number, seq: number): { text: string; values: number[] }[] {
  return [
    { text: unbalancedText, values: [reader] },
    { text: wrongBalanceText, values: [reader] },
    { text: strayRowsText, values: [reader, seq] },
  ];
}

const unbalancedText = `
  SELECT format('journal of step %s, event %s: %s sums to %s', seq, index,
    (SELECT name FROM assets n WHERE n.reader = $1 AND n.id = asset), sum(amount)) AS what,
    seq, index
  FROM postings WHERE reader = $1 GROUP BY seq, index, asset HAVING sum(amount) <> 0`;

const wrongBalanceText = `
  SELECT format('balance of %s %s %s: the books say %s, the postings add up to %s',
    (SELECT name FROM accounts n WHERE n.reader = $1 AND n.id = account),
    (SELECT name FROM assets n WHERE n.reader = $1 AND n.id = asset),
    (SELECT name FROM words n WHERE n.reader = $1 AND n.id = bucket),
    coalesce(b.amount::text, 'nothing'), coalesce(p.amount::text, 'nothing')) AS what,
    null AS seq, null AS index
  FROM (SELECT account, asset, bucket, amount FROM balances WHERE reader = $1) b
  FULL JOIN (
    SELECT account, asset, bucket::int AS bucket, sum(amount) AS amount FROM postings
    WHERE reader = $1 GROUP BY account, asset, bucket
  ) p USING (account, asset, bucket)
  WHERE b.amount IS DISTINCT FROM p.amount`;
