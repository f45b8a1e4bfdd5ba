import { insideOf, isOutside } from "../../domain/facts/account.ts";
import { postJournal, type Accounts } from "../../domain/state/balances.ts";
import type { LogClient } from "../log-client.ts";
import { foldEvents } from "../log-steps.ts";
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

/** Adds up the journals of every shard's log. By account, then cash before shares. */
async function listHoldings(logClient: LogClient): Promise<Holding[]> {
  const accounts: Accounts = new Map();
  await foldEvents(logClient, (event) => {
    if (event.type === "JournalPosted") postJournal(accounts, event.journal);
  });
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
