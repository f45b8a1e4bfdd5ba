import { Option, type Command } from "commander";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import { makeOutput } from "../output.ts";
import type { Context } from "../context.ts";
import { printTable, type Column } from "../table.ts";

/** How a report is written; `json` is one object a line, like `--json`. */
export type ReportFormat = "table" | "csv" | "json";

/** Adds `--format`. */
export function addFormat(command: Command): Command {
  return command.addOption(
    new Option("--format <format>", "how it is written")
      .choices(["table", "csv", "json"])
      .default("table"),
  );
}

/** What a row is in CSV and JSON, by field; every row has the same fields. */
export type ReportFields = Readonly<Record<string, string | number | null>>;

/** Prints the rows in the format; nothing for no rows. */
export function printReport<Row>(
  { terminal, output }: Pick<Context, "terminal" | "output">,
  format: ReportFormat,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  fieldsOf: (row: Row) => ReportFields,
): void {
  if (format !== "csv") {
    const isJson = output.isJson || format === "json";
    printTable({ terminal, output: makeOutput(isJson, terminal) }, columns, rows, fieldsOf);
    return;
  }
  const [first] = rows;
  if (first !== undefined) terminal.out.write(csvLine(Object.keys(fieldsOf(first))));
  for (const row of rows) terminal.out.write(csvLine(Object.values(fieldsOf(row))));
}

/** Rupees for INR, shares for the others, grouped for people. */
export function assetAmount(asset: string, amount: bigint): string {
  return asset === "INR" ? groupedRupees(amount) : groupedWhole(amount);
}

/** RFC 4180. */
function csvLine(values: readonly (string | number | null)[]): string {
  const quoted = values.map((value) => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(",")}\r\n`;
}
