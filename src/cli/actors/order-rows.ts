import { accountKey } from "../../domain/facts/account.ts";
import type { OrderFields } from "../../domain/facts/order-fields.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { OrderJson } from "../../http/schemas.ts";
import type { JsonName } from "../../protocol/order-fields.ts";
import type { Column } from "../table.ts";

/** An order's line in a list. */
export const orderColumns: readonly Column<OrderJson>[] = [
  { name: "ORDER", cell: ({ order_id: id }) => id },
  { name: "CLIENT ID", cell: ({ client_order_id: id }) => id },
  { name: "PARTICIPANT", cell: ({ participant, client }) => accountKey(participant, client) },
  { name: "SIDE", cell: ({ side }) => side },
  { name: "QUANTITY", align: "right", cell: ({ quantity }) => groupedWhole(quantity) },
  { name: "FILLED", align: "right", cell: ({ cum_qty: filled }) => groupedWhole(filled) },
  { name: "SYMBOL", cell: ({ symbol }) => symbol },
  {
    name: "PRICE Rs",
    align: "right",
    cell: ({ price_paise: paise }) => (paise === null ? "-" : groupedRupees(paise)),
  },
  {
    name: "STATUS",
    cell: ({ status, reason }) => (reason === null ? status : `${status} ${reason}`),
  },
  { name: "COUNTERPARTY", cell: ({ counterparty }) => counterparty ?? "" },
];

/** A field of an order that a list shows to programs. */
type ShownField =
  | JsonName<Exclude<keyof OrderFields, "symbolAsSent" | "unfit">>
  | "order_id"
  | "filled_quantity"
  | "status"
  | "reason";

/** The same for programs. */
export function shownOrder(order: OrderJson): Record<ShownField, unknown> {
  const { order_id, client_order_id, participant, client, symbol, side, quantity } = order;
  const { price_paise, counterparty, custodian, product, status, reason } = order;
  const ids = { order_id, client_order_id, participant, client };
  const deal = { symbol, side, quantity, filled_quantity: order.cum_qty, price_paise };
  return { ...ids, ...deal, counterparty, custodian, product, status, reason };
}

/** True while the order can still trade. */
export function isLive({ status }: Pick<OrderJson, "status">): boolean {
  return status === "New" || status === "AwaitingConfirmation" || status === "PartiallyFilled";
}
