import { accountKey } from "../facts/account.ts";
import { postJournal } from "./balances.ts";
import { sideName } from "../facts/affirmation.ts";
import type { AffirmationAnswered } from "../facts/affirmation-event.ts";
import { rest, takeOut } from "./book.ts";
import { evolveClearing, evolveLacking, knownSettlement } from "./clearing.ts";
import {
  cancelAllText,
  fundsText,
  liftHaltText,
  liftSuspensionText,
  offerText,
  payDuesText,
  payInEarlyText,
} from "../facts/clearing-command.ts";
import { isClearingEvent, type ClearingEvent } from "../facts/clearing-event.ts";
import { dropLiveId, isMadeId, keepLiveId } from "./client-id.ts";
import { isAtDoor, type Origin } from "../facts/origin.ts";
import { dropAnswer, keepAnswer, noteUsed, startWaiting, stopWaiting } from "./confirmation.ts";
import type {
  AnswerAccepted,
  AnswerKept,
  CancelAllBegun,
  CancelAllDone,
  DeadLettered,
  MarketEvent,
  OrderAccepted,
  OrderCanceled,
  OrderRejected,
  Repeated,
  RequestRejected,
  SweepDone,
} from "../facts/event.ts";
import type { TradeExecuted, TradeSide } from "../facts/trade-event.ts";
import { isFundsEvent, type FundsEvent } from "../facts/funds-event.ts";
import type { HaltLifted } from "../facts/halt-event.ts";
import { noteHalt } from "./halts.ts";
import { dropIntradayOrder, noteIntradayFill, noteIntradayOrder } from "./intraday.ts";
import { countOrder, evolveMargins, uncountOrder } from "./margin.ts";
import { leavesId } from "../facts/reject-reason.ts";
import { isMarginEvent, type EarlyPaidIn } from "../facts/margin-event.ts";
import { ordersMeant } from "./live-orders.ts";
import { rememberEnded, type EndedRequest } from "./ended.ts";
import { contentOf, holderOf, isNegotiated, type Order, type OrderEnd } from "./order.ts";
import { positionOf } from "./settlement.ts";
import {
  isShortfallEvent,
  type AuctionOffered,
  type ClearingRequestRejected,
  type DuesPaid,
  type SuspensionLifted,
} from "../facts/shortfall-event.ts";
import { bookOf, countedSentMs, noteTaken, type Market } from "./market-state.ts";
import { failInvariant, pricePaise, quantity } from "../facts/units.ts";

/**
 * Changes the market by one event. The only place where it changes: while deciding, and when a log
 * is read back. Breaks where the event does not fit the state, which only a damaged log or a bug
 * can do.
 */
export function evolve(market: Market, event: MarketEvent): void {
  // Half of all events, so it is asked for before clearing's many.
  if (event.type === "JournalPosted") return postJournal(market.accounts, event.journal);
  if (isClearingEvent(event)) return evolveClearingEvent(market, event);
  switch (event.type) {
    case "InstrumentListed":
      market.instruments.set(event.instrument.symbol, event.instrument);
      return;
    case "OrderAccepted":
      return orderAccepted(market, event);
    case "OrderRejected":
      return orderRejected(market, event);
    case "TradeExecuted":
      return tradeExecuted(market, event);
    case "TradeSettled":
      return;
    case "OrderCanceled":
      return orderCanceled(market, event);
    case "CancelAllBegun":
      return cancelAllBegun(market, event);
    case "CancelAllDone":
      return cancelAllDone(market, event);
    case "SweepBegun": {
      const { orderId, symbol, orders } = event;
      market.sweep = { orderId, symbol, orders, met: 0 };
      return;
    }
    case "SweepDone":
      return sweepDone(market, event);
    case "OrderExpired":
      if (market.sweep !== null) market.sweep.met += 1;
      return close(market, liveOrder(market, event.orderId), "expired");
    case "OrderDeclined":
      return close(market, liveOrder(market, event.orderId), "rejected");
    case "AnswerKept":
      return answerKept(market, event);
    case "AnswerAccepted":
      return answerAccepted(market, event);
    case "RequestRejected":
      return requestRejected(market, event);
    case "Repeated":
      return repeated(market, event);
    case "InputsMissingNoted":
      return noteTaken(market, event.source);
    case "DeadLettered":
      return deadLettered(market, event);
    case "Trying":
      return;
    case "Quarantined":
      market.cancelAll = null; // also where the parts to come were never read
      market.sweep = null;
      return noteHalt(market.halts, event);
    case "HaltLifted":
      return haltLifted(market, event);
  }
}

function evolveClearingEvent(market: Market, event: ClearingEvent): void {
  if (event.type === "AffirmationAnswered") return affirmationAnswered(market, event);
  if (isFundsEvent(event)) {
    const request = event.type === "Deposited" ? "Deposit" : "Withdraw";
    return keepClearing(market, event, { request, said: fundsText(event) });
  }
  if (event.type === "EarlyPaidIn") earlyPaidIn(market, event);
  if (isMarginEvent(event)) return evolveMargins(market.clearing.margins, event);
  if (!isShortfallEvent(event)) return evolveClearing(market.clearing, event, market.clockMs);
  if (event.type === "AuctionOffered")
    keepClearing(market, event, { request: "OfferInAuction", said: offerText(event) });
  else if (event.type === "DuesPaid")
    keepClearing(market, event, { request: "PayDues", said: payDuesText(event) });
  else if (event.type === "SuspensionLifted")
    keepClearing(market, event, { request: "LiftSuspension", said: liftSuspensionText });
  else if (event.type === "ClearingRequestRejected") {
    noteTaken(market, event.source);
    if (!leavesIdUnused(event)) keepClearing(market, event, event);
  }
  evolveLacking(market.clearing, event, market);
}

function orderAccepted(market: Market, event: OrderAccepted): void {
  noteTaken(market, event.source);
  const holder = holderOf(event);
  const order: Order = {
    orderId: event.orderId,
    clientOrderId: event.clientOrderId ?? failInvariant(`${event.orderId} has no client id`),
    participant: event.participant,
    client: event.client,
    custodian: event.custodian,
    account: accountKey(holder.participant, holder.client),
    symbol: event.symbol,
    symbolAsSent: event.symbolAsSent,
    side: event.side,
    quantity: quantity(event.quantity),
    pricePaise: event.pricePaise === null ? null : pricePaise(event.pricePaise),
    counterparty: event.counterparty,
    expiresAtMs: event.expiresAtMs,
    cover: event.cover ?? "full",
    product: event.product,
    arrival: market.seq,
    sentMs: countedSentMs(market, event.source),
    leavesQuantity: event.quantity,
    node: null,
    answer: null,
  };
  market.orders.set(order.orderId, order);
  keepLiveId(market.liveIds, order);
  if (order.cover === "margin") countOrder(market.clearing.margins, order, market.clockMs);
  if (order.product === "MIS") noteIntradayOrder(market.clearing.margins.intraday, order);
  // An order that will trade at once stands in the book for the length of the step.
  if (isNegotiated(order)) startWaiting(market.confirmations, order);
  else rest(bookOf(market, order.symbol), order);
}

function earlyPaidIn(market: Market, event: EarlyPaidIn): void {
  const { settlementNumber, asset, amount } = event;
  keepClearing(market, event, { request: "PayInEarly", said: payInEarlyText(event) });
  positionOf(knownSettlement(market.clearing, settlementNumber), event, asset).blocked += amount;
}

function keepClearing(
  market: Market,
  {
    participant,
    clientOrderId,
    source,
  }:
    | AuctionOffered
    | DuesPaid
    | EarlyPaidIn
    | ClearingRequestRejected
    | CancelAllDone
    | FundsEvent
    | SuspensionLifted
    | HaltLifted,
  { request, said }: Pick<ClearingRequestRejected, "request" | "said">,
): void {
  noteTaken(market, source);
  const sender = { participant, clientOrderId, ...cameWith(market, source) };
  rememberEnded(market.remembered, { ...sender, type: "Clearing", request, said });
}

function haltLifted(market: Market, event: HaltLifted): void {
  keepClearing(market, event, { request: "LiftHalt", said: liftHaltText(event) });
  noteHalt(market.halts, event);
}

function orderRejected(market: Market, event: OrderRejected): void {
  noteTaken(market, event.source);
  const { participant, clientOrderId, source, ...order } = event;
  if (leavesIdUnused(event) || clientOrderId === null || isMadeId(clientOrderId)) return;
  const { client, symbol, side, quantity: shares, pricePaise: price } = order;
  const { counterparty, custodian, product, unfit } = order;
  const terms = { client, symbol, side, quantity: shares, pricePaise: price };
  rememberEnded(market.remembered, {
    type: "Order",
    participant,
    clientOrderId,
    ...cameWith(market, source),
    orderId: null,
    end: null,
    answer: null,
    content: { ...terms, counterparty, custodian, product, unfit },
  });
}

/**
 * True for a refusal after which the id may still be used. What was put in quarantine was not
 * decided. A dead letter has one id for ever: one that was sent again too late may be sent once
 * more. Copies of the late one are late too, so nothing happens twice.
 */
function leavesIdUnused({
  reason,
  source,
}: OrderRejected | RequestRejected | ClearingRequestRejected): boolean {
  if (leavesId(reason)) return true;
  return reason === "DEADLINE_PASSED" && isAtDoor(source) && source.redriveOf !== null;
}

function sweepDone(market: Market, { orderId, orders }: SweepDone): void {
  const { sweep } = market;
  if (sweep?.orderId !== orderId || sweep.met !== orders)
    failInvariant(`${orderId} has met ${sweep?.met} of ${sweep?.orders} orders, not ${orders}`);
  market.sweep = null;
}

function tradeExecuted(market: Market, event: TradeExecuted): void {
  if (market.sweep !== null) market.sweep.met += 1;
  fill(market, event.buy, event.quantity);
  fill(market, event.sell, event.quantity);
}

function fill(market: Market, side: TradeSide, shares: number): void {
  if (side.orderId === null) return;
  const order = liveOrder(market, side.orderId);
  order.leavesQuantity -= shares;
  if (order.leavesQuantity !== side.leavesQuantity)
    failInvariant(`${order.orderId} has ${order.leavesQuantity} left, not ${side.leavesQuantity}`);
  if (order.leavesQuantity < 0) failInvariant(`${order.orderId} is overfilled`);
  if (order.cover === "margin") uncountOrder(market.clearing.margins, order, shares);
  if (order.product === "MIS") noteIntradayFill(market.clearing.margins.intraday, order, shares);
  if (order.leavesQuantity === 0) close(market, order, "filled");
}

function cancelAllBegun(market: Market, event: CancelAllBegun): void {
  const { participant, clientOrderId, client, symbol } = event;
  const scope = { participant, clientOrderId, client, symbol };
  const orders = ordersMeant(market, scope);
  if (orders.length !== event.orders)
    failInvariant(`${clientOrderId} is about ${orders.length} orders, not ${event.orders}`);
  market.cancelAll = { scope, orders, canceled: 0 };
}

function cancelAllDone(market: Market, event: CancelAllDone): void {
  const text = cancelAllText(event);
  keepClearing(market, event, { request: "CancelAll", said: text });
  market.cancelAll = null;
}

function orderCanceled(market: Market, event: OrderCanceled): void {
  const { orderId, participant, requestId, symbol, source } = event;
  const order = liveOrder(market, orderId);
  if (source === null) {
    const work =
      market.cancelAll ?? failInvariant(`${orderId} is canceled by a request that has not begun`);
    work.canceled += 1;
    return close(market, order, "canceled");
  }
  noteTaken(market, source);
  const orderIds = [orderId, order.clientOrderId];
  const own = { participant, clientOrderId: requestId, source };
  keepRequest(market, own, { request: "Cancel", symbol, orderIds });
  close(market, order, "canceled");
}

function answerKept(market: Market, event: AnswerKept): void {
  noteTaken(market, event.source);
  const { answer: kind, participant, orderId, expiresAtMs, source, original } = event;
  const arrival = market.seq;
  const kept = { kind, participant, orderId, expiresAtMs, arrival, source, original };
  keepAnswer(market.confirmations, kept);
}

function answerAccepted(market: Market, event: AnswerAccepted): void {
  noteTaken(market, event.source);
  dropAnswer(market.confirmations, event.source);
  const order = liveOrder(market, event.orderId);
  order.answer = { kind: event.answer, seq: market.seq };
  const { repeatsUntilMs } = event;
  if (repeatsUntilMs !== undefined)
    noteUsed(market.confirmations, event, repeatsUntilMs, market.clockMs);
  const { participant, clientOrderId, source } = event;
  if (clientOrderId === null) return;
  const request = event.answer === "CONFIRM" ? "Confirm" : "Reject";
  const orderIds = [order.orderId, order.clientOrderId];
  const { symbol } = order;
  keepRequest(market, { participant, clientOrderId, source }, { request, symbol, orderIds });
}

function affirmationAnswered(market: Market, event: AffirmationAnswered): void {
  noteTaken(market, event.source);
  const { tradeId, side, symbol } = event;
  const request = event.answer === "AFFIRM" ? "Affirm" : "RejectTrade";
  keepRequest(market, event, { request, symbol, orderIds: [sideName(tradeId, side)] });
}

function requestRejected(market: Market, event: RequestRejected): void {
  noteTaken(market, event.source);
  if (leavesIdUnused(event)) return;
  const { request, symbol, orderId } = event;
  keepRequest(market, event, { request, symbol, orderIds: [orderId] });
}

function keepRequest(
  market: Market,
  {
    participant,
    clientOrderId,
    source,
  }: Pick<RequestRejected, "participant" | "clientOrderId" | "source">,
  content: Pick<EndedRequest, "request" | "symbol" | "orderIds">,
): void {
  const sender = { participant, clientOrderId, ...cameWith(market, source) };
  rememberEnded(market.remembered, { ...sender, type: "Request", ...content });
}

function cameWith(market: Market, source: Origin): Pick<EndedRequest, "sentMs" | "firstSeq"> {
  return { sentMs: countedSentMs(market, source), firstSeq: market.seq };
}

/** A relay's repeat (no `firstSeq`) ends nothing: the answer it brought first may still be kept. */
function repeated(market: Market, event: Repeated): void {
  noteTaken(market, event.source);
  if (event.firstSeq !== null) dropAnswer(market.confirmations, event.source);
}

function deadLettered(market: Market, event: DeadLettered): void {
  if (event.source === null) return;
  noteTaken(market, event.source);
  dropAnswer(market.confirmations, event.source);
}

function liveOrder(market: Market, orderId: string): Order {
  return market.orders.get(orderId) ?? failInvariant(`${orderId} is not a live order`);
}

function close(market: Market, order: Order, end: OrderEnd): void {
  if (isNegotiated(order)) stopWaiting(market.confirmations, order);
  else takeOut(bookOf(market, order.symbol), order);
  if (order.cover === "margin" && order.leavesQuantity > 0)
    uncountOrder(market.clearing.margins, order, order.leavesQuantity);
  if (order.product === "MIS") dropIntradayOrder(market.clearing.margins.intraday, order);
  market.orders.delete(order.orderId);
  dropLiveId(market.liveIds, order);
  rememberOrder(market, order, end);
}

function rememberOrder({ remembered }: Market, order: Order, end: OrderEnd): void {
  const { orderId, participant, clientOrderId, sentMs, arrival: firstSeq, answer } = order;
  const sender = { participant, clientOrderId: isMadeId(clientOrderId) ? null : clientOrderId };
  const ended = { type: "Order", ...sender, sentMs, firstSeq, orderId, end, answer } as const;
  rememberEnded(remembered, { ...ended, content: contentOf(order) });
}
