import { getOrMake } from "../facts/get-or-make.ts";
import type { Accounts } from "./balances.ts";
import { emptyBook, type Book } from "./book.ts";
import { noClearing, type Clearing } from "./clearing.ts";
import type { LiveIds } from "./client-id.ts";
import { isAtDoor, sentMs, type Origin } from "../facts/origin.ts";
import type { CancelAllScope } from "../facts/clearing-command.ts";
import { noConfirmations, type Confirmations } from "./confirmation.ts";
import { noHalts, type Halts } from "./halts.ts";
import type { Instrument } from "../facts/instrument.ts";
import type { HashKey } from "./keyed-hash.ts";
import type { Order } from "./order.ts";
import { nothingRemembered, type Remembered, type RememberedLimits } from "./remembered.ts";
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
  /** The orders that live, by our id; oldest first. They leave by their end. */
  readonly orders: Map<string, Order>;
  readonly liveIds: LiveIds;
  /** What ended: what late requests, repeats and answers ask for. Bounded by its limits. */
  readonly remembered: Remembered;
  readonly confirmations: Confirmations;
  readonly clearing: Clearing;
  readonly halts: Halts;
  /** A cancel-all of which parts are still to come; null between steps. */
  cancelAll: CancelAllWork | null;
  /** An order that meets more of the book than one part may take; null between steps. */
  sweep: SweepWork | null;
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

/**
 * How far an order has come that trades in parts: it met so many of the resting orders that it is
 * to meet. What comes next is in the book, for nothing else happens there before. It lives, but for
 * the time in which those that cannot receive leave the book before it.
 */
export type SweepWork = {
  readonly orderId: string;
  readonly symbol: Ticker;
  readonly orders: number;
  met: number;
};

/** How a market is made, other than by its log. */
export type MarketMaking = {
  readonly hashKey?: HashKey;
  readonly limits?: RememberedLimits | undefined;
};

/**
 * A market before its first step. `hashKey`: two numbers of 32 bits, so that strangers who choose
 * ids cannot make the market slow; nothing else follows from them. `limits`: tests remember less,
 * and a follower that decides nothing does not remember at all.
 */
export function initialMarket({ hashKey, limits }: MarketMaking = {}): Market {
  return {
    clockMs: timeMs(0),
    seq: 0,
    sources: new Map(),
    instruments: new Map(),
    accounts: new Map(),
    books: new Map(),
    orders: new Map(),
    liveIds: new Map(),
    remembered: nothingRemembered(limits, hashKey),
    confirmations: noConfirmations(),
    clearing: noClearing(),
    halts: noHalts(),
    cancelAll: null,
    sweep: null,
  };
}

/** The book of a symbol, made when its first order comes. */
export function bookOf(market: Market, symbol: Ticker): Book {
  return getOrMake(market.books, symbol, emptyBook);
}

/** When the market counts it as sent: a stranger's clock is believed up to the market's own. */
export function countedSentMs({ clockMs }: Market, origin: Origin): number {
  const isOurs = isAtDoor(origin) && origin.redriveOf === null;
  return isOurs ? sentMs(origin) : Math.min(sentMs(origin), clockMs);
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
