import { isClearingEvent } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { GatewayStep } from "../../services/gateway.ts";
import type { OrderRecord, OrderRecords } from "../../services/records/order-records.ts";
import type { ApiKey } from "../keys.ts";
import type { InstrumentTokens } from "./instrument-tokens.ts";
import { kiteOrder } from "./order-json.ts";
import { kiteChecksum } from "./session-token.ts";

/** The members' own orders that a step changed, as they are after it. */
export function changedOrders(records: OrderRecords, { step }: GatewayStep): OrderRecord[] {
  const ids = new Set(step.events.flatMap(orderIdsIn));
  return [...ids].flatMap((id) => {
    const order = records.byId.get(id);
    return order === undefined || order.client !== null ? [] : [order];
  });
}

/**
 * What a change is told as, on the ticker and by postback. Source of the fields and of the
 * checksum: Kite Connect v3, "Postbacks". The API secret is the key's digest: nothing else of the
 * secret is kept.
 */
export function orderNews(order: OrderRecord, tokens: InstrumentTokens, key: ApiKey): object {
  const message = kiteOrder(order, tokens);
  const status = order.status === "PartiallyFilled" ? "UPDATE" : message.status;
  const checksum = kiteChecksum(message.order_id, message.order_timestamp, key.secretDigest);
  return {
    user_id: order.participant,
    app_id: 0,
    checksum,
    unfilled_quantity: order.leavesQuantity,
    ...message,
    status,
  };
}

function orderIdsIn(event: MarketEvent): string[] {
  if (isClearingEvent(event)) return [];
  switch (event.type) {
    case "OrderAccepted":
    case "OrderRejected":
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
      return [event.orderId];
    case "TradeExecuted":
      return [event.buy.orderId, event.sell.orderId].filter((id) => id !== null);
    case "CancelAllBegun":
    case "CancelAllDone":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerAccepted":
    case "AnswerKept":
    case "DeadLettered":
    case "InputsMissingNoted":
    case "InstrumentListed":
    case "JournalPosted":
    case "Repeated":
    case "RequestRejected":
    case "TradeSettled":
    case "Trying":
    case "Quarantined":
    case "HaltLifted":
      return [];
  }
}
