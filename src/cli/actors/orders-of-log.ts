import type { OrderJson } from "../../http/schemas.ts";
import { orderJson } from "../../http/wire.ts";
import {
  newOrderRecords,
  noteOrderEvent,
  type OrderRecord,
} from "../../services/records/order-records.ts";
import type { Context } from "../context.ts";
import type { LogClient } from "../log-client.ts";
import { foldEvents } from "../log-steps.ts";
import { isLive } from "./order-rows.ts";
import type { OrdersOptions } from "./orders.ts";
import { printOrders } from "./print-orders.ts";

/** Every order of the market as of now by our id, oldest first, ended ones too. */
export async function listOrders(logClient: LogClient): Promise<ReadonlyMap<string, OrderRecord>> {
  const orders = newOrderRecords(Infinity);
  await foldEvents(logClient, (event, place) => noteOrderEvent(orders, event, place));
  return orders.byId;
}

/** Orders with this id, ours or their sender's; client ids are only their participants' own. */
export async function ordersNamed(logClient: LogClient, id: string): Promise<OrderJson[]> {
  const orders = await listOrders(logClient);
  const ours = orders.get(id);
  if (ours !== undefined) return [orderJson(ours)];
  return [...orders.values()].filter(({ clientOrderId }) => clientOrderId === id).map(orderJson);
}

/** Prints the orders as the log has them, ended ones as long as it is. Returns the exit code. */
export async function runOrders(
  context: Context,
  { participant, symbol, all = false, limit = Infinity, since = 0 }: OrdersOptions,
): Promise<number> {
  const every = [...(await listOrders(context.logClient)).values()];
  const wanted = every.filter(
    (order) =>
      (participant === undefined || order.participant === participant) &&
      (symbol === undefined || order.symbol === symbol) &&
      order.place.atMs >= since &&
      (all || isLive(order)),
  );
  const rows = wanted.slice(-limit).map(orderJson);
  const isMore = rows.length < wanted.length;
  return printOrders(context, { rows, isMore, hasAny: every.length > 0, isAll: all });
}
