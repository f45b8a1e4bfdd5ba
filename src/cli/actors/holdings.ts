import type { z } from "zod";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { accountSchema } from "../../http/schemas.ts";
import { Failure, exitCode } from "../output.ts";
import type { Context } from "../context.ts";
import { printTable, type Column } from "../table.ts";

/** What an account has of one asset: paise of INR, else shares; over all shards. */
export type Holding = z.infer<typeof accountSchema>;

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

/**
 * Prints holdings; `name` is the member that was asked for, and `isEmpty` true where nobody has
 * any. Returns the exit code; throws `Failure` for a name that has no account.
 */
export function printHoldings(
  context: Pick<Context, "terminal" | "output">,
  shown: readonly Holding[],
  name: string | undefined,
  isEmpty: boolean,
): number {
  const isDue = shown.some(({ due }) => due !== 0);
  printTable(context, isDue ? [...columns, dueColumn] : columns, shown, (holding) => ({
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
  if (name !== undefined && !isEmpty)
    throw new Failure(`${name} has no account: the first order that touches it opens one`);
  context.output.note("no accounts yet: the first order opens them: npx sauda broker 100,SBI,985");
  return exitCode.done;
}
