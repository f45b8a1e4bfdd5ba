import { cancelAllText, type CancelAll } from "../../facts/clearing-command.ts";
import { passesClearing } from "../clearing-request.ts";
import { emit, type Decision } from "../decision.ts";
import { endOrder, endedFields } from "../ending.ts";
import { ordersMeant } from "../../state/live-orders.ts";
import { failInvariant } from "../../facts/units.ts";

/**
 * Most orders that one part of a cancel-all takes out: with the longest names and ids, and a margin
 * for each, they still fit into 1 MiB (rule R10).
 */
export const cancelsMax = 250;

/** Decides a cancel-all: refused, or its first part done. */
export function cancelAll(decision: Decision, command: CancelAll): void {
  const { participant, clientOrderId, client, symbol, source } = command;
  const scope = { participant, clientOrderId, client, symbol };
  const request = { request: "CancelAll" as const, said: cancelAllText(command), source };
  if (!passesClearing(decision, { ...request, participant, clientOrderId, client })) return;
  const orders = ordersMeant(decision.market, scope).length;
  emit(decision, { type: "CancelAllBegun", ...scope, orders });
  goOnCancelling(decision, command);
}

/** Does the next part of a cancel-all; the last one says that it is done. */
export function goOnCancelling(decision: Decision, { clientOrderId, source }: CancelAll): void {
  const work = decision.market.cancelAll ?? failInvariant("no cancel-all has parts to come");
  const { scope, orders, canceled } = work;
  for (const order of orders.slice(canceled, canceled + cancelsMax)) {
    const ended = { ...endedFields(order), requestId: clientOrderId, source: null };
    endOrder(decision, order, { type: "OrderCanceled", ...ended });
  }
  if (work.canceled < orders.length) return;
  const done = { canceled: work.canceled, orders: orders.length, source };
  emit(decision, { type: "CancelAllDone", ...scope, ...done });
}
