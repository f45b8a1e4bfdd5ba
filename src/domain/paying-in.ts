import { accountKey, clearingCorporation, findBalance } from "./account.ts";
import type { Holder } from "./account.ts";
import { happen, openBalance, post } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { Asset, Posting } from "./journal.ts";
import { findPosition, instructionId, knownMember } from "./settlement.ts";
import type { Position, Settlement } from "./settlement.ts";
import { broken } from "./units.ts";
import type { Participant } from "./units.ts";

/** Takes the shares an account has to deliver to the clearing corporation, as far as it has them. */
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
  openBalance(decision, holder.participant, null, "INR");
  payIn(decision, settlement, holder, "INR", holder.participant);
}

/** Passes a member's net on to the clearing corporation, once its accounts have paid. */
export function payInMember(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
): void {
  const { settlementNumber } = settlement;
  const owedPaise = 0 - netPaiseOf(settlement, participant);
  if (owedPaise <= 0) return;
  const ccp = clearingCorporation;
  post(decision, "PAY_IN", `${settlementNumber}-${participant}`, [
    { account: participant, asset: "INR", bucket: "transit", amount: 0 - owedPaise },
    { account: ccp, asset: "INR", bucket: "transit", amount: owedPaise },
    { account: participant, asset: "INR", bucket: "due", amount: owedPaise },
    { account: ccp, asset: "INR", bucket: "due", amount: 0 - owedPaise },
  ]);
  happen(decision, {
    type: "MemberPaid",
    settlementNumber,
    participant,
    direction: "PayIn",
    paidPaise: owedPaise,
  });
}

/** A member's cash of the settlement: the sum of its accounts' nets, below zero where it pays. */
export function netPaiseOf(settlement: Settlement, participant: Participant): number {
  let sum = 0;
  for (const { assets } of knownMember(settlement, participant).accounts.values())
    sum += assets.get("INR")?.net ?? 0;
  return sum;
}

/** From what is blocked for the settlement first, then from what is free; the rest of the block goes back. */
function payIn(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  asset: Asset,
  to: string,
): void {
  const account = accountKey(holder.participant, holder.client);
  const position = knownPosition(settlement, holder, asset);
  const reference = instructionId(settlement.settlementNumber, holder, asset);
  const free = findBalance(decision.market.accounts, account, asset)?.free ?? 0;
  const owed = Math.max(0, 0 - position.net);
  const fromBlocked = Math.min(owed, position.blocked);
  const fromFree = Math.min(owed - fromBlocked, free);
  const paid = fromBlocked + fromFree;
  const unused = position.blocked - fromBlocked;
  if (paid > 0) {
    const postings: Posting[] = [];
    add(postings, { account, asset, bucket: "blocked", amount: 0 - fromBlocked });
    add(postings, { account, asset, bucket: "free", amount: 0 - fromFree });
    add(postings, { account: to, asset, bucket: "transit", amount: paid });
    // A member's own account owes nobody in between.
    if (account !== to) {
      add(postings, { account, asset, bucket: "due", amount: paid });
      add(postings, { account: to, asset, bucket: "due", amount: 0 - paid });
    }
    post(decision, "PAY_IN", reference, postings);
  }
  if (unused > 0)
    post(decision, "RELEASE", reference, [
      { account, asset, bucket: "blocked", amount: 0 - unused },
      { account, asset, bucket: "free", amount: unused },
    ]);
  if (owed > 0) sayPaidIn(decision, settlement, holder, { asset, owed, paid });
}

function sayPaidIn(
  decision: Decision,
  { settlementNumber }: Settlement,
  { participant, client }: Holder,
  said: { readonly asset: Asset; readonly owed: number; readonly paid: number },
): void {
  const { asset, owed, paid } = said;
  const lackingStatus = paid === 0 ? "Failing" : "PartiallySettled";
  const lacking = asset === "INR" ? "MONY" : "LACK";
  happen(decision, {
    type: "InstructionUpdated",
    instructionId: instructionId(settlementNumber, { participant, client }, asset),
    settlementNumber,
    participant,
    client,
    asset,
    movement: "DELI",
    amount: owed,
    settledAmount: paid,
    status: paid === owed ? "Settled" : lackingStatus,
    reason: paid === owed ? null : lacking,
  });
}

function knownPosition(settlement: Settlement, holder: Holder, asset: Asset): Position {
  return findPosition(settlement, holder, asset) ?? broken(`no position in ${asset}`);
}

function add(postings: Posting[], posting: Posting): void {
  if (posting.amount !== 0) postings.push(posting);
}
