import type { MarketEvent } from "../domain/event.ts";
import { declinedReason } from "../protocol/execution-message.ts";
import type { Door } from "./door.ts";
import { foldSteps } from "./log-steps.ts";

/** An order as its log tells it. Shares, and paise per share. */
export type ListedOrder = {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly participant: string;
  readonly client: string | null;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  /** Null: unpriced, or a refused order's price that was none. */
  readonly pricePaise: number | null;
  readonly counterparty: string | null;
  filledQuantity: number;
  status: OrderStatus;
  reason: string | null;
};

/** Where an order stands (FIX 39's words, and one of ours). */
export type OrderStatus =
  | "New"
  | "AwaitingConfirmation"
  | "PartiallyFilled"
  | "Filled"
  | "Canceled"
  | "Expired"
  | "Rejected";

/** Orders by our id, oldest first. */
export type OrderList = Map<string, ListedOrder>;

/** Every order of the market as of now. */
export async function listOrders(door: Door): Promise<OrderList> {
  const orders: OrderList = new Map();
  await foldSteps(door, ({ step }) => {
    for (const event of step.events) noteEvent(orders, event);
  });
  return orders;
}

/** True while the order can still trade. */
export function isLive({ status }: ListedOrder): boolean {
  return status === "New" || status === "AwaitingConfirmation" || status === "PartiallyFilled";
}

/** Orders with this id, ours or their sender's; client ids are only their participants' own. */
export function findOrders(orders: OrderList, id: string): ListedOrder[] {
  const ours = orders.get(id);
  if (ours !== undefined) return [ours];
  return [...orders.values()].filter(({ clientOrderId }) => clientOrderId === id);
}

/** Changes the list by one event of the log. */
export function noteEvent(orders: OrderList, event: MarketEvent): void {
  switch (event.type) {
    case "OrderAccepted":
      return note(
        orders,
        event,
        event.counterparty === null ? "New" : "AwaitingConfirmation",
        null,
      );
    case "OrderRejected":
      return note(orders, event, "Rejected", event.reason);
    case "TradeExecuted":
      return [event.buy, event.sell].forEach(({ orderId, cumQuantity, leavesQuantity }) => {
        const order = orderId === null ? undefined : orders.get(orderId);
        if (order === undefined) return;
        order.filledQuantity = cumQuantity;
        order.status = leavesQuantity === 0 ? "Filled" : "PartiallyFilled";
      });
    case "OrderCanceled":
      return end(orders, event.orderId, "Canceled", null);
    case "OrderExpired":
      return end(orders, event.orderId, "Expired", null);
    case "OrderDeclined":
      return end(orders, event.orderId, "Rejected", event.reason ?? declinedReason);
    case "InstrumentListed":
    case "JournalPosted":
    case "TradeSettled":
    case "AnswerKept":
    case "AnswerAccepted":
    case "RequestRejected":
    case "Repeated":
    case "DeadLettered":
    case "InputsMissingNoted":
      return;
  }
}

function note(
  orders: OrderList,
  event: Extract<MarketEvent, { readonly type: "OrderAccepted" | "OrderRejected" }>,
  status: OrderStatus,
  reason: string | null,
): void {
  const { orderId, clientOrderId, participant, client, symbol, side } = event;
  const { quantity, pricePaise, counterparty } = event;
  orders.set(orderId, {
    orderId,
    clientOrderId,
    participant,
    client,
    symbol,
    side,
    quantity,
    pricePaise,
    counterparty,
    filledQuantity: 0,
    status,
    reason,
  });
}

function end(orders: OrderList, orderId: string, status: OrderStatus, reason: string | null): void {
  const order = orders.get(orderId);
  if (order === undefined) return;
  order.status = status;
  order.reason = reason;
}
