import type { OrderCanceled, OrderDeclined, OrderExpired } from "../../domain/facts/event.ts";
import { whyDeclined, whyExpired } from "../../protocol/own/execution-message.ts";

/** What becomes of an order otherwise than by a trade: FIX's word, and why. */
export type OrderEnd = {
  readonly status: "Canceled" | "Expired" | "Rejected";
  readonly reason: string | null;
  readonly text: string | null;
};

/** The end of an order as its owner is told of it. */
export function orderEndOf(event: OrderCanceled | OrderExpired | OrderDeclined): OrderEnd {
  if (event.type === "OrderCanceled") return { status: "Canceled", reason: null, text: null };
  if (event.type === "OrderExpired") return { status: "Expired", ...whyExpired(event) };
  return { status: "Rejected", ...whyDeclined(event) };
}
