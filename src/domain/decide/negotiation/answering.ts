import { shown, unknownOrder, type Refusal } from "../refusal.ts";
import { ourOrderId } from "../../state/client-id.ts";
import { isAtDoor, type Origin, type SourcePosition } from "../../facts/origin.ts";
import type { Answer, AnswerOrder } from "../../facts/command.ts";
import { findOldestWaiting, isRepeat, repeatedText } from "../../state/confirmation.ts";
import { emit, freeAmount, hasRoomFor, openAccount, repeat, type Decision } from "../decision.ts";
import { endOrder, endedFields } from "../ending.ts";
import type { DeadLettered, OrderDeclined } from "../../facts/event.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { findMarginFault } from "../margin/margin-check.ts";
import { settlementHasRoom } from "../clearing/novating.ts";
import { findEndedNamed, findEndedOrder } from "../../state/ended.ts";
import {
  holderOf,
  isNegotiated,
  isOverdue,
  type NegotiatedOrder,
  type Order,
  type OrderEnd,
} from "../../state/order.ts";
import { passes, refuseRequest, type Request } from "../request.ts";
import type { Market } from "../../state/market-state.ts";
import { coverFor } from "../../facts/terms.ts";
import { tradeNegotiated } from "../clearing/trading.ts";
import { failInvariant, timeMs } from "../../facts/units.ts";

/** Decides a counterparty's word: for an order that waits, too early, too late, or for nobody. */
export function answerOrder(decision: Decision, command: AnswerOrder): void {
  const { clientOrderId, source } = command;
  if (clientOrderId !== null) answerWithOwnId(decision, command, clientOrderId);
  else if (isAtDoor(source)) failInvariant("an answer at a door has an id of its own");
  else answerFromCounterparty(decision, { ...command, source });
}

/**
 * Uses an answer for a waiting order. CONFIRM trades, or declines where the counterparty lacks the
 * shares; its account must be open by then. REJECT declines.
 */
export function useAnswer(
  decision: Decision,
  order: NegotiatedOrder,
  answer: {
    readonly kind: Answer;
    readonly clientOrderId: string | null;
    /** The order it named; null: it took the oldest that waits. */
    readonly named: string | null;
    readonly source: Origin;
  },
): void {
  const { kind, clientOrderId, named, source } = answer;
  const { orderId, counterparty, symbol, quantity, pricePaise } = order;
  const { market, terms } = decision;
  const accepted = { type: "AnswerAccepted" as const, answer: kind, participant: counterparty };
  const mayRepeat = named === null && clientOrderId === null;
  const repeatsUntilMs = timeMs(market.clockMs + terms.answerRepeatWindowMs);
  const told = { ...accepted, clientOrderId, orderId };
  emit(decision, mayRepeat ? { ...told, repeatsUntilMs, source } : { ...told, source });
  const seller = { participant: counterparty, client: null };
  const instrument = market.instruments.get(symbol) ?? failInvariant(`${symbol} is not listed`);
  const cover = coverFor(terms, instrument, counterparty, null);
  if (kind === "REJECT") decline(decision, order, null);
  else if (cover === "full" && freeAmount(decision, counterparty, null, symbol) < quantity)
    decline(decision, order, "INSUFFICIENT_HOLDINGS");
  else if (cover === "margin" && lacksMargin(decision, instrument, order))
    decline(decision, order, "INSUFFICIENT_MARGIN");
  else if (
    !hasRoomFor(decision, seller, "INR", pricePaise * quantity) ||
    !hasRoomFor(decision, holderOf(order), symbol, quantity) ||
    !settlementHasRoom(decision, instrument, pricePaise * quantity)
  )
    decline(decision, order, "VALUE_OUT_OF_RANGE");
  else tradeNegotiated(decision, order);
}

function lacksMargin(
  decision: Decision,
  instrument: Instrument,
  { counterparty, quantity, pricePaise }: NegotiatedOrder,
): boolean {
  const sale = {
    participant: counterparty,
    client: null,
    side: "SELL",
    quantity,
    pricePaise,
  } as const;
  return findMarginFault(decision, instrument, sale, null) !== undefined;
}

function decline(
  decision: Decision,
  order: NegotiatedOrder,
  reason: OrderDeclined["reason"],
): void {
  const { counterparty } = order;
  const ended = { ...endedFields(order), counterparty, reason };
  endOrder(decision, order, { type: "OrderDeclined", ...ended });
}

type CounterpartyRecord = AnswerOrder & { readonly source: SourcePosition };

/** From `Counter_party`: no own id, so what cannot be used is kept for a while or a dead letter. */
function answerFromCounterparty(decision: Decision, command: CounterpartyRecord): void {
  const { participant, answer, orderId, source, original } = command;
  const target = findTarget(decision.market, command);
  switch (target.type) {
    case "Waiting":
      return apply(decision, target.order, command);
    case "Closed":
      if (target.answer?.kind === answer)
        return repeat(decision, source, participant, null, target.answer.seq);
      return deadLetterOf(decision, command, "ORDER_CLOSED", `is ${target.end}`);
    case "NotYours":
      return deadLetterOf(decision, command, "NOT_YOUR_ORDER", `does not wait for ${participant}`);
    case "None": {
      const { market, terms } = decision;
      if (isRepeat(market.confirmations, { kind: answer, participant, orderId }, market.clockMs))
        return deadLetter(decision, command, "ANSWER_REPEATED", repeatedText({ kind: answer }));
      const expiresAtMs = timeMs(market.clockMs + terms.answerWindowMs);
      const kept = { answer, participant, orderId, expiresAtMs, source, original };
      return emit(decision, { type: "AnswerKept", ...kept });
    }
  }
}

/** From `sauda.orders` or a door: the answer has its own id, and what cannot be used is refused. */
function answerWithOwnId(decision: Decision, command: AnswerOrder, clientOrderId: string): void {
  const request = requestOf(command, clientOrderId);
  if (!passes(decision, request)) return;
  const found = findAnswerable(decision.market, command);
  if ("reason" in found) refuseRequest(decision, request, found);
  else apply(decision, found, command);
}

function requestOf(command: AnswerOrder, clientOrderId: string): Request {
  const { participant, source } = command;
  const orderId = command.orderId ?? "";
  const symbol = command.symbol ?? "";
  const name = command.answer === "CONFIRM" ? "Confirm" : "Reject";
  return { request: name, participant, clientOrderId, orderId, symbol, source };
}

/** Refuses an answer undecided: as a request where it has an id of its own, else a dead letter. */
export function refuseAnswer(decision: Decision, command: AnswerOrder, refusal: Refusal): void {
  const { clientOrderId, source, original } = command;
  if (clientOrderId !== null)
    return refuseRequest(decision, requestOf(command, clientOrderId), refusal);
  if (isAtDoor(source)) failInvariant("an answer at a door has an id of its own");
  emit(decision, {
    type: "DeadLettered",
    reason: "QUARANTINED",
    detail: refusal.text,
    source,
    original,
  });
}

/**
 * Sent again from `Counter_party` it may name neither order nor symbol: the oldest that waits
 * is meant.
 */
function findAnswerable(market: Market, command: AnswerOrder): NegotiatedOrder | Refusal {
  const { symbol } = command;
  const name = `order ${shown(command.orderId ?? "")}`;
  const target = findTarget(market, command);
  const where = shown(symbol ?? "any symbol");
  const unknown = unknownOrder(market, `${name} is no order that waits in ${where}`);
  if (target.type === "None") return unknown;
  if (target.type === "NotYours")
    return { reason: "NOT_YOUR_ORDER", text: `${name} does not wait for ${command.participant}` };
  const found = target.type === "Waiting" ? target.order : target;
  if (symbol !== null && found.symbol !== symbol) return unknown;
  if (target.type === "Closed") return { reason: "ORDER_CLOSED", text: `${name} is ${target.end}` };
  return target.order;
}

function apply(decision: Decision, order: NegotiatedOrder, command: AnswerOrder): void {
  const { answer: kind, clientOrderId, orderId: named, source } = command;
  if (kind === "CONFIRM") openAccount(decision, order.counterparty, null, order.symbol);
  useAnswer(decision, order, { kind, clientOrderId, named, source });
}

function deadLetterOf(
  decision: Decision,
  command: CounterpartyRecord,
  reason: DeadLettered["reason"],
  what: string,
): void {
  const detail = `order_id ${shown(command.orderId ?? "")} ${what}`;
  deadLetter(decision, command, reason, detail);
}

function deadLetter(
  decision: Decision,
  { source, original }: CounterpartyRecord,
  reason: DeadLettered["reason"],
  detail: string,
): void {
  emit(decision, { type: "DeadLettered", reason, detail, source, original });
}

/** What an answer is for. */
type Target =
  | { readonly type: "Waiting"; readonly order: NegotiatedOrder }
  | ({ readonly type: "Closed"; readonly end: OrderEnd } & Pick<Order, "symbol" | "answer">)
  | { readonly type: "NotYours" }
  | { readonly type: "None" };

const none: Target = { type: "None" };
const notYours: Target = { type: "NotYours" };

/**
 * The order an answer is for. Client ids are their participants' own, so several orders may have
 * the one it names: the oldest that waits for the answerer is meant, else the last that ended.
 */
export function findTarget(
  market: Market,
  { participant, orderId }: Pick<AnswerOrder, "participant" | "orderId">,
): Target {
  const { confirmations, clockMs } = market;
  if (orderId === null) {
    const oldest = findOldestWaiting(confirmations, participant, clockMs);
    return oldest === undefined ? none : { type: "Waiting", order: oldest };
  }
  const ours = ourOrderId(orderId);
  let target: Target = none;
  for (const order of liveOrdersNamed(market, orderId, ours))
    if (order.counterparty !== participant) target = target === none ? notYours : target;
    else if (isNegotiated(order) && !isOverdue(order, clockMs)) return { type: "Waiting", order };
    else target = { type: "Closed", end: "expired", symbol: order.symbol, answer: order.answer };
  if (target.type === "Closed") return target;
  const ended =
    ours === null
      ? findEndedNamed(market.remembered, orderId, participant)
      : findEndedOrder(market.remembered, ours);
  if (ended === undefined) return target;
  const { content, answer, end } = ended;
  if (content.counterparty !== participant) return notYours;
  const { symbol } = content;
  return { type: "Closed", symbol, answer, end: end ?? failInvariant(`${orderId} never lived`) };
}

function liveOrdersNamed(
  { orders, confirmations }: Market,
  orderId: string,
  ours: string | null,
): Iterable<Order> {
  if (ours === null) return confirmations.named.get(orderId) ?? [];
  const order = orders.get(ours);
  return order === undefined ? [] : [order];
}
