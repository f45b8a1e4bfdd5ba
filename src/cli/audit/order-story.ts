import type { MarketEvent, OrderAccepted, OrderRejected } from "../../domain/facts/event.ts";

/** An order that is told, and the trades it has had so far. */
export type OrderStory = {
  readonly order: OrderAccepted | OrderRejected;
  readonly tradeIds: Set<string>;
};

/** Which order is meant: by our id or its sender's; `participant` null: anybody's. */
export type OrderWanted = { readonly id: string; readonly participant: string | null };

/** The order that the event brings into the log, if it is the one that is meant. */
export function beginStory(
  event: MarketEvent,
  { id, participant }: OrderWanted,
): OrderStory | null {
  if (event.type !== "OrderAccepted" && event.type !== "OrderRejected") return null;
  if (event.orderId !== id && event.clientOrderId !== id) return null;
  if (participant !== null && event.participant !== participant) return null;
  return { order: event, tradeIds: new Set() };
}

/**
 * Whether the event is about the order or a trade of it; a trade that it makes becomes one of its.
 * Requests and answers name an order by our id or its sender's.
 */
export function isAbout({ order, tradeIds }: OrderStory, event: MarketEvent): boolean {
  const { orderId, clientOrderId, participant } = order;
  if (event.type === "TradeExecuted") {
    const isIts = event.buy.orderId === orderId || event.sell.orderId === orderId;
    if (isIts) tradeIds.add(event.tradeId);
    return isIts;
  }
  if (event.type === "JournalPosted")
    return event.journal.reference === orderId || tradeIds.has(event.journal.reference);
  if (event.type === "RequestRejected")
    return event.orderId === orderId || event.orderId === clientOrderId;
  if (event.type === "Repeated")
    return event.participant === participant && event.clientOrderId === clientOrderId;
  return (
    ("orderId" in event && event.orderId === orderId) ||
    ("tradeId" in event && typeof event.tradeId === "string" && tradeIds.has(event.tradeId))
  );
}
