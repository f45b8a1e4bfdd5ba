import { everyMember } from "../facts/account.ts";
import { duplicateId, findDeadlineFault, findIdFault, findParticipantFault } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { findId, saysSameClearing } from "../state/client-id.ts";
import { isRedrive } from "../facts/ids.ts";
import { emit, repeat } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { ClearingRequestRejected } from "../facts/shortfall-event.ts";

/** A request that is about no single order: of clearing, of funds, or a cancel-all. It has an id of its own. */
export type ClearingRequest = Omit<ClearingRequestRejected, "type" | "reason" | "text">;

/**
 * Passes a request whose client id is new and whose sender is a member. Otherwise says what it is, a repeat or
 * a refusal, and returns false.
 */
export function passesClearing(decision: Decision, request: ClearingRequest): boolean {
  const { participant, clientOrderId, source } = request;
  const known = findId(decision.market.clientIds, participant, clientOrderId);
  const isSame = known !== undefined && saysSameClearing(known, request.request, request.said);
  if (known !== undefined && (isSame || isRedrive(clientOrderId, source))) {
    repeat(decision, source, participant, clientOrderId, known.firstSeq);
    return false;
  }
  const fault =
    findIdFault(clientOrderId, source) ??
    (known === undefined ? undefined : duplicateId(clientOrderId, known.firstSeq)) ??
    findDeadlineFault(decision, source) ??
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
