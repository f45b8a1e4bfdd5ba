import { getOrMake } from "../facts/get-or-make.ts";
import { assertBalanced, type Asset, type Journal, type Posting } from "../facts/journal.ts";
import { failInvariant } from "../facts/units.ts";
import { isOutside } from "../facts/account.ts";

/**
 * What an account holds of one asset: paise of INR, else shares. Safe integers. `due` is what it
 * will receive by trades that are not settled yet; below zero it delivers or pays.
 */
export type Balance = { free: number; blocked: number; transit: number; due: number };

/**
 * Balances by account, then asset. Grows with the accounts and symbols that ever traded and is
 * never emptied: a balance of zero is still a balance.
 */
export type Accounts = Map<string, Map<Asset, Balance>>;

/** The balance, or undefined for an asset the account was never opened for. */
export function findBalance(
  accounts: Accounts,
  account: string,
  asset: Asset,
): Balance | undefined {
  return accounts.get(account)?.get(asset);
}

/**
 * Moves what the journal says. Breaks unless it sums to zero per asset, and where a bucket of
 * anything that is not outside the market would fall below zero, except what is due.
 */
export function postJournal(accounts: Accounts, journal: Journal): void {
  assertBalanced(journal);
  for (const posting of journal.postings) post(accounts, journal, posting);
}

function post(accounts: Accounts, journal: Journal, posting: Posting): void {
  const { account, asset, bucket, amount } = posting;
  const balance = balanceOf(accounts, account, asset);
  const after = balance[bucket] + amount;
  if (!Number.isSafeInteger(after))
    failInvariant(`${journal.journalId}: ${account} ${asset} overflows`);
  if (after < 0 && bucket !== "due" && !isOutside(account))
    failInvariant(`${journal.journalId}: ${account} ${asset} ${bucket} falls to ${after}`);
  balance[bucket] = after;
}

function balanceOf(accounts: Accounts, account: string, asset: Asset): Balance {
  return getOrMake(getOrMake(accounts, account, noAssets), asset, noBalance);
}

function noAssets(): Map<Asset, Balance> {
  return new Map();
}

function noBalance(): Balance {
  return { free: 0, blocked: 0, transit: 0, due: 0 };
}
