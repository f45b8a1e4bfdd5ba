import { isAtDoor } from "../../domain/facts/origin.ts";
import { isClearingEvent } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { dropOldest } from "../../services/drop-oldest.ts";
import type { Gateway, GatewayStep } from "../../services/gateway.ts";
import type { PublicPlace } from "../../services/public-places.ts";
import { newLatency, noteLatency } from "./latency.ts";
import type { Latency } from "./latency.ts";
import type { Meters } from "./meters.ts";

/** What a gateway measures while it follows the log: for `/metrics` and for the page Flow. */
export type Measures = {
  readonly meters: Meters;
  readonly orderToEvent: Latency;
  readonly eventToPublic: Latency;
  readonly orderToPublic: Latency;
  /** Trades decided and not seen on the public topics, with the time of their step. */
  readonly unpublished: Map<string, { readonly decidedAtMs: number; readonly orderAtMs: number }>;
  /** Trades seen on the public topics before their step: two followers, and either may be first. */
  readonly seenEarly: Set<string>;
};

/** Trades waited for on the public topics at a time. */
const unpublishedMax = 50_000;
/** Early ones remembered; at the start all that were published before are among them. */
const seenEarlyMax = 10_000;

/** Nothing measured yet. */
export function newMeasures(meters: Meters): Measures {
  return {
    meters,
    orderToEvent: newLatency(),
    eventToPublic: newLatency(),
    orderToPublic: newLatency(),
    unpublished: new Map(),
    seenEarly: new Set(),
  };
}

/**
 * Takes a step in. Counters are those of the whole log, whoever reads it; durations only of what happens
 * while this gateway serves.
 */
export function measureStep(
  measures: Measures,
  gateway: Gateway,
  { step, changes, place, appendedAtMs }: GatewayStep,
): void {
  const { meters } = measures;
  for (const event of step.events) countEvent(measures, event);
  for (const change of changes)
    if (change.type === "Trade" && change.state === "Settled") meters.settlements.inc();
  meters.stepSeq.set({ shard: place.shard }, place.seq);
  meters.clockAhead.set({ shard: place.shard }, (place.atMs - appendedAtMs) / 1000);
  if (!gateway.isCaughtUp()) return;
  const orderAtMs = inputTimeMs(step.events);
  if (orderAtMs !== null) {
    const tookMs = Math.max(0, place.atMs - orderAtMs);
    noteLatency(measures.orderToEvent, tookMs);
    meters.orderToEvent.observe(tookMs / 1000);
  }
  for (const event of step.events) {
    if (event.type !== "TradeExecuted" || measures.unpublished.size >= unpublishedMax) continue;
    if (measures.seenEarly.delete(event.tradeId)) continue;
    const times = { decidedAtMs: place.atMs, orderAtMs: orderAtMs ?? place.atMs };
    measures.unpublished.set(event.tradeId, times);
  }
}

/** Takes a public record in: the settlement is the last of a trade's records. */
export function measurePublic(measures: Measures, place: PublicPlace, tradeId: string): void {
  const { unpublished, seenEarly } = measures;
  if (place.topic !== "sauda.settlements") return;
  const times = unpublished.get(tradeId);
  if (times === undefined) {
    seenEarly.add(tradeId);
    return dropOldest(seenEarly, seenEarlyMax);
  }
  unpublished.delete(tradeId);
  const { decidedAtMs, orderAtMs } = times;
  noteLatency(measures.eventToPublic, Math.max(0, place.timestampMs - decidedAtMs));
  noteLatency(measures.orderToPublic, Math.max(0, place.timestampMs - orderAtMs));
  measures.meters.orderToSettlement.observe(Math.max(0, place.timestampMs - orderAtMs) / 1000);
}

function countEvent({ meters }: Measures, event: MarketEvent): void {
  if (isClearingEvent(event)) return;
  switch (event.type) {
    case "OrderAccepted":
      return meters.orders.inc({ kind: event.counterparty === null ? "book" : "negotiated" });
    case "OrderRejected":
    case "RequestRejected":
      return meters.rejects.inc({ reason: event.reason });
    case "TradeExecuted":
      meters.tradedPaise.inc(event.amountPaise);
      return meters.trades.inc({ kind: event.kind });
    case "TradeSettled":
      return meters.settlements.inc();
    case "DeadLettered":
      return meters.deadLetters.inc({ reason: event.reason });
    case "InputsMissingNoted":
      return meters.inputsMissing.inc({ topic: event.source.topic }, event.to - event.from + 1);
    case "Repeated":
      return meters.repeats.inc();
    case "InstrumentListed":
    case "JournalPosted":
    case "OrderCanceled":
    case "OrderExpired":
    case "OrderDeclined":
    case "CancelAllBegun":
    case "CancelAllDone":
    case "AnswerKept":
    case "AnswerAccepted":
      return;
  }
}

/** When the step's own input came: at the door, or in its topic. */
function inputTimeMs(events: readonly MarketEvent[]): number | null {
  for (const event of events) {
    if (!("source" in event) || event.source === null) continue;
    return isAtDoor(event.source) ? event.source.receivedAtMs : event.source.timestampMs;
  }
  return null;
}
