import type { OrderJson } from "../../http/schemas.ts";
import { firstRows, moreNote, shownDefault } from "../client/pages.ts";
import type { MarketContext } from "../client/market-context.ts";
import { exitCode } from "../output.ts";
import { printTable } from "../table.ts";
import { orderColumns, orderJson, orderRow } from "./order-rows.ts";
import type { OrdersOptions } from "./orders.ts";

/** Prints the orders that the running market has, the newest last. Returns the exit code. */
export async function runOrders(context: MarketContext, options: OrdersOptions): Promise<number> {
  const { participant, symbol, all = false, limit = shownDefault, since } = options;
  const { market, output } = context;
  const query = { status: all ? "all" : "open", symbol, since_ms: since };
  const asked = { participant, query };
  const found = await firstRows<OrderJson>(market, "/v1/orders", "orders", limit, asked);
  const rows = found.rows.map(orderRow).toReversed();
  printTable(context, orderColumns, rows, orderJson);
  if (found.isMore) output.note(moreNote(rows.length, "orders"));
  if (rows.length > 0) return exitCode.done;
  const any = await market.get<{ orders: unknown[] }>("/v1/orders", { query: { limit: 1 } });
  if (any.orders.length === 0)
    output.note("no orders yet: npx sauda broker 100,SBI,985 places one");
  else output.note("no such order lives: --all shows also those that ended");
  return exitCode.done;
}
