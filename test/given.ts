import { deepEqual } from "node:assert/strict";
import { isClearingEvent } from "../src/domain/facts/clearing-event.ts";
import type {
  AnswerOrder,
  CancelOrder,
  Command,
  ModifyOrder,
  PlaceOrder,
} from "../src/domain/facts/command.ts";
import type { CancelAll } from "../src/domain/facts/clearing-command.ts";
import type { DoorOrigin, SourcePosition } from "../src/domain/facts/origin.ts";
import type { MarketEvent, Step } from "../src/domain/facts/event.ts";
import { clearingLineOf } from "./clearing-lines.ts";
import {
  decide,
  hasPartsLeft,
  initialMarket,
  localTerms,
  type Market,
  type MarketTerms,
} from "../src/domain/market.ts";
import { rupees, timeMs } from "../src/domain/facts/units.ts";
import { orderOf } from "./orders.ts";

/** What a test may set about a command: when it is decided, and where it came from. */
export type Sent = { readonly command: Command; readonly atMs?: number };

/**
 * A market that has decided some commands, one a millisecond unless they say when. `sent`: those,
 * each with its offset. `fillsMax`: as of `decide`.
 */
export type Played = {
  readonly market: Market;
  readonly steps: Step[];
  nowMs: number;
  readonly sent?: (Required<Sent> & { readonly offset: number })[];
  readonly fillsMax?: number;
};

/**
 * A market that has decided these commands. `when` decides one more, `emits` says what came of it.
 */
export function given(
  commands: readonly (Command | Sent)[],
  terms: MarketTerms = localTerms,
  making: Parameters<typeof initialMarket>[0] = {},
  over: Pick<Played, "fillsMax"> = {},
) {
  const played = play(commands, terms, making, over);
  return {
    market: played.market,
    steps: played.steps,
    when(command: Command | Sent) {
      const events = playOne(played, command, terms);
      return {
        events,
        market: played.market,
        /** Compares the events, each as one line of `lineOf`. */
        emits: (lines: readonly string[]) => deepEqual(events.map(lineOf), lines),
        /** Compares only the lines that begin with one of these words. */
        emitsOf: (words: readonly string[], lines: readonly string[]) =>
          deepEqual(
            events.map(lineOf).filter((line) => words.some((word) => line.startsWith(word))),
            lines,
          ),
      };
    },
  };
}

/** Decides the commands in turn on a new market. */
export function play(
  commands: readonly (Command | Sent)[],
  terms: MarketTerms,
  making: Parameters<typeof initialMarket>[0] = {},
  over: Pick<Played, "fillsMax"> = {},
): Played {
  const played = { market: initialMarket(making), steps: [], nowMs: 0, sent: [], ...over };
  for (const command of commands) playOne(played, command, terms);
  return played;
}

/**
 * Decides one command as the next step, or steps where it has parts; its offset is the number of
 * steps before it.
 */
export function playOne(
  played: Played,
  sent: Command | Sent,
  terms: MarketTerms,
): readonly MarketEvent[] {
  const { command, atMs = played.nowMs + 1 } = "command" in sent ? sent : { command: sent };
  played.nowMs = Math.max(played.nowMs, atMs);
  const offset = played.steps.length;
  const cause = { offset, digest: String(offset).padStart(64, "0") };
  played.sent?.push({ command, atMs, offset });
  const all: MarketEvent[] = [];
  for (let part = 0; part === 0 || hasPartsLeft(played.market); part += 1) {
    const seq = played.steps.length + 1;
    const { fillsMax } = played;
    const context = { at: timeMs(atMs), shard: 0, offset, seq, part };
    const bounded = fillsMax === undefined ? context : { ...context, fillsMax };
    const events = decide(played.market, command, bounded, terms);
    const last = !hasPartsLeft(played.market);
    played.steps.push({ cause, part, last, at: played.market.clockMs, events });
    all.push(...events);
  }
  return all;
}

let sourceOffset = 0;

/** A source position nobody has used before. */
export function newSource(over: Partial<SourcePosition> = {}): SourcePosition {
  sourceOffset += 1;
  const topic = "sauda.orders";
  return { topicId: "t1", topic, partition: 0, offset: sourceOffset, timestampMs: 7, ...over };
}

let requests = 0;

/** A request at a door that nobody has made before; in time unless a test says otherwise. */
export function atDoor(over: Partial<DoorOrigin> = {}): DoorOrigin {
  requests += 1;
  const requestId = `request ${requests}`;
  return { requestId, receivedAtMs: 1, deadlineMs: 1_000_000, redriveOf: null, ...over };
}

/**
 * An order for SBIN, in the book, by HDFC (buy) or SELLER (sell). Price in paise; null is unpriced.
 */
export function order(
  side: "BUY" | "SELL",
  clientOrderId: string | null,
  quantity: number,
  pricePaise: number | null,
  over: Partial<PlaceOrder> = {},
): PlaceOrder {
  const participant = side === "BUY" ? "HDFC" : "SELLER";
  const fields = { participant, clientOrderId, symbol: "SBIN", side, quantity, pricePaise };
  return { ...orderOf({ ...fields, symbolAsSent: "SBI" }, newSource()), ...over };
}

/** A buy of SBIN by HDFC in the book. */
export function buy(
  clientOrderId: string | null,
  quantity: number,
  pricePaise: number | null,
  over: Partial<PlaceOrder> = {},
): PlaceOrder {
  return order("BUY", clientOrderId, quantity, pricePaise, over);
}

/** A sell of SBIN by SELLER in the book. */
export function sell(
  clientOrderId: string | null,
  quantity: number,
  pricePaise: number | null,
  over: Partial<PlaceOrder> = {},
): PlaceOrder {
  return order("SELL", clientOrderId, quantity, pricePaise, over);
}

/** A negotiated buy of SBIN by HDFC from COUNTERPARTY. */
export function negotiate(
  clientOrderId: string | null,
  quantity: number,
  pricePaise: number | null,
  over: Partial<PlaceOrder> = {},
): PlaceOrder {
  return order("BUY", clientOrderId, quantity, pricePaise, {
    counterparty: "COUNTERPARTY",
    ...over,
  });
}

/** COUNTERPARTY's word from `Counter_party`: no own id. */
export function answer(
  kind: "CONFIRM" | "REJECT",
  orderId: string | null = null,
  over: Partial<AnswerOrder> = {},
): AnswerOrder {
  return {
    type: "AnswerOrder",
    answer: kind,
    participant: "COUNTERPARTY",
    clientOrderId: null,
    orderId,
    symbol: null,
    source: newSource(),
    original: { keyBase64: null, valueBase64: "eyJ9" },
    ...over,
  };
}

/** HDFC's cancel of an order in SBIN. */
export function cancel(
  clientOrderId: string,
  origClientOrderId: string,
  over: Partial<CancelOrder> = {},
): CancelOrder {
  const type = "CancelOrder";
  const source = newSource();
  return {
    type,
    participant: "HDFC",
    clientOrderId,
    origClientOrderId,
    symbol: "SBIN",
    source,
    ...over,
  };
}

/** HDFC's cancel of all its orders; `over` says of which client or symbol. */
export function cancelAll(clientOrderId: string, over: Partial<CancelAll> = {}): CancelAll {
  const scope = { participant: "HDFC", clientOrderId, client: null, symbol: null };
  return { type: "CancelAll", ...scope, source: newSource(), ...over };
}

/** HDFC's change of an order in SBIN. */
export function modify(clientOrderId: string, origClientOrderId: string): ModifyOrder {
  return { ...cancel(clientOrderId, origClientOrderId), type: "ModifyOrder" };
}

/** An event in one line: what a reader of a test needs, not all of it. */
export function lineOf(event: MarketEvent): string {
  if (isClearingEvent(event)) return clearingLineOf(event);
  switch (event.type) {
    case "InstrumentListed":
      return `LISTED ${event.instrument.symbol}`;
    case "JournalPosted": {
      const { kind, reference, postings } = event.journal;
      const moves = postings.map(
        ({ account, asset, bucket, amount }) => `${account} ${asset} ${bucket} ${amount}`,
      );
      return `${kind} ${reference}: ${moves.join(", ")}`;
    }
    case "OrderAccepted":
      return (
        `ACCEPTED ${event.orderId} ${event.clientOrderId} ${event.side} ${event.quantity} ` +
        `${event.symbol}`
      );
    case "OrderRejected":
      return `REJECTED ${event.orderId} ${event.clientOrderId} ${event.reason}`;
    case "TradeExecuted":
      return (
        `TRADE ${event.tradeId} ${event.quantity} @ ${rupees(event.pricePaise)} ` +
        `${event.buy.orderId} ${event.sell.orderId}`
      );
    case "TradeSettled":
      return `SETTLED ${event.settlementId} ${event.tradeId} ${event.journalId}`;
    case "OrderCanceled":
      return `CANCELED ${event.orderId} by ${event.requestId} filled ${event.cumQuantity}`;
    case "OrderExpired":
      return `EXPIRED ${event.orderId}`;
    case "OrderDeclined":
      return `DECLINED ${event.orderId} ${event.reason}`;
    case "CancelAllBegun":
      return `CANCEL ALL ${event.clientOrderId} of ${event.orders}`;
    case "CancelAllDone":
      return `CANCELED ALL ${event.clientOrderId} ${event.canceled} of ${event.orders}`;
    case "SweepBegun":
      return `SWEEP ${event.orderId} of ${event.orders}`;
    case "SweepDone":
      return `SWEPT ${event.orderId} ${event.orders}`;
    case "AnswerKept":
      return `KEPT ${event.answer} for ${event.orderId}`;
    case "AnswerAccepted":
      return `ANSWERED ${event.orderId} ${event.answer}`;
    case "RequestRejected":
      return `REFUSED ${event.request} ${event.clientOrderId} ${event.reason}`;
    case "Repeated":
      return `REPEATED ${event.clientOrderId} of ${event.firstSeq}`;
    case "DeadLettered":
      return `DEAD ${event.reason}`;
    case "InputsMissingNoted":
      return `MISSING ${event.from} to ${event.to}`;
    case "Trying":
      return "TRYING";
    case "Quarantined":
      return `QUARANTINED ${event.command} of ${event.symbol}`;
    case "HaltLifted":
      return `HALT LIFTED of ${event.symbol}`;
  }
}
