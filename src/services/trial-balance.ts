import type { Balance } from "../domain/state/balances.ts";
import { balances, type Market } from "../domain/market.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";

/** Whose accounts a line of the trial balance adds up. */
type AccountKind =
  | "clients"
  | "members"
  | "collateral"
  | "clearing corporation"
  | "guarantee fund"
  | "openings"
  | "outside";

/**
 * All accounts of a market for one asset: paise of INR, else shares. `total` is zero, or something
 * is lost.
 */
export type TrialBalance = {
  readonly asset: string;
  readonly amounts: ReadonlyMap<AccountKind, bigint>;
  readonly total: bigint;
};

/** Adds up every account by kind, INR first, then the symbols in the order of their characters. */
export function trialBalance(market: Market): TrialBalance[] {
  const byAsset = new Map<string, Map<AccountKind, bigint>>();
  for (const balance of balances(market)) {
    const amounts = getOrMake(byAsset, balance.asset, () => new Map<AccountKind, bigint>());
    const kind = kindOf(balance.account);
    amounts.set(kind, (amounts.get(kind) ?? 0n) + heldIn(balance));
  }
  const place = (asset: string): string => (asset === "INR" ? "" : asset);
  return [...byAsset]
    .toSorted(([one], [other]) => (place(one) < place(other) ? -1 : 1))
    .map(([asset, amounts]) => ({
      asset,
      amounts,
      total: [...amounts.values()].reduce((sum, amount) => sum + amount, 0n),
    }));
}

/** The assets among these that do not sum to zero over all accounts, each as `SBIN sums to 5`. */
export function uneven(market: Market, assets: ReadonlySet<string>): string[] {
  return [...assets].flatMap((asset) => {
    let sum = 0n;
    for (const held of market.accounts.values()) {
      const balance = held.get(asset);
      if (balance !== undefined) sum += heldIn(balance);
    }
    return sum === 0n ? [] : [`${asset} sums to ${sum}`];
  });
}

function kindOf(account: string): AccountKind {
  if (account.startsWith("opening:")) return "openings";
  if (account.startsWith("external:")) return "outside";
  if (account === "clearing:guarantee-fund") return "guarantee fund";
  if (account.startsWith("clearing:")) return "clearing corporation";
  if (account.startsWith("collateral:")) return "collateral";
  return account.includes("/") ? "clients" : "members";
}

/** Over all buckets, also what is due: it sums to zero over all accounts like what is there. */
function heldIn({ free, blocked, transit, due }: Balance): bigint {
  return BigInt(free) + BigInt(blocked) + BigInt(transit) + BigInt(due);
}
