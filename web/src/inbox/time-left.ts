import type { OrderJson } from "../wire.ts";

/** Under this the countdown warns. */
const soonMs = 15_000;

/** How long an order still waits for its counterparty. */
type TimeLeft = {
  /** Null: it does not expire. */
  readonly ms: number | null;
  /** Of its whole time, 0 to 1. */
  readonly part: number;
  readonly isSoon: boolean;
};

/** The time an order has left. The market's clock decides; this one only shows. */
export function timeLeft(order: Pick<OrderJson, "expires_at" | "place">, nowMs: number): TimeLeft {
  if (order.expires_at === null) return { ms: null, part: 1, isSoon: false };
  const endMs = Date.parse(order.expires_at);
  const wholeMs = Math.max(1, endMs - Date.parse(order.place.at));
  const ms = Math.max(0, endMs - nowMs);
  return { ms, part: Math.min(1, ms / wholeMs), isSoon: ms <= soonMs };
}
