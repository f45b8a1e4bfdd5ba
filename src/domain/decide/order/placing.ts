import { checkOrder, type Admission } from "./order-check.ts";
import { duplicateId, type Refusal } from "../refusal.ts";
import { findId, saysSameOrder } from "../../state/client-id.ts";
import { isRedrive } from "../../facts/ids.ts";
import type { PlaceOrder } from "../../facts/command.ts";
import { findKeptAnswer, type KeptAnswer } from "../../state/confirmation.ts";
import { emit, openAccount, repeat, type Decision } from "../decision.ts";
import { useAnswer } from "../negotiation/answering.ts";
import { holderOf, isNegotiated, type Order } from "../../state/order.ts";
import { coverFor } from "../../facts/terms.ts";
import { accept, fieldsOf, orderIdOf, takeFills } from "./accepting.ts";
import { endUnable } from "./receiving.ts";
import { beginSweep, isSweep } from "./sweeping.ts";

/**
 * Decides a new order: repeated, refused whole, or accepted, and then everything that follows from
 * it in the same step: openings, block, trades, settlement, release. A long one goes on in
 * further parts.
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

/** Refuses an order. */
export function rejectOrder(decision: Decision, order: PlaceOrder, refusal: Refusal): void {
  const { source } = order;
  const { reason, text } = refusal;
  const fields = fieldsOf(decision, order);
  const orderId = orderIdOf(decision);
  emit(decision, { type: "OrderRejected", ...fields, orderId, reason, text, source });
}

/**
 * Lets an order enter that may, and does all that follows from it in the step. Returns the order as
 * it is then; null where parts are still to come.
 */
export function enter(decision: Decision, command: PlaceOrder, admission: Admission): Order | null {
  if (isSweep(decision, admission)) return beginSweep(decision, command, admission);
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
  if (kept !== undefined && isNegotiated(order))
    useAnswer(decision, order, { ...kept, clientOrderId: null, named: kept.orderId });
  else takeFills(decision, order, fills);
  return order;
}

function keptFor(
  decision: Decision,
  command: PlaceOrder,
  counterparty: string,
): KeptAnswer | undefined {
  const { confirmations, clockMs } = decision.market;
  const clientOrderId = command.clientOrderId ?? `A-${decision.cause}`;
  const order = { counterparty, orderId: orderIdOf(decision), clientOrderId };
  return findKeptAnswer(confirmations, order, clockMs);
}
