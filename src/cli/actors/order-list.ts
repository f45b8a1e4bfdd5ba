import { newOrderRecords, noteOrderEvent } from "../../services/records/order-records.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { placeOf } from "../../services/step-place.ts";
import type { Door } from "../door.ts";
import { foldSteps } from "../log-steps.ts";

/** Orders by our id, oldest first. */
type OrderList = ReadonlyMap<string, OrderRecord>;

/** Every order of the market as of now, ended ones too. */
export async function listOrders(door: Door): Promise<OrderList> {
  const orders = newOrderRecords(Infinity);
  await foldSteps(door, ({ shard, seq, step, logOffset }) => {
    const place = placeOf(step, shard, seq, logOffset);
    for (const event of step.events) noteOrderEvent(orders, event, place);
  });
  return orders.byId;
}

/** Orders with this id, ours or their sender's; client ids are only their participants' own. */
export function findOrders(orders: OrderList, id: string): OrderRecord[] {
  const ours = orders.get(id);
  if (ours !== undefined) return [ours];
  return [...orders.values()].filter(({ clientOrderId }) => clientOrderId === id);
}
