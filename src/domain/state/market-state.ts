import { getOrMake } from "../facts/get-or-make.ts";
import type { Accounts } from "./balances.ts";
import { emptyBook, type Book } from "./book.ts";
import { noClearing, type Clearing } from "./clearing.ts";
import type { ClientIds } from "./client-id.ts";
import { isAtDoor, type Origin } from "../facts/origin.ts";
import type { CancelAllScope } from "../facts/clearing-command.ts";
import { noConfirmations, type Confirmations } from "./confirmation.ts";
import type { Instrument } from "../facts/instrument.ts";
import type { ClosedOrder, Order } from "./order.ts";
import { timeMs, type Ticker, type TimeMs } from "../facts/units.ts";

/** All a shard knows. The fold of its log and of nothing else; changed by `evolve` only. */
export type Market = {
  /** The shard's clock: the time of the last step. Never backwards. */
  clockMs: TimeMs;
  /** The number of the last step. */
  seq: number;
  /**
   * The last offset taken from each source, by topic id and partition. One number each,
   * never emptied.
   */
  readonly sources: Map<string, Map<number, number>>;
  /** Symbols that have been named. Never emptied: a symbol once listed stays. */
  readonly instruments: Map<Ticker, Instrument>;
  readonly accounts: Accounts;
  /** One book for each symbol that had an order. Orders leave it by fill and cancel. */
  readonly books: Map<Ticker, Book>;
  /**
   * Orders at the command offset in their id, which costs less than a map: most commands are
   * orders, so there are few holes. The live ones, and of those that ended the little that late
   * requests ask for. That is kept for the market's life, like the client ids. Oldest first.
   */
  readonly orders: (Order | ClosedOrder | undefined)[];
  readonly clientIds: ClientIds;
  readonly confirmations: Confirmations;
  readonly clearing: Clearing;
  /** A cancel-all of which parts are still to come; null between steps. */
  cancelAll: CancelAllWork | null;
};

/**
 * What a cancel-all has to do: the orders it is about, oldest first, and how many of them
 * are canceled.
 */
export type CancelAllWork = {
  readonly scope: CancelAllScope;
  readonly orders: readonly Order[];
  canceled: number;
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
    orders: [],
    clientIds: new Map(),
    confirmations: noConfirmations(),
    clearing: noClearing(),
    cancelAll: null,
  };
}

/** The book of a symbol, made when its first order comes. */
export function bookOf(market: Market, symbol: Ticker): Book {
  return getOrMake(market.books, symbol, emptyBook);
}

/** The order with this id of ours, live or ended; undefined for any other text. */
export function findOrder(market: Market, orderId: string): Order | ClosedOrder | undefined {
  const order = market.orders[offsetIn(orderId)];
  return order?.orderId === orderId ? order : undefined;
}

/** The order, or undefined where there is none or it has ended. */
export function findLiveOrder(market: Market, orderId: string): Order | undefined {
  const order = findOrder(market, orderId);
  return order === undefined || order.isClosed ? undefined : order;
}

/** Puts an order in, or what stays of it in its place. */
export function putOrder(market: Market, order: Order | ClosedOrder): void {
  market.orders[offsetIn(order.orderId)] = order;
}

/**
 * True if the source position was taken before: a relay sends it again after an indeterminate
 * append (rule R12). What came in at a door is known by its client id instead.
 */
export function isTaken(market: Market, source: Origin): boolean {
  if (isAtDoor(source)) return false;
  const last = market.sources.get(source.topicId)?.get(source.partition);
  return last !== undefined && source.offset <= last;
}

/** Notes that everything of the source up to this position has been taken. */
export function noteTaken(market: Market, source: Origin): void {
  if (isAtDoor(source)) return;
  const partitions = getOrMake(market.sources, source.topicId, () => new Map<number, number>());
  const last = partitions.get(source.partition);
  if (last === undefined || last < source.offset) partitions.set(source.partition, source.offset);
}

/**
 * The number at the end of `O-<shard>-<offset>`. Other text gives some number: compare the
 * id found.
 */
function offsetIn(orderId: string): number {
  let offset = 0;
  for (let at = orderId.lastIndexOf("-") + 1; at < orderId.length; at += 1)
    offset = offset * 10 + (orderId.charCodeAt(at) - zero);
  return offset;
}

const zero = 48;
