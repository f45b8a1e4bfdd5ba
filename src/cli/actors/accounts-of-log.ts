import { insideOf, isOutside } from "../../domain/facts/account.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";
import type { Asset } from "../../domain/facts/journal.ts";
import type { Accounts, Balance } from "../../domain/state/balances.ts";
import type { LogClient } from "../log-client.ts";
import { viewsOfLog } from "../state-of-log.ts";
import type { Context } from "../context.ts";
import type { AccountsOptions } from "./accounts.ts";
import { printHoldings, type Holding } from "./holdings.ts";

/** Prints what the log's journals add up to. Returns the exit code. */
export async function runAccounts(
  context: Context,
  name: string | undefined,
  options: AccountsOptions,
): Promise<number> {
  const all = await listHoldings(context.logClient);
  const shown = all.filter(
    ({ account }) =>
      (options.openings === true || !isOutside(account)) &&
      (name === undefined || insideOf(account).split("/")[0] === name),
  );
  return printHoldings(context, shown, name, all.length === 0);
}

/** What the market says of accounts, whose balances are its journals' sums: cash before shares. */
async function listHoldings(logClient: LogClient): Promise<Holding[]> {
  const accounts: Accounts = new Map();
  for (const { market } of await viewsOfLog(logClient))
    for (const [account, assets] of market.accounts)
      for (const [asset, balance] of assets) addTo(accounts, account, asset, balance);
  const order = (holding: Holding): string =>
    `${holding.account} ${holding.asset === "INR" ? "" : holding.asset}`;
  return [...accounts]
    .flatMap(([account, assets]) =>
      [...assets].map(([asset, { free, blocked, due }]) => {
        return { account, asset, free, blocked, due };
      }),
    )
    .toSorted((one, other) => (order(one) < order(other) ? -1 : 1));
}

/** An account may have something on several shards. */
function addTo(accounts: Accounts, account: string, asset: Asset, more: Balance): void {
  const own = getOrMake(accounts, account, () => new Map<Asset, Balance>());
  const sum = getOrMake(own, asset, () => ({ free: 0, blocked: 0, transit: 0, due: 0 }));
  for (const bucket of ["free", "blocked", "transit", "due"] as const) sum[bucket] += more[bucket];
}
