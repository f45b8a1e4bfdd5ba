import { rupeesAsPythonFloat } from "../../src/protocol/rupees.ts";

/** A buy order of the benches. */
export type Order = {
  readonly id: string;
  readonly symbol: string;
  readonly quantity: number;
  readonly pricePaise: number;
};

/** What an order got of one offer, as both legs' topics tell it, in the order of the trades. */
export type Fill = { readonly demat: string; readonly cash: string };

const symbols = ["SBIN", "RELIANCE", "TCS", "INFY", "HDFCBANK", "ICICIBANK", "ITC", "LT"];
/** Of one offer; an order may take the rest of one and the beginning of the next. */
const offeredShares = 10_007;

/** Orders `from` to `from + count` of a run, all of one price band in eight symbols. */
export function makeOrders(name: string, count: number): readonly Order[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index}`,
    symbol: symbols[index % symbols.length] ?? "",
    quantity: 1 + (index % 5),
    pricePaise: 88_000 + (index % 11) * 50,
  }));
}

/** The order as flow B's buyer writes it. */
export function buyRecord({ id, symbol, quantity, pricePaise }: Order): string {
  return (
    `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"${symbol}","quantity":${quantity},` +
    `"price_per_unit":${rupeesAsPythonFloat(pricePaise)},"timestamp":"2026-01-05T10:15:00.123456"}`
  );
}

/** An offer as flow B's seller writes it. */
export function offerRecord(id: string, symbol: string, quantity: number): string {
  return (
    `{"offer_id":"${id}","seller":"SELLER","stock_symbol":"${symbol}","quantity":${quantity},` +
    '"timestamp":"2026-01-05T10:15:00.123456"}'
  );
}

/** The two legs of one trade, as `fillsIn` reads them. */
export function fillOf({ id, symbol, pricePaise }: Order, quantity: number): Fill {
  return {
    demat: `${id} ${symbol} ${quantity}`,
    cash: `${id} ${rupeesAsPythonFloat(pricePaise * quantity)}`,
  };
}

/**
 * Offers that rest before the orders come and are enough for all of them, and what each order gets:
 * orders in turn, of the oldest offer first. Written for the check alone: no program that is
 * measured knows it.
 */
export class Supply {
  readonly offers: readonly string[];
  readonly #left: Map<string, number[]>;

  constructor(orders: number) {
    const each = Math.ceil((orders * 5) / symbols.length / offeredShares) + 1;
    this.#left = new Map(
      symbols.map((symbol) => [symbol, Array.from({ length: each }, () => offeredShares)]),
    );
    this.offers = symbols.flatMap((symbol) =>
      Array.from({ length: each }, (_, index) =>
        offerRecord(`${symbol}-${index}`, symbol, offeredShares),
      ),
    );
  }

  take(orders: readonly Order[]): Fill[] {
    return orders.flatMap((order) => {
      const left = this.#left.get(order.symbol) ?? [];
      const fills: Fill[] = [];
      for (let wanted = order.quantity; wanted > 0;) {
        const [oldest = 0] = left;
        const quantity = Math.min(wanted, oldest);
        if (quantity === 0) throw new Error(`${order.symbol}: more is bought than offered`);
        fills.push(fillOf(order, quantity));
        wanted -= quantity;
        if (quantity === oldest) left.shift();
        else left[0] = oldest - quantity;
      }
      return fills;
    });
  }
}
