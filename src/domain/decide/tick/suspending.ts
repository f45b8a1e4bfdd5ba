import { emit, type Decision } from "../decision.ts";
import { expireOrder } from "../ending.ts";
import { liveOrders } from "../../state/live-orders.ts";
import { isNegotiated } from "../../state/order.ts";
import type { Participant } from "../../facts/units.ts";

/**
 * Takes the orders of a suspended member out of the market, at most so many; the last time says so.
 */
export function withdrawOrders(decision: Decision, participant: Participant, most: number): void {
  const orders = liveOrders(
    decision.market,
    (order) =>
      order.participant === participant ||
      (isNegotiated(order) && order.counterparty === participant),
  );
  for (const order of orders.slice(0, most)) expireOrder(decision, order);
  if (orders.length <= most) emit(decision, { type: "SuspensionDone", participant });
}
