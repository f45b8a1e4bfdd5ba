import type { ChipWords } from "../frame/chip.ts";
import type { ExecutionMessage, OrderJson } from "../wire.ts";

/** Own orders by our id. */
export type OrderList = Map<string, OrderJson>;

/** True while the order can still trade. */
export function isOpen({ status }: OrderJson): boolean {
  return status === "New" || status === "PartiallyFilled" || status === "AwaitingConfirmation";
}

/**
 * Takes an order in, unless what is known of it is newer. An order only ever goes forward (it
 * fills, it ends), so snapshots and stream may overlap in any order. Returns whether it told
 * anything new.
 */
export function noteOrder(list: OrderList, told: OrderJson): boolean {
  const known = list.get(told.order_id);
  const isNews = known === undefined || isAfter(told, known);
  // Of two as new as each other a snapshot is the exacter: its average is not made of rounded ones.
  if (isNews || !isAfter(known, told)) list.set(told.order_id, told);
  return isNews;
}

/**
 * Lets go of orders older than all of a full answer: how they stand after a loss it does not say.
 */
export function forgetOlder(list: OrderList, answered: readonly OrderJson[]): void {
  const oldest = answered.toSorted(newer).at(-1);
  if (oldest === undefined) return;
  for (const [id, order] of list) if (newer(order, oldest) > 0) list.delete(id);
}

function isAfter(told: OrderJson, known: OrderJson): boolean {
  if (isOpen(told) !== isOpen(known)) return !isOpen(told);
  if (told.cum_qty !== known.cum_qty) return told.cum_qty > known.cum_qty;
  return told.updated_at > known.updated_at;
}

/**
 * Takes an execution in. Returns the order as it is then; null where the order is not known yet (it
 * must be fetched: an execution does not say everything) or the execution is about no order of
 * ours.
 */
export function noteExecution(list: OrderList, told: ExecutionMessage): OrderJson | null {
  const known = told.order_id === null ? undefined : list.get(told.order_id);
  if (known === undefined || told.ord_status === null) return null;
  const cumulative = told.cum_qty ?? known.cum_qty;
  const tradeId = told.exec_type === "Trade" ? told.trade_id : null;
  if (tradeId !== null && known.trade_ids.includes(tradeId)) return known;
  const status = told.ord_status === "New" ? known.status : told.ord_status;
  const after: OrderJson = {
    ...known,
    status,
    cum_qty: cumulative,
    leaves_qty: told.leaves_qty ?? known.leaves_qty,
    average_price_paise: tradeId === null ? known.average_price_paise : averageWith(known, told),
    reason: told.reason ?? known.reason,
    text: told.text ?? known.text,
    updated_at: told.at,
    trade_ids: tradeId === null ? known.trade_ids : [...known.trade_ids, tradeId],
  };
  return noteOrder(list, after) ? after : known;
}

function averageWith(known: OrderJson, { last_qty, last_price_paise }: ExecutionMessage): number {
  const quantity = last_qty ?? 0;
  const before = (known.average_price_paise ?? 0) * known.cum_qty;
  const all = known.cum_qty + quantity;
  return Math.round((before + quantity * (last_price_paise ?? 0)) / Math.max(1, all));
}

/** What the list is narrowed to. */
export type OrderFilter = {
  readonly status: "open" | "ended" | "all";
  readonly side: "BUY" | "SELL" | "all";
  /** Part of a symbol or an id. */
  readonly text: string;
};

/** The orders that fit, newest first. */
export function filterOrders(orders: readonly OrderJson[], filter: OrderFilter): OrderJson[] {
  const wanted = filter.text.trim().toLowerCase();
  const fits = (order: OrderJson): boolean =>
    (filter.status === "all" || isOpen(order) === (filter.status === "open")) &&
    (filter.side === "all" || order.side === filter.side) &&
    [order.symbol, order.order_id, order.client_order_id, order.counterparty ?? ""].some((text) =>
      text.toLowerCase().includes(wanted),
    );
  return orders.filter(fits).toSorted(newer);
}

/** The symbol that the text names whole, where there are open orders in it; else null. */
export function symbolMeant(orders: readonly OrderJson[], text: string): string | null {
  const wanted = text.trim().toUpperCase();
  return orders.some((order) => order.symbol === wanted && isOpen(order)) ? wanted : null;
}

/** Newest first: by the step that took the order in. */
export function newer(one: OrderJson, other: OrderJson): number {
  return other.place.seq - one.place.seq || (one.order_id < other.order_id ? 1 : -1);
}

/** A state in a word, with the mark that says the same without colour. */
export function stateChip({ status }: Pick<OrderJson, "status">): ChipWords {
  return chips[status];
}

const chips = {
  New: { word: "Resting", mark: "○", tone: "open" },
  AwaitingConfirmation: { word: "Awaiting yes", mark: "…", tone: "open" },
  PartiallyFilled: { word: "Part filled", mark: "◐", tone: "open" },
  Filled: { word: "Filled", mark: "●", tone: "good" },
  Canceled: { word: "Canceled", mark: "–", tone: "quiet" },
  Rejected: { word: "Rejected", mark: "✕", tone: "bad" },
  Expired: { word: "Expired", mark: "⌛\uFE0E", tone: "quiet" },
} as const;

/** What a listener is told when an order changes. */
export function orderNews(order: OrderJson): string {
  const { side, quantity, symbol, cum_qty, reason } = order;
  const filled = order.status === "PartiallyFilled" ? `, ${cum_qty} of ${quantity}` : "";
  const why = reason === null ? "" : `: ${reason}`;
  return `${side} ${quantity} ${symbol} ${stateChip(order).word.toLowerCase()}${filled}${why}`;
}
