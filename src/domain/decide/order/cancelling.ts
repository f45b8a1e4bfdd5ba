import { shown, unknownOrder, type Refusal } from "../refusal.ts";
import { findId, ourOrderId } from "../../state/client-id.ts";
import type { CancelOrder, ModifyOrder } from "../../facts/command.ts";
import type { Decision } from "../decision.ts";
import { findEndedOrder } from "../../state/ended.ts";
import { isOverdue, type Order } from "../../state/order.ts";
import { endOrder, endedFields } from "../ending.ts";
import { passes, refuseRequest, type Request } from "../request.ts";
import type { Market } from "../../state/market-state.ts";

/** Takes what is left of an order out of the market for its owner, and gives back its block. */
export function cancelOrder(decision: Decision, command: CancelOrder): void {
  const request = requestOf(command);
  if (!passes(decision, request)) return;
  const found = findCancelable(decision.market, command);
  if ("reason" in found) return refuseRequest(decision, request, found);
  const { clientOrderId: requestId, source } = command;
  const ended = { ...endedFields(found), requestId, source };
  endOrder(decision, found, { type: "OrderCanceled", ...ended });
}

/** Refuses a change to an order: not built yet. */
export function modifyOrder(decision: Decision, command: ModifyOrder): void {
  passes(decision, requestOf(command));
}

/** What is told of a cancel or a modify where it is refused. */
export function requestOf(command: CancelOrder | ModifyOrder): Request {
  const { participant, clientOrderId, symbol, source } = command;
  return {
    request: command.type === "CancelOrder" ? "Cancel" : "Modify",
    participant,
    clientOrderId,
    orderId: command.origClientOrderId,
    symbol,
    source,
  };
}

function findCancelable(market: Market, command: CancelOrder): Order | Refusal {
  const { participant, origClientOrderId, symbol } = command;
  const orderId = findOwnOrderId(market, participant, origClientOrderId);
  const order = market.orders.get(orderId);
  const ended = order === undefined ? findEndedOrder(market.remembered, orderId) : undefined;
  const owner = order?.participant ?? ended?.participant;
  const name = `order ${shown(origClientOrderId)}`;
  if ((order ?? ended?.content)?.symbol !== symbol)
    return unknownOrder(market, `${name} is no order in ${shown(symbol)}`);
  // First: what became of it is nobody else's to know.
  if (owner !== participant)
    return { reason: "NOT_YOUR_ORDER", text: `${name} is another participant's order` };
  if (order === undefined || isOverdue(order, market.clockMs)) {
    const end = ended?.end ?? "expired";
    return { reason: "ORDER_CLOSED", text: `${name} is ${end}; there is nothing left to cancel` };
  }
  return order;
}

/**
 * Our id of the order meant: a client id is its participant's own, ours and made ones
 * are everybody's.
 */
function findOwnOrderId(market: Market, participant: string, named: string): string {
  const ours = ourOrderId(named);
  if (ours !== null) return ours;
  const known = findId(market, participant, named);
  return known?.type === "Order" ? (known.orderId ?? "") : "";
}
