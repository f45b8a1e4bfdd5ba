import type { OrderJson } from "../../http/schemas.ts";
import { moreNote } from "../client/pages.ts";
import type { TerminalContext } from "../context.ts";
import { exitCode } from "../output.ts";
import { printTable } from "../table.ts";
import { orderColumns, shownOrder } from "./order-rows.ts";

/**
 * Orders that were asked for, the newest last; whether there are more of them, and whether the
 * market has any.
 */
type FoundOrders = {
  readonly rows: readonly OrderJson[];
  readonly isMore: boolean;
  readonly hasAny: boolean;
  /** True: ended ones were asked for too. */
  readonly isAll: boolean;
};

/** Prints the orders. Returns the exit code. */
export function printOrders(
  context: Pick<TerminalContext, "terminal" | "output">,
  { rows, isMore, hasAny, isAll }: FoundOrders,
): number {
  const { output } = context;
  printTable(context, orderColumns, rows, shownOrder);
  if (isMore) output.note(moreNote(rows.length, "orders"));
  if (!hasAny) output.note("no orders yet: npx sauda broker 100,SBI,985 places one");
  else if (rows.length === 0)
    output.note(`no such order${isAll ? "" : " lives: --all shows also those that ended"}`);
  return exitCode.done;
}
