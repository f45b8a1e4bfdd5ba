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
import { recordsOfLog } from "../state-of-log.ts";
import { isLive } from "./order-rows.ts";
import type { OrdersOptions } from "./orders.ts";
import { printOrders } from "./print-orders.ts";

/** Orders of a market, oldest first; and whether any ever came. */
type FoundOrders = { readonly orders: readonly OrderRecord[]; readonly hasAny: boolean };

/** Orders that live and the newest that have ended. */
export async function keptOrders(logClient: LogClient): Promise<FoundOrders> {
  const all = (await recordsOfLog(logClient)).map(({ orders }) => orders);
  const orders = all.flatMap(({ byId }) => [...byId.values()]);
  return { orders, hasAny: all.some(({ came }) => came > 0) };
}

/** Every order of the market as of now by our id, oldest first, ended ones too: the whole log. */
async function listOrders(logClient: LogClient): Promise<ReadonlyMap<string, OrderRecord>> {
  const orders = newOrderRecords(Infinity);
  await foldEvents(logClient, (event, place) => noteOrderEvent(orders, event, place));
  return orders.byId;
}

/**
 * Orders with this id, ours or their sender's; client ids are only their participants' own. The
 * whole log is read where one that ended long ago may have it too.
 */
export async function ordersNamed(logClient: LogClient, id: string): Promise<OrderJson[]> {
  const kept = (await recordsOfLog(logClient)).map(({ orders }) => orders);
  for (const { byId } of kept) {
    const ours = byId.get(id);
    if (ours !== undefined) return [orderJson(ours)];
  }
  const isAll = kept.every(({ forgotten }) => forgotten.size === 0);
  const byId = kept.flatMap((each) => [...each.byId]);
  const orders = isAll ? new Map(byId) : await listOrders(logClient);
  const ended = orders.get(id);
  if (ended !== undefined) return [orderJson(ended)];
  return [...orders.values()].filter(({ clientOrderId }) => clientOrderId === id).map(orderJson);
}

async function allOrders(logClient: LogClient): Promise<FoundOrders> {
  const orders = [...(await listOrders(logClient)).values()];
  return { orders, hasAny: orders.length > 0 };
}

/** Prints the orders as the log has them, ended ones of the whole log. Returns the exit code. */
export async function runOrders(
  context: Context,
  { participant, symbol, all = false, limit = Infinity, since = 0 }: OrdersOptions,
): Promise<number> {
  const { logClient } = context;
  const { orders, hasAny } = await (all ? allOrders(logClient) : keptOrders(logClient));
  const wanted = orders.filter(
    (order) =>
      (participant === undefined || order.participant === participant) &&
      (symbol === undefined || order.symbol === symbol) &&
      order.place.atMs >= since &&
      (all || isLive(order)),
  );
  const rows = wanted.slice(-limit).map(orderJson);
  const isMore = rows.length < wanted.length;
  return printOrders(context, { rows, isMore, hasAny, isAll: all });
}
