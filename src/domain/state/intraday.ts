import { getOrMake } from "../facts/get-or-make.ts";
import type { Holder } from "../facts/account.ts";
import { holderOf, type Order } from "./order.ts";
import type { Ticker, TimeMs } from "../facts/units.ts";

/**
 * What an account bought (above zero) or sold of a symbol by MIS orders and has not turned
 * round yet.
 */
export type IntradayPosition = Holder & { readonly symbol: Ticker; shares: number };

/** What is to be squared off at the day's cut-off. */
export type Intraday = {
  /** The cut-off; null while there is nothing to square off. */
  squareOffAtMs: TimeMs | null;
  /** Ids of the MIS orders in the books, oldest first. */
  readonly orders: Set<string>;
  /**
   * By account and symbol, oldest first. They leave when they are back to nothing, or squared off.
   */
  readonly positions: Map<string, IntradayPosition>;
};

/** Nothing to square off. */
export function noIntraday(): Intraday {
  return { squareOffAtMs: null, orders: new Set(), positions: new Map() };
}

/** Notes an MIS order that entered; it lives until the cut-off. */
export function noteIntradayOrder(intraday: Intraday, order: Order): void {
  intraday.orders.add(order.orderId);
  intraday.squareOffAtMs ??= order.expiresAtMs;
}

/** Notes that shares of an MIS order traded. */
export function noteIntradayFill(intraday: Intraday, order: Order, quantity: number): void {
  const { account, symbol, side } = order;
  const key = positionKey(account, symbol);
  const { participant, client } = holderOf(order);
  const nothing = { participant, client, symbol, shares: 0 };
  const position = getOrMake(intraday.positions, key, () => nothing);
  position.shares += side === "BUY" ? quantity : 0 - quantity;
  if (position.shares === 0) intraday.positions.delete(key);
}

/** Notes that an MIS order has ended. */
export function dropIntradayOrder(intraday: Intraday, { orderId }: Order): void {
  intraday.orders.delete(orderId);
  endIfDone(intraday);
}

/** Notes that a position was squared off; what is left of it is delivered. */
export function dropIntradayPosition(intraday: Intraday, account: string, symbol: Ticker): void {
  intraday.positions.delete(positionKey(account, symbol));
  endIfDone(intraday);
}

function endIfDone(intraday: Intraday): void {
  if (intraday.orders.size === 0 && intraday.positions.size === 0) intraday.squareOffAtMs = null;
}

function positionKey(account: string, symbol: Ticker): string {
  return `${account} ${symbol}`;
}
