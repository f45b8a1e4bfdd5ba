import type { Command } from "commander";
import { isOutside } from "../../domain/facts/account.ts";
import { postJournal } from "../../domain/state/balances.ts";
import type { Accounts } from "../../domain/state/balances.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { Door, OpenDoor } from "../door.ts";
import { foldSteps } from "../log-steps.ts";
import { Failure, exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** What an account has of one asset: paise of INR, else shares; over all shards. */
export type Holding = {
  readonly account: string;
  readonly asset: string;
  readonly free: number;
  readonly blocked: number;
  /** To receive by trades not settled yet; below zero, to deliver or pay. */
  readonly due: number;
};

/** Which accounts to show. */
export type AccountsOptions = StageOptions & { readonly openings?: boolean };

/** `sauda accounts`: cash and shares, from the log's journals. */
export function registerAccounts(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "accounts",
    summary: summaries.accounts,
    examples: ["npx sauda accounts", "npx sauda accounts HDFC"],
    more: "An account is opened by the first order that touches it; until then it is not shown.",
  })
    .argument("[name]", "only this member's accounts")
    .option(
      "--openings",
      "also the accounts that openings and deposits came from, which make the sums zero",
    )
    .action((name: string | undefined, options: AccountsOptions) =>
      onStage(open, terminal, options, (stage) => runAccounts(stage, name, options)),
    );
}

const columns: readonly Column<Holding>[] = [
  { name: "ACCOUNT", cell: ({ account }) => account },
  { name: "ASSET", cell: ({ asset }) => (asset === "INR" ? "Rs" : asset) },
  { name: "FREE", align: "right", cell: ({ asset, free }) => amount(asset, free) },
  { name: "BLOCKED", align: "right", cell: ({ asset, blocked }) => amount(asset, blocked) },
];

/** Shown where trades settle in a cycle. */
const dueColumn: Column<Holding> = {
  name: "DUE",
  align: "right",
  cell: ({ asset, due }) => amount(asset, due),
};

function amount(asset: string, value: number): string {
  return asset === "INR" ? groupedRupees(value) : groupedWhole(value);
}

/** Prints the holdings. Returns the exit code: 1 for a name that has no account. */
export async function runAccounts(
  stage: Stage,
  name: string | undefined,
  options: AccountsOptions,
): Promise<number> {
  const all = await listHoldings(stage.door);
  const shown = all.filter(
    ({ account }) =>
      (options.openings === true || !isOutside(account)) &&
      (name === undefined || owner(account) === name),
  );
  const isDue = shown.some(({ due }) => due !== 0);
  printTable(stage, isDue ? [...columns, dueColumn] : columns, shown, (holding) => ({
    account: holding.account,
    asset: holding.asset,
    ...(holding.asset === "INR"
      ? {
          free_paise: holding.free,
          blocked_paise: holding.blocked,
          due_paise: holding.due,
        }
      : { free: holding.free, blocked: holding.blocked, due: holding.due }),
  }));
  if (shown.length > 0) return exitCode.done;
  if (name !== undefined && all.length > 0)
    throw new Failure(`${name} has no account: the first order that touches it opens one`);
  stage.output.note("no accounts yet: the first order opens them: npx sauda broker 100,SBI,985");
  return exitCode.done;
}

function owner(account: string): string | undefined {
  return account.replace(/^(opening|external):/, "").split("/")[0];
}

/** Adds up the journals of every shard's log. By account, then cash before shares. */
async function listHoldings(door: Door): Promise<Holding[]> {
  const accounts: Accounts = new Map();
  await foldSteps(door, ({ step }) => {
    for (const event of step.events)
      if (event.type === "JournalPosted") postJournal(accounts, event.journal);
  });
  const order = (holding: Holding): string =>
    `${holding.account} ${holding.asset === "INR" ? "" : holding.asset}`;
  return [...accounts]
    .flatMap(([account, assets]) =>
      [...assets].map(([asset, { free, blocked, due }]) => ({
        account,
        asset,
        free,
        blocked,
        due,
      })),
    )
    .toSorted((one, other) => (order(one) < order(other) ? -1 : 1));
}
