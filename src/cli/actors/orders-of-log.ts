import { listOrders } from "./order-list.ts";
import { isLive, orderColumns, orderJson } from "./order-rows.ts";
import type { OrdersOptions } from "./orders.ts";
import { exitCode } from "../output.ts";
import type { Context } from "../context.ts";
import { printTable } from "../table.ts";

/** Prints the orders as the log has them, ended ones as long as it is. Returns the exit code. */
export async function runOrders(context: Context, options: OrdersOptions): Promise<number> {
  const { participant, symbol, all = false, limit, since } = options;
  const every = [...(await listOrders(context.door)).values()];
  const wanted = every.filter(
    (order) =>
      (participant === undefined || order.participant === participant) &&
      (symbol === undefined || order.symbol === symbol) &&
      (since === undefined || order.place.atMs >= since) &&
      (all || isLive(order)),
  );
  const shown = limit === undefined ? wanted : wanted.slice(-limit);
  printTable(context, orderColumns, shown, orderJson);
  if (wanted.length > 0) return exitCode.done;
  if (every.length === 0)
    context.output.note("no orders yet: npx sauda broker 100,SBI,985 places one");
  else context.output.note("no such order lives: --all shows also those that ended");
  return exitCode.done;
}
