import type { PlaceOrder } from "../src/domain/facts/command.ts";
import { orderOf } from "../test/orders.ts";

/** A small seeded generator (mulberry32), so that every run has the same orders. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const symbols = ["SBIN", "RELIANCE", "TCS", "INFY", "HDFCBANK", "ICICIBANK", "ITC", "LT"];

const source = { topicId: "bench", topic: "sauda.orders", partition: 0, timestampMs: 0 };

/**
 * Orders around one price in eight symbols, from twenty participants, half of them sells: about
 * half of them trade on arrival.
 */
export function makeOrders(count: number): PlaceOrder[] {
  const next = seeded(7);
  return Array.from({ length: count }, (_, offset): PlaceOrder => {
    const symbol = symbols[Math.floor(next() * symbols.length)] ?? "SBIN";
    const participant = `M${Math.floor(next() * 20)}`;
    const side = next() < 0.5 ? "BUY" : "SELL";
    const quantity = 1 + Math.floor(next() * 200);
    const pricePaise = 100_000 + 50 * (Math.floor(next() * 41) - 20);
    return makeOrder(offset, { symbol, participant, side, quantity, pricePaise });
  });
}

/** Sells, each followed by the buy that takes all of it: call by call, one trade at one price. */
export function makePairs(): () => readonly [PlaceOrder, PlaceOrder] {
  const next = seeded(11);
  let offset = 0;
  return () => {
    const symbol = symbols[Math.floor(next() * symbols.length)] ?? "SBIN";
    const quantity = 1 + Math.floor(next() * 200);
    const deal = { symbol, quantity, pricePaise: 100_000 };
    const [seller, buyer] = [`S${Math.floor(next() * 200)}`, `B${Math.floor(next() * 200)}`];
    offset += 2;
    return [
      makeOrder(offset, { ...deal, participant: seller, side: "SELL" }),
      makeOrder(offset + 1, { ...deal, participant: buyer, side: "BUY" }),
    ];
  };
}

/** Buys of one share each, at prices below all others, that rest; the first has number `from`. */
export function makeResting(count: number, from = 0): PlaceOrder[] {
  return Array.from({ length: count }, (_, index): PlaceOrder => {
    const each = from + index;
    const symbol = symbols[each % symbols.length] ?? "SBIN";
    const deal = { symbol, quantity: 1, pricePaise: 50_000 + 5 * (each % 1_000) };
    const order = makeOrder(each, { ...deal, participant: `R${each % 200}`, side: "BUY" });
    return {
      ...order,
      clientOrderId: `resting-${each}`,
      source: { ...source, partition: 1, offset: each },
    };
  });
}

function makeOrder(
  offset: number,
  own: Pick<PlaceOrder, "participant" | "symbol" | "side" | "quantity" | "pricePaise">,
): PlaceOrder {
  return orderOf({ ...own, clientOrderId: `order-${offset}` }, { ...source, offset });
}
