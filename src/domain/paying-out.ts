import { accountKey, clearingCorporation } from "./account.ts";
import type { Holder } from "./account.ts";
import { happen, openBalance, post } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { Asset } from "./journal.ts";
import { netPaiseOf } from "./paying-in.ts";
import { findPosition, instructionId, knownMember, leftOf } from "./settlement.ts";
import type { Settlement } from "./settlement.ts";
import { broken } from "./units.ts";
import type { Participant } from "./units.ts";

/** Pays a member's net from the clearing corporation into its transit bucket, where it is to receive. */
export function payOutMember(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
): void {
  const { settlementNumber, cashPaise } = settlement;
  const paidPaise = Math.min(netPaiseOf(settlement, participant), cashPaise);
  if (paidPaise <= 0) return;
  const ccp = clearingCorporation;
  openBalance(decision, participant, null, "INR");
  post(decision, "PAY_OUT", `${settlementNumber}-${participant}`, [
    { account: ccp, asset: "INR", bucket: "transit", amount: 0 - paidPaise },
    { account: participant, asset: "INR", bucket: "transit", amount: paidPaise },
    { account: ccp, asset: "INR", bucket: "due", amount: paidPaise },
    { account: participant, asset: "INR", bucket: "due", amount: 0 - paidPaise },
  ]);
  happen(decision, {
    type: "MemberPaid",
    settlementNumber,
    participant,
    direction: "PayOut",
    paidPaise,
  });
}

/** Pays an account what it is to receive, from its member's transit bucket. */
export function payOutCash(decision: Decision, settlement: Settlement, holder: Holder): void {
  const { transitPaise } = knownMember(settlement, holder.participant);
  payOut(decision, settlement, holder, {
    asset: "INR",
    from: holder.participant,
    has: transitPaise,
  });
}

/** Delivers an account its shares, straight from the clearing corporation. */
export function payOutShares(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  asset: Asset,
): void {
  const from = clearingCorporation;
  payOut(decision, settlement, holder, { asset, from, has: Number.MAX_SAFE_INTEGER });
}

function payOut(
  decision: Decision,
  settlement: Settlement,
  holder: Holder,
  { asset, from, has }: { readonly asset: Asset; readonly from: string; readonly has: number },
): void {
  const { settlementNumber } = settlement;
  const { participant, client } = holder;
  const account = accountKey(participant, client);
  const position = findPosition(settlement, holder, asset) ?? broken(`no position in ${asset}`);
  const left = leftOf(position);
  const paid = Math.min(left, has);
  const reference = instructionId(settlementNumber, holder, asset);
  if (paid > 0)
    post(decision, "PAY_OUT", reference, [
      { account: from, asset, bucket: "transit", amount: 0 - paid },
      { account, asset, bucket: "free", amount: paid },
      // A member's own account was owed by nobody in between.
      ...(account === from
        ? []
        : ([
            { account, asset, bucket: "due", amount: 0 - paid },
            { account: from, asset, bucket: "due", amount: paid },
          ] as const)),
    ]);
  const settledAmount = position.settled + paid;
  const isWhole = settledAmount === position.net;
  const lacking = asset === "INR" ? "CMON" : "CLAC";
  happen(decision, {
    type: "InstructionUpdated",
    instructionId: reference,
    settlementNumber,
    participant,
    client,
    asset,
    movement: "RECE",
    amount: position.net,
    settledAmount,
    status: isWhole ? "Settled" : settledAmount === 0 ? "Failing" : "PartiallySettled",
    reason: isWhole ? null : lacking,
  });
}
