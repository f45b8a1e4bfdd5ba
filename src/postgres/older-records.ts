import type { Sql, TransactionSql } from "postgres";
import {
  BooksSilent,
  type OlderAsked,
  type OlderAsker,
  type OlderRecords,
} from "../services/books/older-records.ts";
import type { LastCause } from "../services/log-fold.ts";
import { isBehind } from "../services/records/forgotten.ts";
import { answerInTime, connectToRead, disconnect } from "./connection.ts";
import {
  readOrder,
  readOrders,
  readTrade,
  readTrades,
  readTradesOf,
  type BeforePlace,
} from "./older-rows.ts";
import { sqlState, troubleOf } from "./trouble.ts";
import { whyOf } from "../services/why.ts";

/** Screens wait for it, and orders must not: a few at a time, none of them for long. */
const bounds = { connections: 2, asked: 16, timeoutMs: 3_000 };

/**
 * Reads the books at this address: over few connections, which are made when somebody asks, with
 * the right to read alone.
 */
export function openOlderRecords(url: string): OlderRecords {
  const sql = connectToRead(url, bounds.connections, bounds.timeoutMs);
  let asked = 0;
  const ask: Ask = async (asker, question) => {
    if (asked >= bounds.asked)
      throw new BooksSilent("BUSY", `${asked} questions wait for the books already; ask again`);
    asked += 1;
    try {
      // Behind others it may wait for each of them.
      return await answerInTime(
        askShard(sql, asker, question),
        bounds.timeoutMs * (1 + bounds.asked / bounds.connections),
      );
    } catch (error) {
      throw silentBecause(error, url);
    } finally {
      asked -= 1;
    }
  };
  return {
    orders: (list) =>
      ask(list, async (transaction, books) =>
        readOrders(transaction, books, await pageOf(transaction, books, "orders", list)),
      ),
    order: (asker, commandOffset) =>
      ask(asker, (transaction, books) => readOrder(transaction, books, commandOffset)),
    trades: (list) =>
      ask(list, async (transaction, books) =>
        readTrades(transaction, books, await pageOf(transaction, books, "trades", list)),
      ),
    trade: (asker, tradeId) =>
      ask(asker, (transaction, books) => readTrade(transaction, books, tradeId)),
    tradesOf: (asker, order) =>
      ask(asker, (transaction, books) => readTradesOf(transaction, books, order)),
    close: () => disconnect(sql),
  };
}

/** The books of a shard by their number, and who asks. */
type ShardOfBooks = {
  readonly reader: number;
  readonly shard: number;
  readonly participant: string | null;
};
type Question<Answer> = (transaction: TransactionSql, books: ShardOfBooks) => Promise<Answer>;
type Ask = <Answer>(asker: OlderAsker, question: Question<Answer>) => Promise<Answer>;

/** One snapshot: the rows are those of the place, also while a rebuild replaces them. */
async function askShard<Answer>(
  sql: Sql,
  asker: OlderAsker,
  question: Question<Answer>,
): Promise<Answer> {
  const answer = await sql.begin(
    "ISOLATION LEVEL REPEATABLE READ READ ONLY",
    async (transaction) => ({
      value: await question(transaction, await findBooks(transaction, asker)),
    }),
  );
  return answer.value as Answer;
}

async function findBooks(
  transaction: TransactionSql,
  { marketId, shard, needed, participant }: OlderAsker,
): Promise<ShardOfBooks> {
  const [found] = await transaction<PlaceRow[]>`
    SELECT reader, last_cause AS "lastCause", charges IS NOT NULL AS "isWhole" FROM readers
    WHERE market = ${marketId} AND shard = ${shard}`;
  if (found === undefined)
    throw new BooksSilent("BEHIND", "the books have read nothing of this market yet");
  if (!found.isWhole)
    throw new BooksSilent("NOT_WHOLE", "an older program kept the books, without orders");
  const { offset = -1, part = 0 } = found.lastCause ?? {};
  if (isBehind({ commandOffset: offset, part }, needed)) {
    const far = `the books have read to command ${offset}, what is asked needs ${needed.commandOffset}`;
    throw new BooksSilent("BEHIND", far);
  }
  return { reader: found.reader, shard, participant };
}

type PlaceRow = {
  readonly reader: number;
  readonly lastCause: LastCause | null;
  readonly isWhole: boolean;
};

/** Where a page of the table begins: before the place, and the moment where there is one. */
async function pageOf(
  transaction: TransactionSql,
  books: ShardOfBooks,
  table: "orders" | "trades",
  { before, untilMs, count }: OlderAsked,
): Promise<BeforePlace> {
  if (untilMs === undefined) return { ...before, count };
  const seq = await seqBefore(transaction, books.reader, table, untilMs);
  return seq < before.seq ? { seq, index: 0, count } : { ...before, count };
}

/**
 * The number after that of the last step before the moment of which the table has a row; 0 where
 * there is none. Looked for in stretches of time before it, each longer than the last.
 */
async function seqBefore(
  transaction: TransactionSql,
  reader: number,
  table: "orders" | "trades",
  untilMs: number,
): Promise<number> {
  for (let spanMs = firstSpanMs, end = untilMs; end > 0; spanMs *= 8) {
    const begin = Math.max(0, end - spanMs);
    const [found] = await transaction.unsafe<{ seq: string | null }[]>(
      `SELECT max(seq) AS seq FROM ${table} WHERE reader = $1 AND at_ms >= $2 AND at_ms < $3`,
      [reader, begin, end],
      { prepare: true },
    );
    if (found !== undefined && found.seq !== null) return Number(found.seq) + 1;
    end = begin;
  }
  return 0;
}

const firstSpanMs = 60_000;

/** What the database says, as who asks may be told it; our own faults stay what they are. */
function silentBecause(error: unknown, url: string): unknown {
  if (error instanceof BooksSilent) return error;
  if (sqlState(error) === "42P01" || sqlState(error) === "42703")
    return new BooksSilent(
      "NOT_WHOLE",
      "the books' tables are not there, or are an older program's",
    );
  const isSlow = sqlState(error) === "57014";
  if (isSlow)
    return new BooksSilent("BUSY", `the books had no answer within ${bounds.timeoutMs / 1000} s`);
  const trouble = troubleOf(error, url);
  return trouble === error ? error : new BooksSilent("AWAY", whyOf(trouble));
}
