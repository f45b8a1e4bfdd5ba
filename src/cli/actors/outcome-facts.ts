import { utcTime } from "../../protocol/moment.ts";
import { deadLetterId } from "../../domain/facts/ids.ts";
import type { DeadLettered, MarketEvent } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { isRequestOutcome } from "../../protocol/own/request-execution.ts";
import { rupeesForPeople } from "../../protocol/rupees.ts";
import type { StepOutcome, Outcome } from "./outcome.ts";
import { clearingFact } from "./clearing-facts.ts";
import type { Fact } from "./fact.ts";
import { exitCode, reportProblem, type Output } from "../output.ts";

/** What an outcome says, in the order of the step; and whether the market did what it was asked. */
type OutcomeFacts = { readonly facts: readonly Fact[]; readonly isDone: boolean };

/** Prints an outcome; true where the market did what it was asked. */
export function printOutcome(output: Output, decided: StepOutcome): boolean {
  const { facts, isDone } = factsOf(decided);
  for (const { text, json } of facts) output.fact(text, json);
  return isDone;
}

/**
 * Indeterminate, and said so: sending the same id again is safe, because the market answers a
 * repeat once. Returns the exit code.
 */
export function reportUnknown(output: Output, clientOrderId: string, why: string): number {
  const text = `unknown: ${why}; it may or may not take effect. The same again with --client-order-id ${clientOrderId} is safe`;
  reportProblem(output, text, { type: "unknown", why, client_order_id: clientOrderId });
  return exitCode.failed;
}

/** It did not reach the market. Returns the exit code. */
export function reportNotSent(output: Output, clientOrderId: string, why: string): number {
  const json = { type: "refused", why, client_order_id: clientOrderId };
  reportProblem(output, `not sent: ${why}`, json);
  return exitCode.failed;
}

/** Says an outcome as facts, one line each. */
export function factsOf(decided: StepOutcome): OutcomeFacts {
  const { outcome, first, shard, seq, step } = decided;
  const place = { shard, seq, at: utcTime(step.at) };
  if (outcome.type === "Repeated") {
    const before = first === null ? null : factsOf(first);
    const when = outcome.firstSeq === null ? "" : `: first answered in step ${outcome.firstSeq}`;
    const json = { type: "repeated", first_seq: outcome.firstSeq, ...place };
    return {
      facts: [{ text: `repeated${when}`, json }, ...(before?.facts ?? [])],
      isDone: before?.isDone ?? true,
    };
  }
  const subject = "orderId" in outcome ? outcome.orderId : null;
  const facts = [
    outcomeFact(outcome, decided),
    ...followingFacts(step.events, outcome, subject),
    ...partsFact(step, outcome),
  ];
  return {
    facts: facts.map(({ text, json }) => ({ text, json: { ...json, ...place } })),
    isDone: isDone(step.events, outcome, subject),
  };
}

/** Of an order that trades in parts: what stands above is one of them. */
function partsFact({ part, events }: StepOutcome["step"], outcome: Outcome): Fact[] {
  const isBegun = part > 0 || events.some(({ type }) => type === "SweepBegun");
  const isDone = events.some(({ type }) => type === "SweepDone");
  if (outcome.type !== "OrderAccepted" || !isBegun || isDone) return [];
  const { orderId } = outcome;
  const text = `ORDER ${orderId} goes on in further parts: npx sauda explain ${orderId}`;
  return [{ text, json: { type: "goes_on", order_id: orderId } }];
}

const refusals: ReadonlySet<string> = new Set([
  "OrderRejected",
  "RequestRejected",
  "ClearingRequestRejected",
  "DeadLettered",
]);

function isDone(events: readonly MarketEvent[], outcome: Outcome, subject: string | null): boolean {
  const isRefused = refusals.has(outcome.type);
  const isAskedFor = outcome.type === "AnswerAccepted" && outcome.answer === "REJECT";
  const isDeclined = events.some(
    (event) => event.type === "OrderDeclined" && event.orderId === subject,
  );
  return !isRefused && (isAskedFor || !isDeclined);
}

function outcomeFact(
  outcome: Exclude<Outcome, { readonly type: "Repeated" }>,
  decided: StepOutcome,
): Fact {
  if (isRequestOutcome(outcome)) return clearingFact(outcome);
  switch (outcome.type) {
    case "OrderAccepted": {
      const { orderId, clientOrderId, counterparty } = outcome;
      const waits = counterparty === null ? "" : `, waits for ${counterparty}`;
      return {
        text: `ORDER ${orderId} accepted: ${describeOrder(outcome)}${waits}`,
        json: { type: "accepted", order_id: orderId, client_order_id: clientOrderId, counterparty },
      };
    }
    case "OrderRejected": {
      const { orderId, clientOrderId, reason, text } = outcome;
      return {
        text: `ORDER ${orderId} rejected: ${reason}: ${text}`,
        json: { type: "rejected", order_id: orderId, client_order_id: clientOrderId, reason, text },
      };
    }
    case "OrderCanceled": {
      const { orderId, clientOrderId, quantity, cumQuantity, symbol } = outcome;
      const canceled = quantity - cumQuantity;
      return {
        text: `ORDER ${orderId} canceled: ${canceled} of ${quantity} ${symbol} taken out`,
        json: { type: "canceled", order_id: orderId, client_order_id: clientOrderId, canceled },
      };
    }
    case "AnswerAccepted": {
      const { orderId, answer, participant } = outcome;
      return {
        text: `ANSWER ${answer} accepted: order ${orderId}`,
        json: { type: "accepted", answer, order_id: orderId, participant },
      };
    }
    case "AffirmationAnswered": {
      const { tradeId, side, answer, participant } = outcome;
      return {
        text: `${answer} accepted: ${side} of ${tradeId} for ${participant}`,
        json: { type: "accepted", answer, trade_id: tradeId, side, participant },
      };
    }
    case "RequestRejected": {
      const { request, orderId, reason, text } = outcome;
      return {
        text: `${words[request] ?? request.toUpperCase()} ${orderId} rejected: ${reason}: ${text}`,
        json: { type: "rejected", request, order_id: orderId, reason, text },
      };
    }
    case "DeadLettered":
      return deadLetterFact(outcome, decided);
  }
}

function deadLetterFact(letter: DeadLettered, { shard, step }: StepOutcome): Fact {
  const { reason, detail } = letter;
  const id = deadLetterId(shard, step, step.events.indexOf(letter));
  return {
    text: `dead letter ${id}: ${reason}: ${detail}`,
    json: { type: "dead_letter", id, reason, text: detail },
  };
}

const words: Readonly<Record<string, string>> = { RejectTrade: "REJECT" };

/** What else the step did to the order: trades with their legs, or its end. */
function followingFacts(
  events: readonly MarketEvent[],
  outcome: Outcome,
  subject: string | null,
): Fact[] {
  const settled = new Set(
    events.flatMap((event) => (event.type === "TradeSettled" ? [event.tradeId] : [])),
  );
  return events.flatMap((event): Fact[] => {
    if (event.type === "TradeExecuted" && subject !== null) {
      if (event.buy.orderId !== subject && event.sell.orderId !== subject) return [];
      // Who answers an order sells to it, without an order of its own.
      const isSeller = outcome.type === "AnswerAccepted" || event.sell.orderId === subject;
      return tradeFacts(event, isSeller ? "SELL" : "BUY", settled.has(event.tradeId));
    }
    // Whose client the other side is for is the other side's business.
    const isOwn =
      outcome.type !== "OrderAccepted" || !("side" in event) || event.side === outcome.side;
    const affirmation = isOwn ? affirmationFact(event) : null;
    if (affirmation !== null) return [affirmation];
    if (event.type !== "OrderDeclined" || event.orderId !== subject) return [];
    const why = event.reason ?? `by ${event.counterparty}`;
    const json = { type: "declined", order_id: event.orderId, reason: event.reason };
    return [{ text: `ORDER ${event.orderId} rejected: ${why}`, json }];
  });
}

/** Who settles the side from here on. */
function affirmationFact(event: MarketEvent): Fact | null {
  if (event.type === "AffirmationAwaited") {
    const { tradeId, side, custodian, client } = event;
    return {
      text: `TRADE ${tradeId} waits for ${custodian} to affirm the ${side} for ${client}`,
      json: { type: "affirmation_awaited", trade_id: tradeId, side, custodian, client },
    };
  }
  if (event.type === "TradeAffirmed") {
    const { tradeId, side, custodian, client } = event;
    return {
      text: `TRADE ${tradeId} affirmed: ${custodian}/${client} settles the ${side}`,
      json: { type: "affirmed", trade_id: tradeId, side, custodian, client },
    };
  }
  if (event.type !== "TradeDevolved") return null;
  const { tradeId, side, participant, reason } = event;
  return {
    text: `TRADE ${tradeId} devolved: ${participant} settles the ${side} itself`,
    json: { type: "devolved", trade_id: tradeId, side, participant, reason },
  };
}

function tradeFacts(trade: TradeExecuted, side: "BUY" | "SELL", isSettled: boolean): Fact[] {
  const { tradeId, quantity, pricePaise, amountPaise, buy, sell } = trade;
  const [own, other] = side === "BUY" ? [buy, sell] : [sell, buy];
  const symbol = own.symbolAsSent;
  const price = rupeesForPeople(pricePaise);
  const text = `TRADE ${tradeId} ${side} ${quantity} ${symbol} @ ${price} with ${other.participant}`;
  const ids = { trade_id: tradeId };
  const json = {
    type: "trade",
    ...ids,
    side,
    quantity,
    symbol: trade.symbol,
    price_paise: pricePaise,
    amount_paise: amountPaise,
    with: other.participant,
    leaves_qty: own.leavesQuantity,
  };
  if (!isSettled) return [{ text, json }];
  const [shares, cash] = side === "BUY" ? ["DEMAT", "DEBIT"] : ["DELIVER", "CREDIT"];
  return [
    { text, json },
    {
      text: `${shares} ${quantity} ${symbol}`,
      json: { type: shares?.toLowerCase(), ...ids, quantity },
    },
    {
      text: `${cash} ${rupeesForPeople(amountPaise)}`,
      json: { type: cash?.toLowerCase(), ...ids, amount_paise: amountPaise },
    },
  ];
}

function describeOrder(order: {
  readonly side: string;
  readonly quantity: number;
  readonly symbolAsSent: string;
  readonly pricePaise: number | null;
}): string {
  const { side, quantity, symbolAsSent, pricePaise } = order;
  const price = pricePaise === null ? "unpriced" : `@ ${rupeesForPeople(pricePaise)}`;
  return `${side} ${quantity} ${symbolAsSent} ${price}`;
}
