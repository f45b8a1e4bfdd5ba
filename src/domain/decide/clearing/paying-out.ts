import { accountKey, clearingCorporation, type Holder } from "../../facts/account.ts";
import { creditShares, postCredit } from "../funds/crediting.ts";
import { emit, post, type Decision } from "../decision.ts";
import { sayInstruction } from "./updating-instruction.ts";
import { moveAccount, type Asset, type Posting } from "../../facts/journal.ts";
import {
  findPosition,
  knownMember,
  leftOf,
  type Position,
  type Settlement,
} from "../../state/settlement.ts";
import { instructionId } from "../../facts/ids.ts";
import { failInvariant, type Participant, type Ticker } from "../../facts/units.ts";

/**
 * Pays an account what it is to receive, from its member's transit bucket, as far as that goes.
 * What it owes is paid out of it first. Where it goes without, who owes it is said while `isEnough`
 * is not yet so, one at least: the next tick goes on.
 */
export function payOutCash(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  isEnough: () => boolean,
): void {
  const { participant, client } = holder;
  const account = accountKey(participant, client);
  const position = knownPosition(settlement, holder, "INR");
  const left = leftOf(position);
  if (left === 0) return;
  if (position.short > 0) return sayWhoOwes(decision, settlement, holder, isEnough);
  const paise = Math.min(left, knownMember(settlement, participant).transitPaise);
  const postings: Posting[] = [
    { account: participant, asset: "INR", bucket: "transit", amount: 0 - paise },
  ];
  // A member's own account was owed by nobody in between.
  if (client !== null)
    postings.push(
      ...moveAccount({
        asset: "INR",
        bucket: "due",
        from: account,
        to: participant,
        amount: paise,
      }),
    );
  const reference = instructionId(settlement.settlementNumber, holder, "INR");
  if (paise > 0) postCredit(decision, "PAY_OUT", reference, postings, { account, paise });
  sayPaidOut(decision, settlement, holder, "INR", paise);
  if (paise < left) sayWhoOwes(decision, settlement, holder, isEnough);
}

/** Delivers an account its shares, straight from the clearing corporation. */
export function payOutShares(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  symbol: Ticker,
): void {
  const account = accountKey(holder.participant, holder.client);
  const quantity = leftOf(knownPosition(settlement, holder, symbol));
  const ccp = clearingCorporation;
  const { posting, held } = creditShares(decision, holder, symbol, quantity);
  post(decision, "PAY_OUT", instructionId(settlement.settlementNumber, holder, symbol), [
    { account: ccp, asset: symbol, bucket: "transit", amount: 0 - quantity },
    posting,
    ...moveAccount({ asset: symbol, bucket: "due", from: account, to: ccp, amount: quantity }),
  ]);
  if (held !== null) emit(decision, held);
  sayPaidOut(decision, settlement, holder, symbol, quantity);
}

function sayPaidOut(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  asset: Asset,
  paid: number,
): void {
  const { net: amount, settled } = knownPosition(settlement, holder, asset);
  const moved = { asset, movement: "RECE", amount, settledAmount: settled + paid } as const;
  sayInstruction(decision, settlement, holder, moved, asset === "INR" ? "CMON" : "CLAC");
}

/**
 * Cash that even the guarantee fund lacked is owed by the defaulter: its own receivers' by
 * itself first.
 */
function sayWhoOwes(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  isEnough: () => boolean,
): void {
  const { settlementNumber } = settlement;
  const creditor = accountKey(holder.participant, holder.client);
  const position = knownPosition(settlement, holder, "INR");
  for (const debtor of defaultersOf(settlement, holder.participant)) {
    const paise = Math.min(leftOf(position), knownMember(settlement, debtor).lackingPaise);
    const debt = { debtor, creditor, paise, reason: "CMON", settlementNumber } as const;
    if (paise > 0) emit(decision, { type: "DebtIncurred", ...debt });
    if (leftOf(position) === 0 || (paise > 0 && isEnough())) return;
  }
  failInvariant(`${creditor} goes without ${leftOf(position)} paise that nobody lacked`);
}

function defaultersOf({ members }: Settlement, first: Participant): Participant[] {
  const others = [...members]
    .filter(([participant, { lackingPaise }]) => lackingPaise > 0 && participant !== first)
    .map(([participant]) => participant)
    .toSorted();
  return [first, ...others];
}

function knownPosition(settlement: Settlement, holder: Holder, asset: Asset): Position {
  return findPosition(settlement, holder, asset) ?? failInvariant(`no position in ${asset}`);
}
