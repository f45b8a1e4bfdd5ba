import { assertBalanced } from "./journal.ts";
import type { Asset, Journal, Posting } from "./journal.ts";
import { broken } from "./units.ts";
import type { Participant } from "./units.ts";

/**
 * What an account holds of one asset: paise of INR, else shares. Safe integers. `due` is what it will receive
 * by trades that are not settled yet; below zero it delivers or pays.
 */
export type Balance = { free: number; blocked: number; transit: number; due: number };

/**
 * Balances by account, then asset. Grows with the accounts and symbols that ever traded and is never
 * emptied: a balance of zero is still a balance.
 */
export type Accounts = Map<string, Map<Asset, Balance>>;

/** Whose an account is: a member's client's, or with null the member's own. */
export type Holder = { readonly participant: Participant; readonly client: string | null };

/** The clearing corporation. Members' names have no colon, so nobody else has this account. */
export const clearingCorporation = "clearing:ccp";

/** The core settlement guarantee fund. */
export const guaranteeFund = "clearing:guarantee-fund";

/** What a member left with the clearing corporation. */
export function collateralAccount(participant: Participant): string {
  return `collateral:${participant}`;
}

/** `HDFC` for the member's own account, `HDFC/<client>` for a client's. */
export function accountKey(participant: Participant, client: string | null): string {
  return client === null ? participant : `${participant}/${client}`;
}

/** True if the account is the member's own, or one of its clients'. */
export function isAccountOf(participant: Participant, account: string): boolean {
  return account === participant || account.startsWith(`${participant}/`);
}

/** Where an account's opening balances come from. */
export function openingAccount(account: string): string {
  return `${openingPrefix}${account}`;
}

/** Where deposits of an account come from and withdrawals go: its bank and other depositories, as one. */
export function externalAccount(account: string): string {
  return `${externalPrefix}${account}`;
}

/** True for an account that stands for what is outside the market: the kinds that may be negative. */
export function isOutside(account: string): boolean {
  return account.startsWith(openingPrefix) || account.startsWith(externalPrefix);
}

/** Stands for all members where operations asks for all of them. No member has such a name. */
export const everyMember = "*";

/** True if the name can be a member's: not empty, and none of the marks that account keys use. */
export function isParticipantName(name: string): boolean {
  return name !== "" && name !== everyMember && !name.includes("/") && !name.includes(":");
}

/** The balance, or undefined for an asset the account was never opened for. */
export function findBalance(
  accounts: Accounts,
  account: string,
  asset: Asset,
): Balance | undefined {
  return accounts.get(account)?.get(asset);
}

/**
 * Moves what the journal says. Breaks unless it sums to zero per asset, and where a bucket of anything
 * that is not outside the market would fall below zero, except what is due.
 */
export function postJournal(accounts: Accounts, journal: Journal): void {
  assertBalanced(journal);
  for (const posting of journal.postings) post(accounts, journal, posting);
}

const openingPrefix = "opening:";
const externalPrefix = "external:";

function post(accounts: Accounts, journal: Journal, posting: Posting): void {
  const { account, asset, bucket, amount } = posting;
  const balance = balanceOf(accounts, account, asset);
  const after = balance[bucket] + amount;
  if (!Number.isSafeInteger(after)) broken(`${journal.journalId}: ${account} ${asset} overflows`);
  if (after < 0 && bucket !== "due" && !isOutside(account))
    broken(`${journal.journalId}: ${account} ${asset} ${bucket} falls to ${after}`);
  balance[bucket] = after;
}

function balanceOf(accounts: Accounts, account: string, asset: Asset): Balance {
  let assets = accounts.get(account);
  if (assets === undefined) {
    assets = new Map();
    accounts.set(account, assets);
  }
  let balance = assets.get(asset);
  if (balance === undefined) {
    balance = { free: 0, blocked: 0, transit: 0, due: 0 };
    assets.set(asset, balance);
  }
  return balance;
}
