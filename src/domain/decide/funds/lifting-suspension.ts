import { liftSuspensionText, type LiftSuspension } from "../../facts/clearing-command.ts";
import { passesClearing, refuseClearing } from "../clearing-request.ts";
import type { Refusal } from "../refusal.ts";
import { owedBy } from "../../state/debt.ts";
import { emit, type Decision } from "../decision.ts";
import { findLackFault } from "./defaulting.ts";
import { rupees } from "../../facts/units.ts";

/** Decides whether a member in default may trade again: refused, or its suspension is over. */
export function liftSuspension(decision: Decision, command: LiftSuspension): void {
  const { participant, clientOrderId, source } = command;
  const own = { participant, client: null, clientOrderId };
  const content = { request: "LiftSuspension" as const, said: liftSuspensionText };
  const request = { ...content, ...own, source };
  if (!passesClearing(decision, request)) return;
  const fault = findFault(decision, participant);
  if (fault !== undefined) return refuseClearing(decision, request, fault);
  emit(decision, { type: "SuspensionLifted", ...own, source });
}

/**
 * What must be true: its orders are out, and it owes nobody, neither the guarantee fund nor who
 * goes without.
 */
function findFault(decision: Decision, participant: string): Refusal | undefined {
  const { suspended, debts } = decision.market.clearing.shortfalls;
  const suspension = suspended.get(participant);
  if (suspension === undefined)
    return { reason: "NOT_SUSPENDED", text: `participant ${participant} is not suspended` };
  if (!suspension.isDone) {
    const text = `orders of ${participant} are still being taken out; ask again in a second`;
    return { reason: "MEMBER_SUSPENDED", text };
  }
  const lacking = findLackFault(decision, participant);
  if (lacking !== undefined) return lacking;
  const owedPaise = owedBy(debts, participant);
  if (owedPaise === 0) return undefined;
  const text = `${participant} owes Rs ${rupees(owedPaise)}; deposit cash and pay the dues first`;
  return { reason: "DUES_OWED", text };
}
