import { accountKey } from "../../facts/account.ts";
import { payInEarlyText, type PayInEarly } from "../../facts/clearing-command.ts";
import { clearingRequestOf, passesClearing, refuseClearing } from "../clearing-request.ts";
import { shown, type Refusal } from "../refusal.ts";
import { emit, freeAmount, post, type Decision } from "../decision.ts";
import { moveBucket, type Asset } from "../../facts/journal.ts";
import { findSecurity } from "../../state/margin.ts";
import type { MarginPosition } from "../../state/margin-amount.ts";
import { giveBackMargin, marginLeft } from "./margining.ts";
import { instructionId } from "../../facts/ids.ts";
import { groupedRupees } from "../../facts/units.ts";

/**
 * Decides an early pay-in: refused, or the shares or the money are blocked for the settlement, and
 * the margin on them goes back first, so that it may be part of the money. Source: NSE Clearing,
 * early pay-in.
 */
export function payInEarly(decision: Decision, command: PayInEarly): void {
  const { participant, client, settlementNumber, symbol } = command;
  const holder = { participant, client };
  const request = clearingRequestOf(command, payInEarlyText(command));
  if (!passesClearing(decision, request)) return;
  const found = findEarly(decision, command);
  if ("reason" in found) return refuseClearing(decision, request, found);
  const { type: _, ...fields } = command;
  emit(decision, { type: "EarlyPaidIn", ...fields, ...found });
  const account = accountKey(participant, client);
  giveBackMargin(decision, account, [symbol]);
  const { asset, amount } = found;
  const postings = moveBucket({ account, asset, from: "free", to: "blocked", amount });
  post(decision, "BLOCK", instructionId(settlementNumber, holder, asset), postings);
}

type Early = { readonly asset: Asset; readonly amount: number };

function findEarly(decision: Decision, command: PayInEarly): Early | Refusal {
  const { participant, client, settlementNumber, symbol, quantity } = command;
  const { clearing, clockMs } = decision.market;
  const account = accountKey(participant, client);
  const { positions } = findSecurity(clearing.margins, account, symbol) ?? none;
  const settlement = clearing.settlements.get(settlementNumber);
  // From its pay-in on, what the account delivers may be taken already: nobody would ask for
  // the rest.
  const isEarly = settlement !== undefined && clockMs < settlement.schedule.payInAtMs;
  const position = isEarly ? positions.get(settlementNumber) : undefined;
  const open = position === undefined ? 0 : openShares(position);
  if (position === undefined || open <= 0 || costOf(position, open) === 0)
    return {
      reason: "NOTHING_DUE",
      text: `settlement ${shown(settlementNumber)}: nothing of ${shown(symbol)} is still to be paid in on a margin`,
    };
  if (quantity < 1 || quantity > open)
    return { reason: "QUANTITY_OUT_OF_RANGE", text: `quantity ${quantity}: send 1 to ${open}` };
  return position.shares < 0
    ? findShares(decision, command)
    : findMoney(decision, command, position);
}

function findShares(decision: Decision, command: PayInEarly): Early | Refusal {
  const { participant, client, symbol, quantity } = command;
  const free = freeAmount(decision, participant, client, symbol);
  if (quantity <= free) return { asset: symbol, amount: quantity };
  const text = `quantity ${quantity}: ${free} shares are free; send less`;
  return { reason: "INSUFFICIENT_HOLDINGS", text };
}

function findMoney(
  decision: Decision,
  command: PayInEarly,
  position: MarginPosition,
): Early | Refusal {
  const { participant, client, settlementNumber, symbol, quantity } = command;
  const account = accountKey(participant, client);
  const amount = costOf(position, quantity);
  const paid = { ...position, paidForShares: position.paidForShares + quantity };
  const backPaise = marginLeft(decision, account, symbol, [settlementNumber, paid]);
  const free = freeAmount(decision, participant, client, "INR") + backPaise;
  if (amount <= free) return { asset: "INR", amount };
  const text = `quantity ${quantity} costs Rs ${groupedRupees(amount)}, and Rs ${groupedRupees(free)} is free, with the margin on it; send less`;
  return { reason: "INSUFFICIENT_FUNDS", text };
}

const none: { readonly positions: ReadonlyMap<string, MarginPosition> } = { positions: new Map() };

/** Shares of the position that are not paid in, or not paid for. */
function openShares({ shares, paidInShares, paidForShares }: MarginPosition): number {
  return shares < 0 ? 0 - shares - paidInShares : shares - paidForShares;
}

/**
 * What so many shares of the position cost, at its average price and rounded up; shares sold
 * are shares.
 */
function costOf({ shares, paise }: MarginPosition, quantity: number): number {
  if (shares < 0) return quantity;
  const part = BigInt(Math.max(0, paise)) * BigInt(quantity);
  return Number((part + BigInt(shares) - 1n) / BigInt(shares));
}
