import { askBooks } from "../../postgres/on-connection.ts";
import type { BooksConnection } from "../../postgres/reports.ts";
import { Failure } from "../output.ts";
import type { ReportFormat } from "./report-format.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { TerminalContext } from "../context.ts";

/** What the reports from the books are asked with; each takes those it has. */
export type BooksReportOptions = MarketOptions & {
  readonly format: ReportFormat;
  readonly member?: string;
  readonly client?: string;
  readonly from?: string;
  readonly to?: string;
  readonly date?: string;
};

/**
 * What a report from the books works with: `marketId` is the market's, null where there is
 * none yet.
 */
export type BooksContext = TerminalContext & {
  readonly marketId: () => Promise<string | null>;
};

/** A report: prints, and returns the exit code. */
export type RunReport = (
  context: BooksContext,
  database: string,
  options: BooksReportOptions,
) => Promise<number>;

/** Asks the books of the log's market. Throws `Failure` where there are none. */
export async function askMarketsBooks<Answer>(
  { marketId }: BooksContext,
  database: string,
  question: (sql: BooksConnection, market: string) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const market = await marketId();
  if (market === null) throw new Failure("interrupted: the log has no market yet");
  const found = await askBooks(database, (sql) => question(sql, market));
  if (found === null) throw new Failure("there are no books in this database yet: npx sauda books");
  return found;
}
