import type { Side } from "../facts/side.ts";
import type { Order } from "./order.ts";
import { emptyQueue, join, leave, type QueueNode, type Queue } from "./queue.ts";
import { assert, quantity, type PricePaise, type Quantity } from "../facts/units.ts";

/** The resting orders of one side at one price, oldest first. Never empty while in a book. */
export type Level = { readonly pricePaise: PricePaise; readonly orders: Queue<Order> };

/**
 * The order book of a symbol. Levels are sorted with the best price last, where joining and leaving
 * cost least. Orders leave by fill and by cancel; a level leaves with its last order.
 */
export type Book = {
  /** Buys, prices rising. */
  readonly bids: Level[];
  /** Priced sells, prices falling. */
  readonly asks: Level[];
  /** Unpriced sells, oldest first. */
  readonly unpriced: Queue<Order>;
};

/** A part of a resting order that an incoming one takes, at the price of the trade. */
export type Fill = {
  readonly resting: Order;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
};

/** A book without orders. */
export function emptyBook(): Book {
  return { bids: [], asks: [], unpriced: emptyQueue() };
}

/** Puts an order at the end of its price, or of the unpriced sells. */
export function rest(book: Book, order: Order): void {
  assert(order.node === null, "an order rests once");
  order.node = join(queueFor(book, order), order);
}

/** Takes an order out of the book, wherever it stands. */
export function takeOut(book: Book, order: Order): void {
  const { node, pricePaise, side } = order;
  assert(node !== null, "only a resting order leaves the book");
  order.node = null;
  if (pricePaise === null) return leave(book.unpriced, node);
  const levels = side === "BUY" ? book.bids : book.asks;
  const index = indexOf(levels, side, pricePaise);
  const level = levels[index];
  assert(level !== undefined, "a resting order has a level");
  leave(level.orders, node);
  if (level.orders.first === null) levels.splice(index, 1);
}

/**
 * What an incoming order would take: best price first, then oldest first, each at the resting
 * order's price; of `fillsMax` resting orders at most. Changes nothing. A sell without a price
 * takes any buy. A fill that `isTaken` says no to is passed over; each is asked for once, in that
 * order.
 */
export function findFills(
  book: Book,
  incoming: {
    readonly side: Side;
    readonly pricePaise: PricePaise | null;
    readonly quantity: number;
  },
  fillsMax = Infinity,
  isTaken: (fill: Fill) => boolean = always,
): Fill[] {
  const taking: Taking = { fills: [], left: incoming.quantity, fillsMax, isTaken };
  if (incoming.side === "SELL") takeBids(book, incoming.pricePaise ?? 0, taking);
  else if (incoming.pricePaise !== null) takeAsks(book, incoming.pricePaise, taking);
  return taking.fills;
}

const always = (): boolean => true;

type Taking = {
  readonly fills: Fill[];
  left: number;
  readonly fillsMax: number;
  readonly isTaken: (fill: Fill) => boolean;
};

function takeBids(book: Book, limit: number, taking: Taking): void {
  for (let index = book.bids.length - 1; index >= 0; index -= 1) {
    const level = book.bids[index];
    if (level === undefined || level.pricePaise < limit || !wantsMore(taking)) return;
    takeLine(level.orders.first, level.pricePaise, taking);
  }
}

/**
 * An unpriced sell counts as priced at the buy's limit: after every sell below it, and by time
 * among those at it. (A rule of this market for the seeds' offers without a price; NSE has no
 * such order.)
 */
function takeAsks(book: Book, limit: PricePaise, taking: Taking): void {
  let index = book.asks.length - 1;
  for (; index >= 0; index -= 1) {
    const level = book.asks[index];
    if (level === undefined || level.pricePaise >= limit || !wantsMore(taking)) break;
    takeLine(level.orders.first, level.pricePaise, taking);
  }
  const last = book.asks[index];
  let priced = last?.pricePaise === limit ? last.orders.first : null;
  let unpriced = book.unpriced.first;
  while (wantsMore(taking)) {
    const next = olderOf(priced, unpriced);
    if (next === null) return;
    take(next.value, limit, taking);
    if (next === priced) priced = priced.after;
    else unpriced = next.after;
  }
}

function olderOf(
  one: QueueNode<Order> | null,
  other: QueueNode<Order> | null,
): QueueNode<Order> | null {
  if (one === null) return other;
  if (other === null) return one;
  return one.value.arrival < other.value.arrival ? one : other;
}

function takeLine(first: QueueNode<Order> | null, price: PricePaise, taking: Taking): void {
  for (let node = first; node !== null && wantsMore(taking); node = node.after)
    take(node.value, price, taking);
}

function take(resting: Order, price: PricePaise, taking: Taking): void {
  const shares = quantity(Math.min(taking.left, resting.leavesQuantity));
  const fill = { resting, quantity: shares, pricePaise: price };
  if (!taking.isTaken(fill)) return;
  taking.left -= shares;
  taking.fills.push(fill);
}

function wantsMore({ left, fills, fillsMax }: Taking): boolean {
  return left > 0 && fills.length < fillsMax;
}

function queueFor(book: Book, order: Order): Queue<Order> {
  const { pricePaise, side } = order;
  if (pricePaise === null) return book.unpriced;
  const levels = side === "BUY" ? book.bids : book.asks;
  const index = indexOf(levels, side, pricePaise);
  const found = levels[index];
  if (found?.pricePaise === pricePaise) return found.orders;
  const level: Level = { pricePaise, orders: emptyQueue() };
  if (index === levels.length) levels.push(level);
  else levels.splice(index, 0, level);
  return level.orders;
}

/** Where the price stands among the levels, or would: the first level that is not worse. */
function indexOf(levels: readonly Level[], side: Side, price: PricePaise): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = levels[middle]?.pricePaise ?? 0;
    if (side === "BUY" ? at < price : at > price) low = middle + 1;
    else high = middle;
  }
  return low;
}
