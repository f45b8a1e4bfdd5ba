import { accountKey, clearingCorporation, type Holder } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { emit, openBalance, post, type Decision } from "../decision.ts";
import { sayInstruction } from "./updating-instruction.ts";
import { moveAccount, moveBucket, type Asset, type Posting } from "../../facts/journal.ts";
import { findPosition, type Settlement } from "../../state/settlement.ts";
import { instructionId } from "../../facts/ids.ts";
import { unpaidOf } from "../../state/shortfall.ts";
import { failInvariant } from "../../facts/units.ts";

/**
 * Takes the shares an account has to deliver to the clearing corporation, as far as it has them.
 */
export function payInShares(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  asset: Asset,
): void {
  payIn(decision, settlement, holder, asset, clearingCorporation);
}

/** Takes the cash an account has to pay into its member's transit bucket, as far as it has it. */
export function payInCash(decision: Decision, settlement: Settlement, holder: Holder): void {
  const { participant, client } = holder;
  openBalance(decision, participant, null, "INR");
  const lackPaise = payIn(decision, settlement, holder, "INR", participant);
  if (lackPaise === 0 || client === null) return;
  emit(decision, {
    type: "DebtIncurred",
    debtor: accountKey(participant, client),
    creditor: participant,
    paise: lackPaise,
    reason: "MONY",
    settlementNumber: settlement.settlementNumber,
  });
}

type Owed = {
  readonly account: string;
  readonly asset: Asset;
  readonly to: string;
  readonly owed: number;
  /** Blocked in the account for this settlement. */
  readonly blocked: number;
  readonly reference: string;
};

/**
 * Moves what the account has of what it owes and gives the rest of the block back. Returns
 * what lacks.
 */
function payIn(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  asset: Asset,
  to: string,
): number {
  const position =
    findPosition(settlement, holder, asset) ?? failInvariant(`no position in ${asset}`);
  const reference = instructionId(settlement.settlementNumber, holder, asset);
  const account = accountKey(holder.participant, holder.client);
  const owed = Math.max(0, 0 - position.net);
  const { blocked } = position;
  const paid = move(decision, holder, { account, asset, to, owed, blocked, reference });
  const unused = Math.max(0, blocked - owed);
  const given = { account, asset, from: "blocked", to: "free", amount: unused } as const;
  if (unused > 0) post(decision, "RELEASE", reference, moveBucket(given));
  const moved = { asset, movement: "DELI", amount: owed, settledAmount: paid } as const;
  if (owed > 0)
    sayInstruction(decision, settlement, holder, moved, asset === "INR" ? "MONY" : "LACK");
  return owed - paid;
}

/**
 * From what is blocked for the settlement first, then from what is free, then from shares that the
 * account received while it owed: it sells those to pay. Returns what moved.
 */
function move(decision: Decision, holder: Holder, debit: Owed): number {
  const { account, asset, to, owed, blocked, reference } = debit;
  const { accounts, clearing } = decision.market;
  const free = findBalance(accounts, account, asset)?.free ?? 0;
  const fromBlocked = Math.min(owed, blocked);
  const fromFree = Math.min(owed - fromBlocked, free);
  const unpaid = unpaidOf(clearing.shortfalls, account, asset).Account;
  const fromUnpaid = Math.min(owed - fromBlocked - fromFree, unpaid);
  const paid = fromBlocked + fromFree + fromUnpaid;
  if (paid === 0) return 0;
  const postings: Posting[] = [];
  const add = (posting: Posting): void => {
    if (posting.amount !== 0) postings.push(posting);
  };
  add({ account, asset, bucket: "blocked", amount: 0 - fromBlocked - fromUnpaid });
  add({ account, asset, bucket: "free", amount: 0 - fromFree });
  add({ account: to, asset, bucket: "transit", amount: paid });
  // A member's own account owes nobody in between.
  const due = { asset, bucket: "due", from: account, to, amount: 0 - paid } as const;
  if (account !== to) postings.push(...moveAccount(due));
  post(decision, "PAY_IN", reference, postings);
  const { participant, client } = holder;
  const freed = { participant, client, symbol: asset, quantity: fromUnpaid };
  if (fromUnpaid > 0) emit(decision, { type: "UnpaidSharesFreed", ...freed, heldBy: "Account" });
  return paid;
}
