import type { PlaceOrder } from "../../domain/facts/command.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import type { OrderFields, Product } from "../../domain/facts/order-fields.ts";

/*
 * What the log's bytes leave out of an order: that it is CNC, and of an event that there is
 * no custodian. JSON has no undefined, so such a field is not written and the others keep
 * their places.
 */

const usualProduct: Product = "CNC";

/** The command as its bytes say it. */
export function writtenOrder(order: PlaceOrder): object {
  return order.product === usualProduct ? { ...order, product: undefined } : order;
}

/** The event as its bytes say it. */
export function writtenEvent(event: MarketEvent): object {
  if (!isOrder(event)) return event;
  const product = event.product === usualProduct ? undefined : event.product;
  return { ...event, custodian: event.custodian ?? undefined, product };
}

/** The step as text for people and programs that read JSON: a log of format 1 said it so. */
export function stepText(step: Step): string {
  return JSON.stringify({ ...step, events: step.events.map(writtenEvent) });
}

/** Gives the orders of a step that was read what its bytes left out. Changes them. */
export function completeOrders({ events }: Step): void {
  for (const event of events) {
    if (!isOrder(event)) continue;
    const order: { -readonly [Field in keyof OrderFields]?: OrderFields[Field] } = event;
    order.custodian ??= null;
    order.product ??= usualProduct;
  }
}

function isOrder(event: MarketEvent): event is Extract<MarketEvent, OrderFields> {
  return event.type === "OrderAccepted" || event.type === "OrderRejected";
}
