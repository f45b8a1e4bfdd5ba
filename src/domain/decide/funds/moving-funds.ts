import { accountKey, externalAccount } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { admitSymbol } from "../listing.ts";
import { findSuspensionFault, type Refusal } from "../refusal.ts";
import { fundsText, type MoveFunds } from "../../facts/clearing-command.ts";
import { clearingRequestOf, passesClearing, refuseClearing } from "../clearing-request.ts";
import { owedBy } from "../../state/debt.ts";
import { emit, freeAmount, openBalance, post, roomFor, type Decision } from "../decision.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { moveAccount } from "../../facts/journal.ts";
import { findLackFault } from "./defaulting.ts";
import { cureAccount } from "../margin/margining.ts";
import { groupedRupees, groupedWhole } from "../../facts/units.ts";

/**
 * Decides a deposit or a withdrawal: refused, or moved between the account and what is outside, in
 * one journal.
 */
export function moveFunds(decision: Decision, command: MoveFunds): void {
  const { type, participant, client, clientOrderId, asset, amount, source } = command;
  const own = { participant, client, clientOrderId };
  const request = clearingRequestOf(command, fundsText(command));
  if (!passesClearing(decision, request)) return;
  const instrument = asset === "INR" ? null : admitSymbol(decision, asset, asset);
  const fault = findFault(decision, command, instrument);
  if (fault !== undefined) return refuseClearing(decision, request, fault);
  const isListed = instrument === null || decision.market.instruments.has(asset);
  if (!isListed && instrument !== null && !("reason" in instrument))
    emit(decision, { type: "InstrumentListed", instrument });
  openBalance(decision, participant, client, asset);
  const isIn = type === "Deposit";
  const moved = { ...own, asset, amount, source };
  emit(decision, { type: isIn ? "Deposited" : "Withdrawn", ...moved });
  const account = accountKey(participant, client);
  const came = { from: externalAccount(account), to: account, amount: isIn ? amount : 0 - amount };
  const postings = moveAccount({ asset, bucket: "free", ...came });
  post(decision, isIn ? "DEPOSIT" : "WITHDRAWAL", `F-${decision.cause}`, postings);
  if (isIn && asset === "INR") cureAccount(decision, account);
}

function findFault(
  decision: Decision,
  command: MoveFunds,
  instrument: Instrument | Refusal | null,
): Refusal | undefined {
  const { type, asset, amount } = command;
  if (instrument !== null && "reason" in instrument) return instrument;
  if (amount < 1) {
    const text = `amount ${shownAmount(asset, amount)}: send more than nothing`;
    return { reason: "VALUE_OUT_OF_RANGE", text };
  }
  if (type === "Withdraw")
    return findFreeFault(decision, command) ?? findRoomFault(decision, command);
  return findRoomFault(decision, command);
}

/**
 * Both balances have to stay exact: the account's, and what came from outside or left for it
 * in all.
 */
function findRoomFault(decision: Decision, command: MoveFunds): Refusal | undefined {
  const { type, participant, client, asset, amount } = command;
  const outside = externalAccount(accountKey(participant, client));
  const left = findBalance(decision.market.accounts, outside, asset)?.free ?? 0;
  const isIn = type === "Deposit";
  const room = Math.min(
    isIn ? roomFor(decision, command, asset) : Number.MAX_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER + Math.min(isIn ? left : 0 - left, 0),
  );
  if (amount <= room) return undefined;
  const text = `amount ${shownAmount(asset, amount)} is more than can be counted exactly; send less`;
  return { reason: "VALUE_OUT_OF_RANGE", text };
}

/** What is free may leave, unless the account or its member owes or lacks something. */
function findFreeFault(decision: Decision, command: MoveFunds): Refusal | undefined {
  const { participant, client, asset, amount } = command;
  const account = accountKey(participant, client);
  const { shortfalls, margins } = decision.market.clearing;
  const suspended = findSuspensionFault(decision, "participant", participant);
  if (suspended !== undefined) return suspended;
  const lacking = client === null ? findLackFault(decision, participant) : undefined;
  if (lacking !== undefined) return lacking;
  const owedPaise = owedBy(shortfalls.debts, account);
  if (owedPaise > 0) {
    const text = `the account owes Rs ${groupedRupees(owedPaise)}; pay its dues first`;
    return { reason: "DUES_OWED", text };
  }
  if (margins.short.has(account))
    return { reason: "INSUFFICIENT_MARGIN", text: "the account lacks margin; deposit cash first" };
  const free = freeAmount(decision, participant, client, asset);
  if (amount <= free) return undefined;
  const text = `amount ${shownAmount(asset, amount)}: ${shownAmount(asset, free)} free; send less`;
  return { reason: asset === "INR" ? "INSUFFICIENT_FUNDS" : "INSUFFICIENT_HOLDINGS", text };
}

function shownAmount(asset: string, amount: number): string {
  return asset === "INR" ? `Rs ${groupedRupees(amount)}` : `${groupedWhole(amount)} shares`;
}
