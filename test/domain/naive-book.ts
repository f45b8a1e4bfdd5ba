/** An order of the naive book. Price null: unpriced sell. */
type NaiveOrder = {
  readonly id: string;
  readonly side: "BUY" | "SELL";
  readonly price: number | null;
  left: number;
};

/** A trade of the naive book. */
type NaiveTrade = {
  readonly buy: string;
  readonly sell: string;
  readonly shares: number;
  readonly price: number;
};

/**
 * A book as slow and as plain as can be, to check the fast one against: one list by arrival, and
 * each incoming order sorts all it may meet. Shares no code with the market.
 */
export class NaiveBook {
  orders: NaiveOrder[] = [];

  /** Trades what can be traded and keeps the rest. */
  place(incoming: NaiveOrder): NaiveTrade[] {
    const trades: NaiveTrade[] = [];
    for (const { order, price } of this.#mayMeet(incoming)) {
      const shares = Math.min(order.left, incoming.left);
      if (shares === 0) break;
      order.left -= shares;
      incoming.left -= shares;
      const [buy, sell] = incoming.side === "BUY" ? [incoming, order] : [order, incoming];
      trades.push({ buy: buy.id, sell: sell.id, shares, price });
    }
    this.orders = [...this.orders, incoming].filter(({ left }) => left > 0);
    return trades;
  }

  /** Takes an order out; false where it is not there. */
  cancel(id: string): boolean {
    const before = this.orders.length;
    this.orders = this.orders.filter((order) => order.id !== id);
    return this.orders.length < before;
  }

  /** Those an order may meet with their prices, the one it meets first in front. */
  #mayMeet(incoming: NaiveOrder): { order: NaiveOrder; price: number }[] {
    const met = this.orders
      .filter(({ side }) => side !== incoming.side)
      .map((order) => ({ order, price: order.price ?? incoming.price ?? Number.NaN }));
    const limit = incoming.price;
    const isBuy = incoming.side === "BUY";
    return met
      .filter(({ price }) => limit === null || (isBuy ? price <= limit : price >= limit))
      .toSorted((one, other) => (isBuy ? one.price - other.price : other.price - one.price));
  }
}
