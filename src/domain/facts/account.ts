import type { Participant } from "./units.ts";

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

/**
 * Whose account a key of `accountKey` is: neither a member's name nor a client's code has a slash.
 */
export function accountHolder(account: string): Holder {
  const slash = account.indexOf("/");
  if (slash === -1) return { participant: account, client: null };
  return { participant: account.slice(0, slash), client: account.slice(slash + 1) };
}

/** True if the account is the member's own, or one of its clients'. */
export function isAccountOf(participant: Participant, account: string): boolean {
  return account === participant || account.startsWith(`${participant}/`);
}

/** Where an account's opening balances come from. */
export function openingAccount(account: string): string {
  return `${openingPrefix}${account}`;
}

/**
 * Where deposits of an account come from and withdrawals go: its bank and other depositories,
 * as one.
 */
export function externalAccount(account: string): string {
  return `${externalPrefix}${account}`;
}

/**
 * True for an account that stands for what is outside the market: the kinds that may be negative.
 */
export function isOutside(account: string): boolean {
  return account.startsWith(openingPrefix) || account.startsWith(externalPrefix);
}

/** The account that an outside one stands beside: whose opening or deposits it is. */
export function insideOf(account: string): string {
  return account.slice(account.indexOf(":") + 1);
}

/** Stands for all members where operations asks for all of them. No member has such a name. */
export const everyMember = "*";

/** True if the name can be a member's: not empty, and none of the marks that account keys use. */
export function isParticipantName(name: string): boolean {
  return name !== "" && name !== everyMember && !name.includes("/") && !name.includes(":");
}

const openingPrefix = "opening:";
const externalPrefix = "external:";
