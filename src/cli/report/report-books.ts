import type { Command } from "commander";
import { addMarketCommand, onMarket } from "../client/market-context.ts";
import { readDay } from "../option-values.ts";
import { addFormat } from "./report-format.ts";
import type { BooksReportOptions } from "./ask-books.ts";
import type { Registry } from "../registry.ts";

/** A report by the function that makes it. */
type BooksReport = "runTrialBalance" | "runHoldings" | "runStatement";

/** `sauda report trial-balance | statement | holdings`, from the books. */
export function registerBooksReports(registry: Registry): void {
  const add = (name: string, summary: string, example: string, run: BooksReport): Command =>
    addFormat(
      addMarketCommand(registry, {
        name,
        summary,
        examples: [`npx sauda report ${example}`, `npx sauda report ${example} --format csv`],
        more: "From the books: DATABASE_URL, else the PostgreSQL that npm start runs.",
      }),
    ).action(async (options: BooksReportOptions) => {
      const reports = await import("./books-reports.ts");
      const ask = reports.fromBooks(reports[run], options);
      await onMarket(registry, options, ask);
    });
  add(
    "trial-balance",
    "what accounts of each kind hold of each asset: every total is zero",
    "trial-balance",
    "runTrialBalance",
  );
  add(
    "holdings",
    "cash and shares: free, blocked, to receive, to deliver",
    "holdings --member HDFC",
    "runHoldings",
  )
    .requiredOption("--member <name>", "the member, as in HDFC")
    .option("--client <code>", "only this client of it");
  add(
    "statement",
    "what moved in an account, with its charges, and the balance after it",
    "statement --member HDFC --client C1",
    "runStatement",
  )
    .requiredOption("--member <name>", "the member, as in HDFC")
    .option("--client <code>", "its client (default: the member's own account)")
    .option("--from <day>", "the first day (default: the first there is)", readDay)
    .option("--to <day>", "the last day (default: the last there is)", readDay);
}
