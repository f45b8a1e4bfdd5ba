import { takeOwnId } from "./own-id.ts";
import { findParticipantFault, type Refusal } from "./refusal.ts";
import { saysSameRequest } from "../state/client-id.ts";
import { emit, type Decision } from "./decision.ts";
import type { RequestRejected } from "../facts/event.ts";

/** A cancel, modify or answer with an own client id. `orderId` is the order's, as it was sent. */
export type Request = Omit<RequestRejected, "type" | "reason" | "text">;

/**
 * Passes a request whose client id is new and whose sender is a member. Otherwise says what it is,
 * a repeat or a refusal, and returns false.
 */
export function passes(decision: Decision, request: Request): boolean {
  const { participant, symbol, orderId } = request;
  const found = takeOwnId(decision, request, (known) =>
    saysSameRequest(known, request.request, symbol, orderId),
  );
  if (found === "repeat") return false;
  const fault =
    found ??
    (request.request === "Modify" ? notSupported : undefined) ??
    findParticipantFault(decision, "participant", participant);
  if (fault !== undefined) refuseRequest(decision, request, fault);
  return fault === undefined;
}

/** Refuses a request. Its client id is used up. */
export function refuseRequest(decision: Decision, request: Request, refusal: Refusal): void {
  emit(decision, { type: "RequestRejected", ...request, ...refusal });
}

const notSupported: Refusal = {
  reason: "NOT_SUPPORTED",
  text: "Modify is not supported; send a Cancel and a new order",
};
