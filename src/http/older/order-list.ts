import { newestFirst } from "../../services/records/arrivals.ts";
import type { ToldOrder } from "../../services/books/older-records.ts";
import { commandOffsetOf } from "../../services/records/forgotten.ts";
import {
  findOrderRecord,
  findOrdersNamed,
  newestOrders,
} from "../../services/records/order-records.ts";
import type { Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, type Page } from "../page.ts";
import { noOrder, notKept } from "../routes/not-kept.ts";
import { Problem } from "../problem.ts";
import type { OrderJson } from "../schemas.ts";
import { orderJson } from "../wire.ts";
import { booksAsker, booksOf, olderOrder, ourOrderId, type BooksAsker } from "./asked-books.ts";
import { olderPage, type OlderList, type PageQuery } from "./older-page.ts";

/** Which orders are meant. */
type OrdersQuery = PageQuery & {
  readonly status: "open" | "ended" | "all";
  readonly symbol?: string | undefined;
  readonly id?: string | undefined;
};

/** A page of the orders that the caller may see, newest first, the older ones from the books. */
export async function orderPage(
  parts: DoorParts,
  caller: Caller,
  query: OrdersQuery,
): Promise<Page<"orders", OrderJson>> {
  const asker = booksAsker(caller);
  const { status, symbol, id } = query;
  const fits = (order: ToldOrder): boolean =>
    (status === "all" || (status === "ended") === (order.leavesQuantity === 0)) &&
    (symbol === undefined || order.symbol === symbol);
  if (id !== undefined) return ordersNamed(parts, asker, { ...query, id }, fits);
  return olderPage(parts, asker, listOf(parts, asker, query, fits), query);
}

/** What is meant by an id: ours, also of an order of the books, or its sender's, of one kept. */
async function ordersNamed(
  parts: DoorParts,
  asker: BooksAsker,
  query: OrdersQuery & { readonly id: string },
  fits: (order: ToldOrder) => boolean,
): Promise<Page<"orders", OrderJson>> {
  const { id, since_ms: sinceMs = 0, until_ms: untilMs = Infinity } = query;
  const kept = ordersKept(parts, asker, id);
  const older = kept.length === 0 ? await olderOrder(parts, asker, id) : null;
  const found = [...kept, ...(older === null ? [] : [older])].filter(
    (order) => fits(order) && order.place.atMs >= sinceMs && order.place.atMs < untilMs,
  );
  return pageOf("orders", found, query, { idOf, rowOf: orderJson });
}

function ordersKept({ gateway }: DoorParts, { participant }: BooksAsker, id: string): ToldOrder[] {
  const { orders } = gateway.records;
  if (participant === null) return findOrdersNamed(orders, id);
  return [findOrderRecord(orders, participant, id) ?? []].flat();
}

function listOf(
  { gateway }: DoorParts,
  { participant }: BooksAsker,
  { status, symbol, after }: OrdersQuery,
  fits: (order: ToldOrder) => boolean,
): OlderList<"orders", ToldOrder, OrderJson> {
  const { orders } = gateway.records;
  // The last one of the page before may have ended since: it is looked for among all.
  const which = status === "open" && after === undefined ? "living" : "all";
  const byOwner = which === "living" ? orders.livingOf : orders.ofParticipant;
  return {
    name: "orders",
    kept: () =>
      participant === null
        ? newestOrders(orders, which)
        : newestFirst(byOwner.get(participant), orders.byId.get(after ?? "")),
    keptOne: (id) => {
      const order = orders.byId.get(id);
      return participant === null || order?.participant === participant ? order : undefined;
    },
    // All that live are kept.
    forgotten: status === "open" ? new Map() : orders.forgotten,
    ours: ourOrderId,
    idOf,
    keyOf: ({ place }) => ({ seq: place.seq, number: 0 }),
    placeOf: ({ place }) => place,
    rowOf: orderJson,
    fits,
    isSieved: symbol !== undefined,
    read: (records, asked) => records.orders(asked),
    find: async (records, asker, id) => {
      const value = await records.order(asker, commandOffsetOf(id));
      return value === null ? null : { value, index: 0 };
    },
  };
}

function idOf({ orderId }: ToldOrder): string {
  return orderId;
}

/**
 * The order that the caller means, kept or of the books. Another participant's is as unknown as one
 * that never was; operations may name one of anybody, where only one has the id. Throws `Problem`.
 */
export async function seenOrder(parts: DoorParts, caller: Caller, id: string): Promise<ToldOrder> {
  const asker = booksAsker(caller);
  const [order, other] = ordersKept(parts, asker, id);
  if (other !== undefined) {
    const detail = `id ${id}: several members have such an order; name one in sauda-participant`;
    throw new Problem(409, "SEVERAL_ORDERS", detail, { field: "id" });
  }
  const found = order ?? (await olderOrder(parts, asker, id));
  if (found !== null) return found;
  const what =
    asker.participant === null ? "no such order" : `${asker.participant} has no such order`;
  const books = booksOf(parts) === null ? "none" : "asked";
  throw notKept(parts.gateway.records.orders, id, { ...noOrder(what), books });
}
