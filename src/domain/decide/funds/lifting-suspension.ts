import { liftSuspensionText } from "../../facts/clearing-command.ts";
import type { LiftSuspension } from "../../facts/clearing-command.ts";
import { passesClearing, refuseClearing } from "../clearing-request.ts";
import type { Refusal } from "../refusal.ts";
import { owedBy } from "../../state/debt.ts";
import { happen } from "../decision.ts";
import type { Decision } from "../decision.ts";
import { rupees } from "../../facts/units.ts";

/** Decides whether a member in default may trade again: refused, or its suspension is over. */
export function liftSuspension(decision: Decision, command: LiftSuspension): void {
  const { participant, clientOrderId, source } = command;
  const own = { participant, client: null, clientOrderId };
  const said = { request: "LiftSuspension" as const, said: liftSuspensionText };
  const request = { ...said, ...own, source };
  if (!passesClearing(decision, request)) return;
  const fault = findFault(decision, participant);
  if (fault !== undefined) return refuseClearing(decision, request, fault);
  happen(decision, { type: "SuspensionLifted", ...own, source });
}

/** What must be true: its orders are out, and it owes nobody, neither the guarantee fund nor who goes without. */
function findFault({ market }: Decision, participant: string): Refusal | undefined {
  const { settlements, shortfalls } = market.clearing;
  const { suspended, debts } = shortfalls;
  const suspension = suspended.get(participant);
  if (suspension === undefined)
    return { reason: "NOT_SUSPENDED", text: `participant ${participant} is not suspended` };
  if (!suspension.isDone) {
    const text = `orders of ${participant} are still being taken out; ask again in a second`;
    return { reason: "MEMBER_SUSPENDED", text };
  }
  for (const { settlementNumber, members } of settlements.values()) {
    const lackPaise = members.get(participant)?.lackingPaise ?? 0;
    if (lackPaise === 0) continue;
    const text = `Rs ${rupees(lackPaise)} of ${participant} lack in ${settlementNumber}: after its pay-out they are dues; pay them then`;
    return { reason: "DUES_OWED", text };
  }
  const owedPaise = owedBy(debts, participant);
  if (owedPaise === 0) return undefined;
  const text = `${participant} owes Rs ${rupees(owedPaise)}; deposit cash and pay the dues first`;
  return { reason: "DUES_OWED", text };
}
