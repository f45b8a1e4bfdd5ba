import type { MarketEvent } from "../../domain/facts/event.ts";
import { dropOldest } from "../drop-oldest.ts";
import { clientKey } from "./order-records.ts";
import type { StepPlace } from "../step-place.ts";

/** A cancel, confirm or reject that the market refused. */
export type RefusedRequest = {
  readonly reason: string;
  readonly text: string;
  readonly place: StepPlace;
};

/**
 * Refused requests by member and own id: the market says only "repeated" of one that comes again, and
 * whoever asked must be told the refusal. The oldest is let go of above the number kept.
 */
export type RefusedRequests = {
  readonly byId: Map<string, RefusedRequest>;
  readonly keptMax: number;
};

/** No refusals yet; `keptMax` are kept. */
export function newRefusedRequests(keptMax: number): RefusedRequests {
  return { byId: new Map(), keptMax };
}

/** Notes a refusal. One of an id that says something else leaves what the id said first. */
export function noteRefusedRequest(
  { byId, keptMax }: RefusedRequests,
  event: MarketEvent,
  place: StepPlace,
): void {
  if (event.type !== "RequestRejected") return;
  const { participant, clientOrderId, reason, text } = event;
  if (reason === "DUPLICATE_ID" || reason === "RESERVED_ID") return;
  byId.set(clientKey(participant, clientOrderId), { reason, text, place });
  dropOldest(byId, keptMax);
}

/** What the member's request with this id was refused with, or undefined. */
export function findRefusedRequest(
  { byId }: RefusedRequests,
  participant: string,
  clientOrderId: string,
): RefusedRequest | undefined {
  return byId.get(clientKey(participant, clientOrderId));
}
