import type { MarketEvent } from "../../domain/facts/event.ts";
import { isRequestOutcome } from "../../protocol/own/request-execution.ts";
import type { RequestOutcome } from "../../protocol/own/request-execution.ts";
import { dropOldest } from "../drop-oldest.ts";
import { clientKey } from "./order-records.ts";
import type { StepPlace } from "../step-place.ts";

/** What became of a request that is about no single order, and where. */
export type RequestRecord = { readonly outcome: RequestOutcome; readonly place: StepPlace };

/**
 * Such outcomes by member and own id: the market says only "repeated" of a request that comes again, and
 * whoever asked must be told the first answer. The oldest is let go of above the number kept.
 */
export type RequestRecords = {
  readonly byId: Map<string, RequestRecord>;
  readonly keptMax: number;
};

/** No requests yet; `keptMax` are kept. */
export function newRequestRecords(keptMax: number): RequestRecords {
  return { byId: new Map(), keptMax };
}

/** Notes an outcome. A refusal for want of an id of its own leaves what the id said first. */
export function noteRequest(
  { byId, keptMax }: RequestRecords,
  event: MarketEvent,
  place: StepPlace,
): void {
  if (!isRequestOutcome(event)) return;
  if ("reason" in event && (event.reason === "DUPLICATE_ID" || event.reason === "RESERVED_ID"))
    return;
  byId.set(clientKey(event.participant, event.clientOrderId), { outcome: event, place });
  dropOldest(byId, keptMax);
}

/** What became of the member's request with this id, or undefined. */
export function findRequest(
  { byId }: RequestRecords,
  participant: string,
  clientOrderId: string,
): RequestRecord | undefined {
  return byId.get(clientKey(participant, clientOrderId));
}
