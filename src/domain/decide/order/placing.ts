import { checkOrder, type Admission, type OrderRefusal } from "./order-check.ts";
import { duplicateId } from "../refusal.ts";
import type { Cover } from "../../facts/clearing-terms.ts";
import { findId, saysSameOrder } from "../../state/client-id.ts";
import { isRedrive } from "../../facts/ids.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import { findKeptAnswer, type KeptAnswer } from "../../state/confirmation.ts";
import { block, emit, openAccount, release, repeat, type Decision } from "../decision.ts";
import { useAnswer } from "../negotiation/answering.ts";
import type { OrderFields } from "../../facts/order-fields.ts";
import { holderOf, isNegotiated, type Order } from "../../state/order.ts";
import { coverFor } from "../../facts/terms.ts";
import { squareOffMomentOf } from "./product-check.ts";
import { endUnable } from "./receiving.ts";
import { tradeInBook } from "../clearing/trading.ts";
import { failInvariant, timeMs } from "../../facts/units.ts";

/**
 * Decides a new order: repeated, refused whole, or accepted, and then everything that follows from
 * it in the same step: openings, block, trades, settlement, release.
 */
export function placeOrder(decision: Decision, order: PlaceOrder): void {
  const { participant, clientOrderId, source } = order;
  const { market } = decision;
  const known = clientOrderId === null ? undefined : findId(market, participant, clientOrderId);
  if (known === undefined) {
    const checked = checkOrder(decision, order);
    if ("reason" in checked) rejectOrder(decision, order, checked);
    else enter(decision, order, checked);
  } else if (saysSameOrder(known, order) || isRedrive(clientOrderId, source)) {
    repeat(decision, source, participant, clientOrderId, known.firstSeq);
  } else rejectOrder(decision, order, duplicateId(clientOrderId, known.firstSeq));
}

/** Refuses an order. What it would have met and cannot trade leaves the book all the same. */
export function rejectOrder(decision: Decision, order: PlaceOrder, refusal: OrderRefusal): void {
  const { source } = order;
  const { reason, text, unable = [] } = refusal;
  const fields = fieldsOf(decision, order);
  const orderId = `O-${decision.cause}`;
  emit(decision, { type: "OrderRejected", ...fields, orderId, reason, text, source });
  endUnable(decision, unable);
}

/** Lets an order enter that may, and does all that follows from it in the step. */
export function enter(decision: Decision, command: PlaceOrder, admission: Admission): void {
  const { counterparty, symbol } = command;
  const { participant, client } = holderOf(command);
  const { instrument, fills, unable } = admission;
  const isListed = decision.market.instruments.has(symbol);
  if (!isListed) emit(decision, { type: "InstrumentListed", instrument });
  openAccount(decision, participant, client, symbol);
  endUnable(decision, unable);
  const kept = counterparty === null ? undefined : keptFor(decision, command, counterparty);
  if (counterparty !== null && kept?.kind === "CONFIRM")
    openAccount(decision, counterparty, null, symbol);
  const cover = coverFor(decision.terms, instrument, participant, client);
  const order = accept(decision, command, cover);
  block(decision, order);
  if (kept !== undefined && isNegotiated(order)) {
    useAnswer(decision, order, { ...kept, clientOrderId: null, named: kept.orderId });
    return;
  }
  let savedPaise = 0;
  for (const fill of fills) {
    tradeInBook(decision, order, fill);
    savedPaise += ((order.pricePaise ?? 0) - fill.pricePaise) * fill.quantity;
  }
  // A buy that met better prices blocked more than its trades cost.
  if (order.side === "BUY" && cover === "full" && savedPaise > 0)
    release(decision, order, { asset: "INR", amount: savedPaise });
}

function keptFor(
  decision: Decision,
  command: PlaceOrder,
  counterparty: string,
): KeptAnswer | undefined {
  const { confirmations, clockMs } = decision.market;
  const clientOrderId = command.clientOrderId ?? `A-${decision.cause}`;
  const order = { counterparty, orderId: `O-${decision.cause}`, clientOrderId };
  return findKeptAnswer(confirmations, order, clockMs);
}

function accept(decision: Decision, command: PlaceOrder, cover: Cover): Order {
  const { market, terms } = decision;
  const { source, counterparty } = command;
  const fields = fieldsOf(decision, command);
  const orderId = `O-${decision.cause}`;
  const expiresAtMs =
    command.product === "MIS"
      ? (market.clearing.margins.intraday.squareOffAtMs ?? squareOffMomentOf(decision))
      : counterparty === null
        ? null
        : timeMs(market.clockMs + terms.confirmationWindowMs);
  const accepted = { type: "OrderAccepted" as const, ...fields, orderId, expiresAtMs, source };
  emit(decision, cover === "full" ? accepted : { ...accepted, cover });
  return market.orders.get(orderId) ?? failInvariant(`${orderId} was accepted and is not live`);
}

/** What the order says, with the made id where its sender gave none. */
function fieldsOf(decision: Decision, order: PlaceOrder): OrderFields {
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
