import { accountKey } from "../../facts/account.ts";
import { payDuesText, type PayDues } from "../../facts/clearing-command.ts";
import { clearingRequestOf, passesClearing, refuseClearing } from "../clearing-request.ts";
import type { Refusal } from "../refusal.ts";
import { postCredit } from "./crediting.ts";
import { owedBy, payableBy } from "../../state/debt.ts";
import { emit, freeAmount, type Decision } from "../decision.ts";
import { groupedRupees, rupees } from "../../facts/units.ts";

/**
 * Decides a payment of what an account owes: refused, or paid as far as it owes and one
 * journal holds.
 */
export function payDues(decision: Decision, command: PayDues): void {
  const { participant, client, clientOrderId, amountPaise, source } = command;
  const holder = { participant, client };
  const request = clearingRequestOf(command, payDuesText(command));
  if (!passesClearing(decision, request)) return;
  const account = accountKey(participant, client);
  const { debts } = decision.market.clearing.shortfalls;
  const owedPaise = owedBy(debts, account);
  const fault = findFault(decision, command, owedPaise);
  if (fault !== undefined) return refuseClearing(decision, request, fault);
  const paidPaise = payableBy(debts, account, Math.min(amountPaise, owedPaise));
  const paid = { ...holder, clientOrderId, amountPaise, paidPaise, source };
  emit(decision, { type: "DuesPaid", ...paid });
  const from = { account, asset: "INR", bucket: "free", amount: 0 - paidPaise } as const;
  postCredit(decision, "DUES", `D-${decision.cause}`, [from], { account, paise: paidPaise });
}

function findFault(
  decision: Decision,
  { participant, client, amountPaise }: PayDues,
  owedPaise: number,
): Refusal | undefined {
  if (owedPaise === 0)
    return { reason: "NOTHING_DUE", text: "the account owes nothing that is past its pay-in" };
  if (amountPaise < 1) {
    const text = `amount Rs ${rupees(amountPaise)}: send Rs 0.01 to Rs ${rupees(owedPaise)}`;
    return { reason: "VALUE_OUT_OF_RANGE", text };
  }
  const free = freeAmount(decision, participant, client, "INR");
  if (Math.min(amountPaise, owedPaise) <= free) return undefined;
  const text = `amount Rs ${rupees(amountPaise)}: Rs ${groupedRupees(free)} is free; send less`;
  return { reason: "INSUFFICIENT_FUNDS", text };
}
