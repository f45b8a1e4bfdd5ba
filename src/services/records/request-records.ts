import { leavesId, type RejectReason } from "../../domain/facts/reject-reason.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { isRequestOutcome, type RequestOutcome } from "../../protocol/own/request-execution.ts";
import { NewestMap } from "../fifo.ts";
import { clientKey } from "./order-records.ts";
import type { StepPlace } from "../step-place.ts";

/** What became of a request that is about no single order, and where. */
export type RequestRecord = { readonly outcome: RequestOutcome; readonly place: StepPlace };

/** A cancel, confirm or reject that the market refused. */
export type RefusedRequest = {
  readonly reason: string;
  readonly text: string;
  readonly place: StepPlace;
};

/**
 * What became of requests, by member and own id: the market says only "repeated" of one that
 * comes again, and whoever asked must be told the first answer. The oldest is let go of above the
 * number kept.
 */
export type ByOwnId<Outcome> = NewestMap<string, Outcome>;

/** Nothing yet; `keptMax` are kept. */
export function newByOwnId<Outcome>(keptMax: number): ByOwnId<Outcome> {
  return new NewestMap(keptMax);
}

/** What became of the member's request with this id, or undefined. */
export function findByOwnId<Outcome>(
  byId: ByOwnId<Outcome>,
  participant: string,
  clientOrderId: string,
): Outcome | undefined {
  return byId.get(clientKey(participant, clientOrderId));
}

/** Notes the outcome of a request that is about no single order. */
export function noteRequest(
  records: ByOwnId<RequestRecord>,
  event: MarketEvent,
  place: StepPlace,
): void {
  if (isRequestOutcome(event)) keep(records, event, { outcome: event, place });
}

/** Notes the refusal of a cancel, confirm or reject. */
export function noteRefusedRequest(
  records: ByOwnId<RefusedRequest>,
  event: MarketEvent,
  place: StepPlace,
): void {
  if (event.type !== "RequestRejected") return;
  keep(records, event, { reason: event.reason, text: event.text, place });
}

/** A refusal for want of an id of its own leaves what the id said first. */
function keep<Outcome>(
  byId: ByOwnId<Outcome>,
  event: {
    readonly participant: string;
    readonly clientOrderId: string;
    readonly reason?: RejectReason;
  },
  outcome: Outcome,
): void {
  if (event.reason !== undefined && leavesId(event.reason)) return;
  byId.set(clientKey(event.participant, event.clientOrderId), outcome);
}
