import type { Accounts } from "./account.ts";
import { emptyBook } from "./book.ts";
import type { Book } from "./book.ts";
import type { ClientIds } from "./client-id.ts";
import type { SourcePosition } from "./command.ts";
import { noConfirmations } from "./confirmation.ts";
import type { Confirmations } from "./confirmation.ts";
import type { Instrument } from "./instrument.ts";
import type { ClosedOrder, Order } from "./order.ts";
import { timeMs } from "./units.ts";
import type { Ticker, TimeMs } from "./units.ts";

/** All a shard knows. The fold of its log and of nothing else; changed by `evolve` only. */
export type Market = {
  /** The shard's clock: the time of the last step. Never backwards. */
  clockMs: TimeMs;
  /** The number of the last step. */
  seq: number;
  /** The last offset taken from each source, by topic id and partition. One number each, never emptied. */
  readonly sources: Map<string, Map<number, number>>;
  /** Symbols that have been named. Never emptied: a symbol once listed stays. */
  readonly instruments: Map<Ticker, Instrument>;
  readonly accounts: Accounts;
  /** One book for each symbol that had an order. Orders leave it by fill and cancel. */
  readonly books: Map<Ticker, Book>;
  /**
   * Orders by our id: the live ones, and of those that ended the little that late requests ask for. That
   * is kept for the market's life, like the client ids.
   */
  readonly orders: Map<string, Order | ClosedOrder>;
  readonly clientIds: ClientIds;
  readonly confirmations: Confirmations;
};

/** A market before its first step. */
export function initialMarket(): Market {
  return {
    clockMs: timeMs(0),
    seq: 0,
    sources: new Map(),
    instruments: new Map(),
    accounts: new Map(),
    books: new Map(),
    orders: new Map(),
    clientIds: new Map(),
    confirmations: noConfirmations(),
  };
}

/** The book of a symbol, made when its first order comes. */
export function bookOf(market: Market, symbol: Ticker): Book {
  let book = market.books.get(symbol);
  if (book === undefined) {
    book = emptyBook();
    market.books.set(symbol, book);
  }
  return book;
}

/** The order, or undefined where there is none or it has ended. */
export function findLiveOrder(market: Market, orderId: string): Order | undefined {
  const order = market.orders.get(orderId);
  return order === undefined || order.isClosed ? undefined : order;
}

/** True if the source position was taken before: a relay sends it again after a doubt (rule R12). */
export function isTaken(market: Market, source: SourcePosition): boolean {
  const last = market.sources.get(source.topicId)?.get(source.partition);
  return last !== undefined && source.offset <= last;
}

/** Notes that everything of the source up to this position has been taken. */
export function noteTaken(market: Market, source: SourcePosition): void {
  let partitions = market.sources.get(source.topicId);
  if (partitions === undefined) {
    partitions = new Map();
    market.sources.set(source.topicId, partitions);
  }
  const last = partitions.get(source.partition);
  if (last === undefined || last < source.offset) partitions.set(source.partition, source.offset);
}
