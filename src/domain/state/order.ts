import type { Holder } from "../facts/account.ts";
import type { Cover } from "../facts/clearing-terms.ts";
import type { Answer } from "../facts/command.ts";
import type { EntryOnlyField, OrderContent, OrderFields } from "../facts/order-fields.ts";
import type { Asset } from "../facts/journal.ts";
import type { QueueNode } from "./queue.ts";
import type { Participant, PricePaise, Quantity, TimeMs } from "../facts/units.ts";

/** An order that lives: in the book, or negotiated and waiting for its counterparty. */
export type Order = Omit<OrderFields, "clientOrderId" | "quantity" | "pricePaise" | "unfit"> & {
  /** Ours: `O-<shard>-<offset>`. */
  readonly orderId: string;
  /** The sender's, or the made one (`A-<shard>-<offset>`) where there was none. */
  readonly clientOrderId: string;
  /** The account key of participant and client; of the member's own where there is a custodian. */
  readonly account: string;
  readonly quantity: Quantity;
  /** Null: an unpriced sell. */
  readonly pricePaise: PricePaise | null;
  readonly expiresAtMs: TimeMs | null;
  /** `full`: all that it may cost is blocked for it. */
  readonly cover: Cover;
  /** The step it came with: the older of two orders has the lower number. */
  readonly arrival: number;
  /** When its sender sent it, as `sentMs` tells; of what strangers said, no later than its step. */
  readonly sentMs: number;
  leavesQuantity: number;
  /** Where it stands in its price level; null for a negotiated order. */
  node: QueueNode<Order> | null;
  /** The counterparty's word, once it has been given, and its step. */
  answer: { readonly kind: Answer; readonly seq: number } | null;
};

/** An order that waits for its counterparty. */
export type NegotiatedOrder = Order & {
  readonly pricePaise: PricePaise;
  readonly counterparty: Participant;
  readonly expiresAtMs: TimeMs;
};

/** How an order ended. */
export type OrderEnd = "filled" | "canceled" | "expired" | "rejected";

/**
 * Whose account an order binds: its client's, or the member's own where a custodian is to affirm.
 */
export function holderOf(order: Holder & { readonly custodian?: Participant | null }): Holder {
  const { participant, custodian = null } = order;
  return custodian === null ? order : { participant, client: null };
}

/** What every reader needs to say which order it is. */
export function orderFacts(
  order: Order,
): Omit<OrderFields, EntryOnlyField | "clientOrderId" | "quantity" | "pricePaise"> &
  Pick<Order, "orderId" | "clientOrderId" | "quantity" | "pricePaise"> {
  const { orderId, clientOrderId, participant, client, symbol, side, quantity, pricePaise } = order;
  return { orderId, clientOrderId, participant, client, symbol, side, quantity, pricePaise };
}

/** True if the order names a counterparty and waits for its word. */
export function isNegotiated(order: Order): order is NegotiatedOrder {
  return order.counterparty !== null;
}

/** True if the order's time is over, whether or not a tick has ended it yet. */
export function isOverdue({ expiresAtMs }: Order, nowMs: TimeMs): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** What the order said. Nothing of it was unfit, else it would not live. */
export function contentOf(order: Order): OrderContent {
  const { client, symbol, side, quantity, pricePaise, counterparty, custodian, product } = order;
  const terms = { client, symbol, side, quantity, pricePaise };
  return { ...terms, counterparty, custodian, product, unfit: null };
}

/**
 * What a buy or a sell blocks of its account for so many shares: paise of INR, or shares. 0
 * on margin.
 */
export function coverOf(
  order: Pick<Order, "side" | "symbol" | "pricePaise" | "cover">,
  shares: number,
): { readonly asset: Asset; readonly amount: number } {
  const covered = order.cover === "full" ? shares : 0;
  return order.side === "BUY"
    ? { asset: "INR", amount: (order.pricePaise ?? 0) * covered }
    : { asset: order.symbol, amount: covered };
}
