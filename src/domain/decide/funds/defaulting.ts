import { accountKey, collateralAccount, guaranteeFund } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { dateOf, dayAt } from "../../facts/calendar.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import { emit, openBalance, post, postOpening, type Decision } from "../decision.ts";
import { clearingTerms } from "../cycle.ts";
import { moveAccount, type Posting } from "../../facts/journal.ts";
import type { Refusal } from "../refusal.ts";
import { rupees, type Participant } from "../../facts/units.ts";

/** What cash is collected for. */
type Purpose = {
  readonly settlementNumber: string;
  /** Of the journals: the instruction's, lot's or trade's id. */
  readonly reference: string;
};

/**
 * Brings cash of a member together in its transit bucket: its own free cash, then what it left as
 * collateral, then the guarantee fund's, each step a journal. What a member cannot pay of its own
 * is said. Returns what came together; less than was asked for only where even the fund lacks it.
 */
export function collect(
  decision: Decision,
  participant: Participant,
  amountPaise: number,
  purpose: Purpose,
): number {
  openBalance(decision, participant, null, "INR");
  let left = amountPaise;
  left -= takeFree(decision, participant, participant, left, purpose);
  if (left === 0) return amountPaise;
  sayLack(decision, participant, purpose.settlementNumber, left);
  openClearing(decision, collateralAccount(participant), collateralOf(decision, participant));
  left -= takeFree(decision, participant, collateralAccount(participant), left, purpose);
  if (left === 0) return amountPaise;
  openClearing(decision, guaranteeFund, clearingTerms(decision).guaranteeFundPaise);
  left -= takeFree(decision, participant, guaranteeFund, left, purpose);
  return amountPaise - left;
}

/**
 * Says what a member lacks of its own. Its trading is withdrawn once that is so much on a day in
 * India, and then nothing more is said.
 */
export function sayLack(
  decision: Decision,
  participant: Participant,
  settlementNumber: string,
  lackPaise: number,
): void {
  const { clearing, clockMs } = decision.market;
  const { suspended, lacks } = clearing.shortfalls;
  if (suspended.has(participant)) return;
  const date = dateOf(dayAt(clockMs));
  const before = lacks.get(participant);
  const sum = lackPaise + (before?.date === date ? before.paise : 0);
  const rule = inForce(clearingTerms(decision).withdrawalRules, date);
  const lack = { participant, settlementNumber, lackPaise };
  if (sum >= rule.lackPaise) emit(decision, { type: "MemberDefaulted", ...lack });
  else emit(decision, { type: "MemberLacked", ...lack, date });
}

/**
 * The refusal of what a member may not do while a settlement lacks its cash, or undefined: until
 * the pay-out says who goes without, nobody is owed it.
 */
export function findLackFault({ market }: Decision, participant: Participant): Refusal | undefined {
  for (const { settlementNumber, members } of market.clearing.settlements.values()) {
    const lackPaise = members.get(participant)?.lackingPaise ?? 0;
    if (lackPaise === 0) continue;
    const text = `Rs ${rupees(lackPaise)} of ${participant} lack in ${settlementNumber}: after its pay-out they are dues; pay them then`;
    return { reason: "DUES_OWED", text };
  }
  return undefined;
}

/** The most that `collect` would bring together for a member now. */
export function collectablePaise(decision: Decision, participant: Participant): number {
  const { accounts } = decision.market;
  const collateral = collateralAccount(participant);
  return (
    (findBalance(accounts, accountKey(participant, null), "INR")?.free ?? 0) +
    (findBalance(accounts, collateral, "INR")?.free ?? collateralOf(decision, participant)) +
    (findBalance(accounts, guaranteeFund, "INR")?.free ??
      clearingTerms(decision).guaranteeFundPaise)
  );
}

function takeFree(
  decision: Decision,
  participant: Participant,
  from: string,
  amountPaise: number,
  { settlementNumber, reference }: Purpose,
): number {
  const free = findBalance(decision.market.accounts, from, "INR")?.free ?? 0;
  const paise = Math.min(amountPaise, free);
  if (paise === 0) return 0;
  const postings: Posting[] = [
    { account: from, asset: "INR", bucket: "free", amount: 0 - paise },
    { account: participant, asset: "INR", bucket: "transit", amount: paise },
  ];
  const isFund = from === guaranteeFund;
  const owed = { from: participant, to: guaranteeFund, amount: paise };
  if (isFund) postings.push(...moveAccount({ asset: "INR", bucket: "due", ...owed }));
  post(decision, from === participant ? "PAY_IN" : "DEFAULT", reference, postings);
  if (isFund)
    emit(decision, {
      type: "DebtIncurred",
      debtor: participant,
      creditor: guaranteeFund,
      paise,
      reason: "FUND",
      settlementNumber,
    });
  return paise;
}

function collateralOf(decision: Decision, participant: Participant): number {
  return clearingTerms(decision).collateral.get(participant) ?? 0;
}

/** Gives an account of clearing its opening cash, the first time it is needed. */
function openClearing(decision: Decision, account: string, amountPaise: number): void {
  if (amountPaise === 0 || findBalance(decision.market.accounts, account, "INR") !== undefined)
    return;
  postOpening(decision, account, "INR", amountPaise);
}
