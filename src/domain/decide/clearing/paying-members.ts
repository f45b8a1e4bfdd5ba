import { clearingCorporation } from "../../facts/account.ts";
import { emit, openBalance, post, type Decision } from "../decision.ts";
import { sayInstruction } from "./updating-instruction.ts";
import { collect } from "../funds/defaulting.ts";
import { moveAccount, type Posting } from "../../facts/journal.ts";
import { findPosition, knownMember, leftOf, type Settlement } from "../../state/settlement.ts";
import type { Participant } from "../../facts/units.ts";

/**
 * Passes a member's net on to the clearing corporation, once its accounts have paid. What they lack
 * the member brings; what lacks even so is missing for its own receivers first, then for others.
 */
export function payInMember(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
): void {
  const { settlementNumber } = settlement;
  const lackPaise = lackOf(settlement, participant);
  if (lackPaise > 0) cover(decision, settlement, participant, lackPaise);
  const { transitPaise } = knownMember(settlement, participant);
  const paidPaise = Math.min(0 - netPaiseOf(settlement, participant), transitPaise);
  if (paidPaise <= 0) return;
  const postings = passOn(participant, clearingCorporation, paidPaise);
  post(decision, "PAY_IN", `${settlementNumber}-${participant}`, postings);
  const direction = "PayIn";
  emit(decision, { type: "MemberPaid", settlementNumber, participant, direction, paidPaise });
}

/**
 * Pays a member's net from the clearing corporation into its transit bucket, as far as it was
 * paid in.
 */
export function payOutMember(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
): void {
  const { settlementNumber, cashPaise } = settlement;
  const paidPaise = Math.min(netPaiseOf(settlement, participant), cashPaise);
  if (paidPaise <= 0) return;
  openBalance(decision, participant, null, "INR");
  const postings = passOn(clearingCorporation, participant, paidPaise);
  post(decision, "PAY_OUT", `${settlementNumber}-${participant}`, postings);
  const direction = "PayOut";
  emit(decision, { type: "MemberPaid", settlementNumber, participant, direction, paidPaise });
}

/** Cash in transit goes from one to the other, and so much is due between them no more. */
function passOn(from: string, to: string, paise: number): readonly Posting[] {
  return [
    ...moveAccount({ asset: "INR", bucket: "transit", from, to, amount: paise }),
    ...moveAccount({ asset: "INR", bucket: "due", from, to, amount: 0 - paise }),
  ];
}

/** A member's cash of the settlement: the sum of its accounts' nets, below zero where it pays. */
function netPaiseOf(settlement: Settlement, participant: Participant): number {
  let sum = 0;
  for (const { assets } of knownMember(settlement, participant).accounts.values())
    sum += assets.get("INR")?.net ?? 0;
  return sum;
}

/** What the member's accounts have not paid. */
function lackOf(settlement: Settlement, participant: Participant): number {
  let sum = 0;
  for (const { assets } of knownMember(settlement, participant).accounts.values()) {
    const cash = assets.get("INR");
    if (cash !== undefined && cash.net < 0) sum += leftOf(cash);
  }
  return sum;
}

/** What the member is to receive itself stands in first: it stays in its transit bucket. */
function cover(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
  lackPaise: number,
): void {
  const { settlementNumber } = settlement;
  const holder = { participant, client: null };
  const own = findPosition(settlement, holder, "INR");
  const receiptsPaise = own === undefined || own.net <= 0 ? 0 : Math.min(own.net, lackPaise);
  const reference = `${settlementNumber}-${participant}`;
  const purpose = { settlementNumber, reference };
  const collected = collect(decision, participant, lackPaise - receiptsPaise, purpose);
  const coveredPaise = receiptsPaise + collected;
  const covered = { settlementNumber, participant, lackPaise, coveredPaise };
  emit(decision, { type: "MemberCovered", ...covered });
  if (own === undefined || receiptsPaise === 0) return;
  const moved = { movement: "RECE", amount: own.net, settledAmount: receiptsPaise } as const;
  sayInstruction(decision, settlement, holder, { asset: "INR", ...moved }, null);
}
