import type { OrderJson } from "../../http/schemas.ts";
import type { MarketContext } from "../client/market-context.ts";
import { firstRows, shownDefault } from "../client/pages.ts";
import type { OrdersOptions } from "./orders.ts";
import { printOrders } from "./print-orders.ts";

/** Prints the orders that the running market has, the newest last. Returns the exit code. */
export async function runOrders(
  context: MarketContext,
  { participant, symbol, all = false, limit = shownDefault, since }: OrdersOptions,
): Promise<number> {
  const find = (limit: number, asked: object) =>
    firstRows<OrderJson>(context.market, "/v1/orders", "orders", limit, asked);
  const query = { status: all ? "all" : "open", symbol, since_ms: since };
  const { rows, isMore } = await find(limit, { participant, query });
  const hasAny = rows.length > 0 || (await find(1, {})).rows.length > 0;
  return printOrders(context, { rows: rows.toReversed(), isMore, hasAny, isAll: all });
}
