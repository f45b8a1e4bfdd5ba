import type { PlaceOrder } from "../src/domain/command.ts";

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

/**
 * Orders around one price in eight symbols, from twenty participants, half of them sells: about half
 * of them trade on arrival.
 */
export function makeOrders(count: number): PlaceOrder[] {
  const next = seeded(7);
  const source = { topicId: "bench", topic: "sauda.orders", partition: 0, timestampMs: 0 };
  return Array.from({ length: count }, (_, offset): PlaceOrder => {
    const symbol = symbols[Math.floor(next() * symbols.length)] ?? "SBIN";
    return {
      type: "PlaceOrder",
      participant: `M${Math.floor(next() * 20)}`,
      client: null,
      clientOrderId: `order-${offset}`,
      symbol,
      symbolAsSent: symbol,
      side: next() < 0.5 ? "BUY" : "SELL",
      quantity: 1 + Math.floor(next() * 200),
      pricePaise: 100_000 + 50 * (Math.floor(next() * 41) - 20),
      counterparty: null,
      custodian: null,
      unfit: null,
      source: { ...source, offset },
    };
  });
}
