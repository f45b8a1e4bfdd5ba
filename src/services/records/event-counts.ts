import { isClearingEvent } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { WayChange } from "../../protocol/ways/way-change.ts";

/** How often each word came, in the order in which they came first. */
type CountByWord = Map<string, number>;

/** What happened since the market began, counted: for `/metrics`. */
export type EventCounts = {
  /** Accepted, by `book` and `negotiated`. */
  readonly orders: CountByWord;
  /** Orders and requests, by the reason. */
  readonly rejects: CountByWord;
  readonly trades: CountByWord;
  tradedPaise: bigint;
  settlements: number;
  quarantined: number;
  repeats: number;
  /** By the reason. */
  readonly deadLetters: CountByWord;
  /** Records deleted unread, by their topic. */
  readonly inputsMissing: CountByWord;
};

/** Nothing happened yet. */
export function newEventCounts(): EventCounts {
  return {
    orders: new Map(),
    rejects: new Map(),
    trades: new Map(),
    tradedPaise: 0n,
    settlements: 0,
    quarantined: 0,
    repeats: 0,
    deadLetters: new Map(),
    inputsMissing: new Map(),
  };
}

/** Counts an event. */
export function countEvent(counts: EventCounts, event: MarketEvent): void {
  if (isClearingEvent(event)) return;
  switch (event.type) {
    case "OrderAccepted":
      return add(counts.orders, event.counterparty === null ? "book" : "negotiated");
    case "OrderRejected":
    case "RequestRejected":
      return add(counts.rejects, event.reason);
    case "TradeExecuted":
      counts.tradedPaise += BigInt(event.amountPaise);
      return add(counts.trades, event.kind);
    case "TradeSettled":
      counts.settlements += 1;
      return;
    case "DeadLettered":
      return add(counts.deadLetters, event.reason);
    case "InputsMissingNoted":
      return add(counts.inputsMissing, event.source.topic, event.to - event.from + 1);
    case "Repeated":
      counts.repeats += 1;
      return;
    case "Quarantined":
      counts.quarantined += 1;
      return;
    case "Trying":
    case "HaltLifted":
    case "InstrumentListed":
    case "JournalPosted":
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
    case "CancelAllBegun":
    case "CancelAllDone":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerKept":
    case "AnswerAccepted":
      return;
  }
}

/** Counts a trade of a settlement that has settled. */
export function countChange(counts: EventCounts, change: WayChange): void {
  if (change.type === "Trade" && change.state === "Settled") counts.settlements += 1;
}

function add(byWord: CountByWord, word: string, count = 1): void {
  byWord.set(word, (byWord.get(word) ?? 0) + count);
}
