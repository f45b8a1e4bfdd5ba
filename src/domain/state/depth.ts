import type { Level } from "./book.ts";
import type { Market } from "./market-state.ts";
import type { Order } from "./order.ts";
import type { Queue } from "./queue.ts";
import type { PricePaise, Ticker } from "../facts/units.ts";

/** One price of a book, as screens show it: all shares resting there, and in how many orders. */
export type DepthLevel = {
  readonly pricePaise: PricePaise;
  readonly quantity: number;
  readonly orders: number;
};

/**
 * What rests in a book: both sides, best price first, `levels` prices at most, and the shares
 * offered without a price. Totals count the whole side, unpriced sells included.
 */
export type Depth = {
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  readonly unpricedQuantity: number;
  readonly totalBuyQuantity: number;
  readonly totalSellQuantity: number;
};

/**
 * The depth of a symbol's book; of no book, an empty one. Walks every resting order once. An order
 * that trades in parts is left out until it is done: it stands across what it has not met yet.
 */
export function depthOf(
  { books, orders, sweep }: Pick<Market, "books" | "orders" | "sweep">,
  symbol: Ticker,
  levels: number,
): Depth {
  const book = books.get(symbol);
  if (book === undefined) return emptyDepth;
  const sweeping = orders.get(sweep?.orderId ?? "");
  const sum = (level: Level): DepthLevel[] => sumLevel(level, sweeping);
  const bids = book.bids.toReversed().flatMap(sum);
  const asks = book.asks.toReversed().flatMap(sum);
  const unpricedQuantity = restingIn(book.unpriced, sweeping).quantity;
  return {
    bids: bids.slice(0, levels),
    asks: asks.slice(0, levels),
    unpricedQuantity,
    totalBuyQuantity: total(bids),
    totalSellQuantity: total(asks) + unpricedQuantity,
  };
}

const emptyDepth: Depth = {
  bids: [],
  asks: [],
  unpricedQuantity: 0,
  totalBuyQuantity: 0,
  totalSellQuantity: 0,
};

function sumLevel({ pricePaise, orders }: Level, left: Order | undefined): DepthLevel[] {
  const resting = restingIn(orders, left);
  return resting.orders === 0 ? [] : [{ pricePaise, ...resting }];
}

/** Walks the line itself: an array for each of many levels would be thrown away at once. */
function restingIn(
  line: Queue<Order>,
  left: Order | undefined,
): { quantity: number; orders: number } {
  let quantity = 0;
  let orders = 0;
  for (let node = line.first; node !== null; node = node.after) {
    if (node.value === left) continue;
    quantity += node.value.leavesQuantity;
    orders += 1;
  }
  return { quantity, orders };
}

function total(levels: readonly DepthLevel[]): number {
  return levels.reduce((sum, { quantity }) => sum + quantity, 0);
}
