import { isRedrive, isReservedId } from "../facts/ids.ts";
import { isAtDoor, sentMs, type Origin } from "../facts/origin.ts";
import type { Decision } from "./decision.ts";
import type { RejectReason } from "../facts/reject-reason.ts";
import { isAdmitted } from "../facts/terms.ts";
import type { Participant } from "../facts/units.ts";
import type { Market } from "../state/market-state.ts";
import { hasForgotten, horizonOf } from "../state/remembered.ts";

/**
 * Why an order or a request is refused. The text names what it is about, the value and the fix in
 * plain words and in rupees: each door has field names and units of its own.
 */
export type Refusal = { readonly reason: RejectReason; readonly text: string };

/** The refusal of an id that only the exchange may make, or undefined. */
export function findIdFault(clientOrderId: string | null, source: Origin): Refusal | undefined {
  if (clientOrderId === null || !isReservedId(clientOrderId)) return undefined;
  if (isRedrive(clientOrderId, source)) return undefined;
  return refuse(
    "RESERVED_ID",
    `client order id ${shown(clientOrderId)}: ids that begin with A-, O- or D- are the exchange's; send another`,
  );
}

/**
 * The refusal of what was sent so long ago that its id may have been used and forgotten, or
 * undefined (rule R14). Of an id that is known this is not asked.
 */
export function findAgeFault(
  { market }: Decision,
  sent: {
    readonly participant: Participant;
    readonly clientOrderId: string | null;
    readonly source: Origin;
  },
): Refusal | undefined {
  if (sent.clientOrderId === null) return undefined;
  const horizonMs = horizonOf(market.remembered, sent.participant);
  if (horizonMs === null || sentMs(sent.source) >= horizonMs) return undefined;
  return refuse(
    "TOO_OLD_TO_CHECK",
    `client order id ${shown(sent.clientOrderId)} was sent ${horizonMs - sentMs(sent.source)} ms before the oldest time from which ids are known, so whether it came before cannot be told; look what became of it, and only if nothing did send it with a new id and the time of now`,
  );
}

/**
 * The refusal of what came in at a door and is decided after its deadline, or undefined (rule R14).
 */
export function findDeadlineFault({ market }: Decision, source: Origin): Refusal | undefined {
  if (!isAtDoor(source) || market.clockMs <= source.deadlineMs) return undefined;
  const lateMs = market.clockMs - source.deadlineMs;
  return refuse(
    "DEADLINE_PASSED",
    `the request was decided ${lateMs} ms after its deadline and did nothing; send it with a new id`,
  );
}

/** The refusal of a participant the market does not deal with, or undefined. */
export function findParticipantFault(
  { terms }: Decision,
  field: "participant" | "counterparty" | "custodian",
  name: string,
): Refusal | undefined {
  if (isAdmitted(terms, name)) return undefined;
  return refuse("UNKNOWN_PARTICIPANT", `${field} ${shown(name)} is not a member of this market`);
}

/** The refusal of a member in default, or undefined. */
export function findSuspensionFault(
  { market }: Decision,
  field: "participant" | "counterparty" | "custodian",
  name: string,
): Refusal | undefined {
  if (!market.clearing.shortfalls.suspended.has(name)) return undefined;
  return refuse("MEMBER_SUSPENDED", `${field} ${shown(name)} is in default and may not trade`);
}

/**
 * The refusal of a request about an order that is not known; `what` says which. Once the market has
 * forgotten some it says that too.
 */
export function unknownOrder({ remembered }: Market, what: string): Refusal {
  const forgotten = hasForgotten(remembered) ? ", or ended so long ago that it is forgotten" : "";
  return refuse("UNKNOWN_ORDER", what + forgotten);
}

/** The refusal of a client id that was first used for something else. */
export function duplicateId(clientOrderId: string | null, firstSeq: number): Refusal {
  return refuse(
    "DUPLICATE_ID",
    `client order id ${shown(clientOrderId ?? "")} said something else at step ${firstSeq}; send a new id`,
  );
}

/** Text of a sender, at a length that fits a sentence. */
export function shown(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}

/** A refusal. `text` names the field, the value and the fix. */
export function refuse(reason: RejectReason, text: string): Refusal {
  return { reason, text };
}
