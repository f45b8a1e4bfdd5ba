import { everyMember } from "../facts/account.ts";
import { takeOwnId } from "./own-id.ts";
import { findParticipantFault, type Refusal } from "./refusal.ts";
import { saysSameClearing } from "../state/client-id.ts";
import { emit, type Decision } from "./decision.ts";
import type { ClearingRequestRejected } from "../facts/shortfall-event.ts";

/**
 * A request that is about no single order: of clearing, of funds, or a cancel-all. It has an id of
 * its own.
 */
type ClearingRequest = Omit<ClearingRequestRejected, "type" | "reason" | "text">;

/** What is kept and told of such a request; `said`: its text, by which a repeat is known. */
export function clearingRequestOf(
  {
    type,
    participant,
    client,
    clientOrderId,
    source,
  }: Omit<ClearingRequest, "request" | "said"> & {
    readonly type: ClearingRequest["request"];
  },
  said: string,
): ClearingRequest {
  return { request: type, participant, client, clientOrderId, said, source };
}

/**
 * Passes a request whose client id is new and whose sender is a member. Otherwise says what it is,
 * a repeat or a refusal, and returns false.
 */
export function passesClearing(decision: Decision, request: ClearingRequest): boolean {
  const { participant } = request;
  const found = takeOwnId(decision, request, (known) =>
    saysSameClearing(known, request.request, request.said),
  );
  if (found === "repeat") return false;
  const fault =
    found ??
    (participant === everyMember
      ? undefined
      : findParticipantFault(decision, "participant", participant));
  if (fault !== undefined) refuseClearing(decision, request, fault);
  return fault === undefined;
}

/** Refuses such a request. Its client id is used up. */
export function refuseClearing(
  decision: Decision,
  request: ClearingRequest,
  refusal: Refusal,
): void {
  emit(decision, { type: "ClearingRequestRejected", ...request, ...refusal });
}
