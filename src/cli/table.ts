import Table from "cli-table3";
import { alignedLines, type Heading } from "../protocol/contract-note/aligned-lines.ts";
import type { Context } from "./context.ts";
import { printable } from "./output.ts";

/** A column: its heading, and how a row's cell is written. Numbers stand at the right. */
export type Column<Row> = Heading & { readonly cell: (row: Row) => string };

/**
 * Prints rows: at a terminal a table, else aligned lines under a line of headings; with `--json`
 * one object a row and no heading. Prints nothing for no rows.
 */
export function printTable<Row>(
  { terminal, output }: Pick<Context, "terminal" | "output">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  toJson: (row: Row) => object,
): void {
  if (output.isJson) {
    for (const row of rows) output.fact("", toJson(row));
    return;
  }
  if (rows.length === 0) return;
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  if (terminal.out.isTTY === true) output.fact(drawn(columns, cells), {});
  else for (const line of alignedLines(columns, cells)) output.fact(line, {});
}

function drawn(columns: readonly Column<never>[], cells: readonly string[][]): string {
  const table = new Table({
    head: columns.map(({ name }) => name),
    colAligns: columns.map(({ align }) => align ?? "left"),
    style: { head: [], border: [], compact: true },
  });
  table.push(...cells);
  return table.toString();
}
