import {
  BooksSilent,
  type OlderAsker,
  type OlderRecords,
  type OlderTrade,
  type ToldOrder,
} from "../../services/books/older-records.ts";
import {
  commandOffsetOf,
  mayBeForgotten,
  type Forgotten,
  type ForgottenOfShard,
} from "../../services/records/forgotten.ts";
import { participantOf, seesAll, type Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { Problem, TryLater } from "../problem.ts";
import { noBooks } from "../routes/not-kept.ts";

/**
 * The shard whose books are asked: a list of several would need an order of time between them, and
 * no market has several (`shardCount`).
 */
export const shard = 0;

/** What a question to the books costs of its key's budget, beside the rows. */
const readCost = 5;

/** Asks the books what a gateway has let go of; `participant` null: of everybody. */
export type BooksAsker = {
  readonly keyId: string;
  readonly participant: string | null;
};

/** Who asks the books: for its own, or for everybody's. */
export function booksAsker(caller: Caller): BooksAsker {
  const participant = seesAll(caller) ? null : participantOf(caller);
  return { keyId: caller.key.id, participant };
}

/**
 * The books' answer. `forgotten`: what they must have read. Throws `Problem` 410 where the market
 * has no books, 503 where they cannot say it now.
 */
export async function askBooks<Answer>(
  parts: DoorParts,
  { keyId, participant }: BooksAsker,
  forgotten: ForgottenOfShard,
  question: (records: OlderRecords, asker: OlderAsker) => Promise<Answer>,
): Promise<Answer> {
  const { gateway, reads } = parts;
  const books = booksOf(parts);
  if (books === null) {
    const detail = `older than what this gateway keeps, and ${noBooks}; --kafka asks the log itself`;
    throw new Problem(410, "NO_LONGER_KEPT", detail);
  }
  reads.take(keyId, readCost);
  const marketId = gateway.marketId(shard);
  try {
    return await question(books, { marketId, shard, participant, needed: forgotten.changed });
  } catch (error) {
    throw error instanceof BooksSilent ? silent(error) : error;
  }
}

/** The books to ask; null: there are none. */
export function booksOf({ gateway, older }: DoorParts): OlderRecords | null {
  return gateway.views.length === 1 ? older : null;
}

function silent({ why, message }: BooksSilent): Problem {
  const { code, wayOn } = answers[why];
  const detail = `older than what this gateway keeps, and ${message}; ${wayOn}`;
  if (why === "NOT_WHOLE") return new Problem(503, code, detail); // until a person makes them anew
  return new TryLater(503, code, detail);
}

const answers: Readonly<Record<BooksSilent["why"], { code: string; wayOn: string }>> = {
  BEHIND: {
    code: "BOOKS_BEHIND",
    wayOn: "ask again in a moment; `npx sauda doctor` says whether they are at work",
  },
  AWAY: { code: "BOOKS_AWAY", wayOn: "`npx sauda postgres status` says more; ask again" },
  BUSY: { code: "BOOKS_BUSY", wayOn: "ask again in a moment, for less" },
  NOT_WHOLE: {
    code: "BOOKS_NOT_WHOLE",
    wayOn: "`npx sauda books rebuild --replace` makes them anew from the log",
  },
};

/**
 * An order of the books by our id of it, where the gateway may have let go of it; null: it is not
 * the asker's, or never was, or there are no books. Throws as `askBooks`.
 */
export async function olderOrder(
  parts: DoorParts,
  asker: BooksAsker,
  id: string,
): Promise<ToldOrder | null> {
  const { forgotten } = parts.gateway.records.orders;
  const own = forgottenFor(forgotten, id, ourOrderId);
  if (own === null || booksOf(parts) === null) return null;
  const offset = commandOffsetOf(id);
  return askBooks(parts, asker, own, (records, each) => records.order(each, offset));
}

/** A trade of the books by its id, where the gateway may have let go of it; as `olderOrder`. */
export async function olderTrade(
  parts: DoorParts,
  asker: BooksAsker,
  id: string,
): Promise<OlderTrade | null> {
  const own = forgottenFor(parts.gateway.records.trades.forgotten, id, ourTradeId);
  if (own === null || booksOf(parts) === null) return null;
  return askBooks(parts, asker, own, (records, each) => records.trade(each, id));
}

/** The trades that the books have of an order, oldest first. Throws as `askBooks`. */
export async function olderTradesOf(
  parts: DoorParts,
  asker: BooksAsker,
  order: ToldOrder,
): Promise<OlderTrade[]> {
  const own = parts.gateway.records.trades.forgotten.get(shard);
  if (own === undefined || booksOf(parts) === null) return [];
  return askBooks(parts, asker, own, (records, each) => records.tradesOf(each, order));
}

/** What was let go of, where the id is one of ours for it; null: it was not. */
export function forgottenFor(
  forgotten: Forgotten,
  id: string,
  ours: RegExp,
): ForgottenOfShard | null {
  return ours.test(id) && mayBeForgotten(forgotten, id) ? (forgotten.get(shard) ?? null) : null;
}

/** As we write numbers in ids: no zeros before them. */
const offsetDigits = "(?:0|[1-9]\\d{0,14})";
const indexDigits = "(?:0|[1-9]\\d{0,8})";
/** Our ids of orders and trades of the shard, and nothing behind them. */
export const ourOrderId: RegExp = new RegExp(`^O-${shard}-${offsetDigits}$`);
/** See `ourOrderId`. */
export const ourTradeId: RegExp = new RegExp(
  `^T-${shard}-${offsetDigits}-${indexDigits}-${indexDigits}$`,
);
