import type { Cover } from "../../facts/clearing-terms.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import type { OrderFields } from "../../facts/order-fields.ts";
import { failInvariant, timeMs } from "../../facts/units.ts";
import type { Fill } from "../../state/book.ts";
import type { Order } from "../../state/order.ts";
import { tradeInBook } from "../clearing/trading.ts";
import { block, emit, release, type Decision } from "../decision.ts";
import { squareOffMomentOf } from "./product-check.ts";

/** Says that an order is in the market, and blocks what it may cost. Its accounts are open. */
export function accept(decision: Decision, command: PlaceOrder, cover: Cover): Order {
  const { market, terms } = decision;
  const { source, counterparty } = command;
  const fields = fieldsOf(decision, command);
  const orderId = orderIdOf(decision);
  const expiresAtMs =
    command.product === "MIS"
      ? (market.clearing.margins.intraday.squareOffAtMs ?? squareOffMomentOf(decision))
      : counterparty === null
        ? null
        : timeMs(market.clockMs + terms.confirmationWindowMs);
  const accepted = { type: "OrderAccepted" as const, ...fields, orderId, expiresAtMs, source };
  emit(decision, cover === "full" ? accepted : { ...accepted, cover });
  const order = market.orders.get(orderId);
  if (order === undefined) return failInvariant(`${orderId} was accepted and is not live`);
  block(decision, order);
  return order;
}

/**
 * Trades an order with what it meets, and gives back what a buy blocked above the prices of
 * these trades.
 */
export function takeFills(decision: Decision, order: Order, fills: readonly Fill[]): void {
  let savedPaise = 0;
  for (const fill of fills) {
    tradeInBook(decision, order, fill);
    savedPaise += ((order.pricePaise ?? 0) - fill.pricePaise) * fill.quantity;
  }
  if (order.side === "BUY" && order.cover === "full" && savedPaise > 0)
    release(decision, order, { asset: "INR", amount: savedPaise });
}

/** What the order says, with the made id where its sender gave none. */
export function fieldsOf(decision: Decision, order: PlaceOrder): OrderFields {
  return {
    participant: order.participant,
    client: order.client,
    clientOrderId: order.clientOrderId ?? `A-${decision.cause}`,
    symbol: order.symbol,
    symbolAsSent: order.symbolAsSent,
    side: order.side,
    quantity: order.quantity,
    pricePaise: order.pricePaise,
    counterparty: order.counterparty,
    unfit: order.unfit,
    custodian: order.custodian,
    product: order.product,
  };
}

/** Ours, of the command's order. */
export function orderIdOf({ cause }: Decision): string {
  return `O-${cause}`;
}
