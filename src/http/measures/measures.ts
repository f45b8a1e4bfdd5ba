import { isAtDoor } from "../../domain/facts/origin.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";
import type { Gateway, GatewayStep } from "../../services/gateway.ts";
import type { Publication } from "../../services/published-follower.ts";
import { newLatency, noteLatency, type Latency } from "./latency.ts";
import type { Meters } from "./meters.ts";

/** What a gateway measures while it follows the log: for `/metrics` and for the page Flow. */
export type Measures = {
  readonly meters: Meters;
  readonly orderToEvent: Latency;
  readonly eventToPublic: Latency;
  readonly orderToPublic: Latency;
  /** By shard: what of its log is not known to be public yet. */
  readonly publishing: Map<number, Publishing>;
};

/** Two followers, of the log and of its publisher's word: either may hear of a step first. */
type Publishing = {
  /** Trades decided and not public yet, in the order of the log. */
  readonly waiting: Decided[];
  /** What the publisher said of late, oldest first. */
  readonly heard: Publication[];
};

type Decided = {
  readonly logOffset: number;
  readonly decidedAtMs: number;
  readonly orderAtMs: number;
};

/** Trades waited for at a time; a publisher that is far behind is measured by the first of them. */
const waitingMax = 50_000;
/** Words remembered: those of some seconds. */
const heardMax = 1000;

/** Nothing measured yet. */
export function newMeasures(meters: Meters): Measures {
  return {
    meters,
    orderToEvent: newLatency(),
    eventToPublic: newLatency(),
    orderToPublic: newLatency(),
    publishing: new Map(),
  };
}

/** Takes a step in: how long things took, of what happens while this gateway serves. */
export function measureStep(
  measures: Measures,
  gateway: Gateway,
  { step, place }: GatewayStep,
): void {
  const { meters } = measures;
  if (!gateway.isCaughtUp()) return;
  const orderAtMs = inputTimeMs(step.events);
  if (orderAtMs !== null) {
    const tookMs = Math.max(0, place.atMs - orderAtMs);
    noteLatency(measures.orderToEvent, tookMs);
    meters.orderToEvent.observe(tookMs / 1000);
  }
  const publishing = publishingOf(measures, place.shard);
  const decided = {
    logOffset: place.logOffset,
    decidedAtMs: place.atMs,
    orderAtMs: orderAtMs ?? place.atMs,
  };
  for (const { type } of step.events) {
    if (type !== "TradeExecuted" || publishing.waiting.length >= waitingMax) continue;
    publishing.waiting.push(decided);
  }
  settleWaiting(measures, publishing);
}

/** Takes in that a publisher has committed: what stood before `next` is public since then. */
export function measurePublished(measures: Measures, publication: Publication): void {
  const publishing = publishingOf(measures, publication.shard);
  publishing.heard.push(publication);
  if (publishing.heard.length > heardMax) publishing.heard.shift();
  settleWaiting(measures, publishing);
}

function publishingOf({ publishing }: Measures, shard: number): Publishing {
  return getOrMake(publishing, shard, () => ({ waiting: [], heard: [] }));
}

/** Measures what is known to be public, each by the first word that says so. */
function settleWaiting(measures: Measures, { waiting, heard }: Publishing): void {
  let done = 0;
  for (const { logOffset, decidedAtMs, orderAtMs } of waiting) {
    while (heard[0] !== undefined && heard[0].next <= logOffset) heard.shift();
    const [publication] = heard;
    if (publication === undefined) break;
    done += 1;
    const { timestampMs } = publication;
    noteLatency(measures.eventToPublic, Math.max(0, timestampMs - decidedAtMs));
    noteLatency(measures.orderToPublic, Math.max(0, timestampMs - orderAtMs));
    measures.meters.orderToSettlement.observe(Math.max(0, timestampMs - orderAtMs) / 1000);
  }
  if (done > 0) waiting.splice(0, done);
}

/** When the step's own input came: at the door, or in its topic. */
function inputTimeMs(events: readonly MarketEvent[]): number | null {
  for (const event of events) {
    if (!("source" in event) || event.source === null) continue;
    return isAtDoor(event.source) ? event.source.receivedAtMs : event.source.timestampMs;
  }
  return null;
}
