import { getOrMake } from "../facts/get-or-make.ts";
import { guaranteeFund } from "../facts/account.ts";
import type { Posting } from "../facts/journal.ts";
import { failInvariant } from "../facts/units.ts";

/**
 * Who owes whom how many paise, by debtor and then creditor, the oldest first. Emptied by payment.
 * Over all accounts it is what is due of cash beyond the open settlements.
 */
export type Debts = Map<string, Map<string, number>>;

/** A payment of a debt. */
type Payment = {
  readonly debtor: string;
  readonly creditor: string;
  readonly paise: number;
};

/** Where cash for an account ends up: postings that add up to it, and the debts they pay. */
export type Routed = { readonly postings: Posting[]; readonly payments: Payment[] };

/** Adds to a debt. */
export function addDebt(debts: Debts, { debtor, creditor, paise }: Payment): void {
  const owed = getOrMake(debts, debtor, () => new Map<string, number>());
  owed.set(creditor, (owed.get(creditor) ?? 0) + paise);
}

/** Takes a payment off a debt. Breaks where less is owed. */
export function takeDebt(debts: Debts, { debtor, creditor, paise }: Payment): void {
  const owed = debts.get(debtor);
  const left = (owed?.get(creditor) ?? 0) - paise;
  if (owed === undefined || left < 0) failInvariant(`${debtor} does not owe ${creditor} ${paise}`);
  if (left > 0) owed.set(creditor, left);
  else owed.delete(creditor);
  if (owed.size === 0) debts.delete(debtor);
}

/** What the account owes, to everybody together. */
export function owedBy(debts: Debts, account: string): number {
  let sum = 0;
  for (const paise of debts.get(account)?.values() ?? []) sum += paise;
  return sum;
}

/** True if the account owes the guarantee fund. */
export function owesFund(debts: Debts, account: string): boolean {
  return debts.get(account)?.has(guaranteeFund) === true;
}

/**
 * Where cash for an account goes: what it owes first, oldest creditor first, and what that creditor
 * owes out of that; the rest is the account's. After `paymentsMax` payments the rest is whose it is
 * by then: a journal stays small, and the next cash goes on.
 */
export function routeCash(debts: Debts, account: string, amountPaise: number): Routed {
  const routed: Routed = { postings: [], payments: [] };
  const waiting = [{ account, paise: amountPaise }];
  const paid = new Map<string, number>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { account: debtor } = next;
    let left = next.paise;
    for (const [creditor, owed] of debts.get(debtor) ?? []) {
      const key = `${debtor}|${creditor}`;
      const paise = Math.min(left, owed - (paid.get(key) ?? 0));
      if (paise <= 0 || routed.payments.length >= paymentsMax) continue;
      paid.set(key, (paid.get(key) ?? 0) + paise);
      left -= paise;
      routed.payments.push({ debtor, creditor, paise });
      routed.postings.push(
        { account: debtor, asset: "INR", bucket: "due", amount: paise },
        { account: creditor, asset: "INR", bucket: "due", amount: 0 - paise },
      );
      waiting.push({ account: creditor, paise });
    }
    if (left > 0)
      routed.postings.push({ account: debtor, asset: "INR", bucket: "free", amount: left });
  }
  return routed;
}

/**
 * How much of an amount one journal pays of what the account owes: it takes `paymentsMax` payments.
 */
export function payableBy(debts: Debts, account: string, amountPaise: number): number {
  let paise = 0;
  for (const payment of routeCash(debts, account, amountPaise).payments)
    if (payment.debtor === account) paise += payment.paise;
  return Math.min(paise, amountPaise);
}

const paymentsMax = 16;
