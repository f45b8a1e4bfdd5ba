import type { DepthJson, LevelJson, OrderJson } from "../wire.ts";

/** A row of the ladder. */
export type LadderRow = {
  readonly side: "bid" | "ask";
  readonly pricePaise: number;
  readonly quantity: number;
  readonly orders: number;
  /** Shares from the best price up to and with this one. */
  readonly cumulative: number;
  /** Shares of ours resting here. */
  readonly own: number;
  /** `cumulative` against the larger side's whole, 0 to 1: the length of the bar. */
  readonly part: number;
};

/** The ladder: asks from far to near, then bids from near to far, with what lies between. */
type Ladder = {
  readonly asks: readonly LadderRow[];
  readonly bids: readonly LadderRow[];
  readonly spreadPaise: number | null;
  readonly midPaise: number | null;
};

/** Shares of ours resting at a price of a side, by `bid 98500`. */
type OwnShares = ReadonlyMap<string, number>;

/** The rows of a book, ours marked. `levels` prices a side at most. */
export function ladderOf(depth: DepthJson, levels: number, own: OwnShares): Ladder {
  const bids = depth.bids.slice(0, levels);
  const asks = depth.asks.slice(0, levels);
  const most = Math.max(total(bids), total(asks), 1);
  const bid = bids[0]?.price_paise;
  const ask = asks[0]?.price_paise;
  const isTwoSided = bid !== undefined && ask !== undefined;
  return {
    asks: rows("ask", asks, most, own).toReversed(),
    bids: rows("bid", bids, most, own),
    spreadPaise: isTwoSided ? ask - bid : null,
    midPaise: isTwoSided ? (ask + bid) / 2 : null,
  };
}

function rows(
  side: "bid" | "ask",
  levels: readonly LevelJson[],
  most: number,
  ownShares: OwnShares,
): LadderRow[] {
  let cumulative = 0;
  return levels.map(({ price_paise, quantity, orders }) => {
    cumulative += quantity;
    const own = ownShares.get(`${side} ${price_paise}`) ?? 0;
    return {
      side,
      pricePaise: price_paise,
      quantity,
      orders,
      cumulative,
      own,
      part: cumulative / most,
    };
  });
}

function total(levels: readonly LevelJson[]): number {
  return levels.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** What orders of ours have in the book of a symbol. Negotiated ones rest in no book. */
export function ownInBook(symbol: string, orders: readonly OrderJson[]): OwnShares {
  const sums = new Map<string, number>();
  for (const order of orders) {
    if (order.symbol !== symbol || order.price_paise === null || order.counterparty !== null)
      continue;
    if (order.status !== "New" && order.status !== "PartiallyFilled") continue;
    const key = `${order.side === "BUY" ? "bid" : "ask"} ${order.price_paise}`;
    sums.set(key, (sums.get(key) ?? 0) + order.leaves_qty);
  }
  return sums;
}
