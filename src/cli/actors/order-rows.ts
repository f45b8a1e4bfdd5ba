import { accountKey } from "../../domain/facts/account.ts";
import type { OrderFields } from "../../domain/facts/order-fields.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { OrderJson } from "../../http/schemas.ts";
import type { JsonName } from "../../protocol/order-fields.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import type { Column } from "../table.ts";

/** An order as a list shows it, of the gateway or of the log. */
export type OrderRow = Omit<OrderFields, "symbolAsSent" | "unfit"> &
  Pick<OrderRecord, "orderId" | "clientOrderId" | "cumQuantity" | "status" | "reason">;

/** An order's line in a list. */
export const orderColumns: readonly Column<OrderRow>[] = [
  { name: "ORDER", cell: ({ orderId }) => orderId },
  { name: "CLIENT ID", cell: ({ clientOrderId }) => clientOrderId },
  { name: "PARTICIPANT", cell: ({ participant, client }) => accountKey(participant, client) },
  { name: "SIDE", cell: ({ side }) => side },
  { name: "QUANTITY", align: "right", cell: ({ quantity }) => groupedWhole(quantity) },
  { name: "FILLED", align: "right", cell: ({ cumQuantity }) => groupedWhole(cumQuantity) },
  { name: "SYMBOL", cell: ({ symbol }) => symbol },
  {
    name: "PRICE Rs",
    align: "right",
    cell: ({ pricePaise }) => (pricePaise === null ? "-" : groupedRupees(pricePaise)),
  },
  {
    name: "STATUS",
    cell: ({ status, reason }) => (reason === null ? status : `${status} ${reason}`),
  },
  { name: "COUNTERPARTY", cell: ({ counterparty }) => counterparty ?? "" },
];

/** The order as the gateway says it. */
export function orderRow(order: OrderJson): OrderRow {
  return {
    orderId: order.order_id,
    clientOrderId: order.client_order_id,
    participant: order.participant,
    client: order.client,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    cumQuantity: order.cum_qty,
    pricePaise: order.price_paise,
    counterparty: order.counterparty,
    custodian: order.custodian,
    product: order.product,
    status: order.status,
    reason: order.reason,
  };
}

/** The same for programs. */
export function orderJson(
  order: OrderRow,
): Record<JsonName<Exclude<keyof OrderRow, "cumQuantity">> | "filled_quantity", unknown> {
  return {
    order_id: order.orderId,
    client_order_id: order.clientOrderId,
    participant: order.participant,
    client: order.client,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    filled_quantity: order.cumQuantity,
    price_paise: order.pricePaise,
    counterparty: order.counterparty,
    custodian: order.custodian,
    product: order.product,
    status: order.status,
    reason: order.reason,
  };
}

/** True while the order can still trade. */
export function isLive({ status }: OrderRow): boolean {
  return status === "New" || status === "AwaitingConfirmation" || status === "PartiallyFilled";
}
