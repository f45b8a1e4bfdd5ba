import { askBooks } from "../../postgres/reports.ts";
import type { BooksConnection } from "../../postgres/reports.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import { Failure } from "../output.ts";
import type { ReportFormat } from "./report-format.ts";
import type { Stage, StageOptions } from "../stage.ts";

/** What the reports from the books are asked with; each takes those it has. */
export type BooksReportOptions = StageOptions & {
  readonly format: ReportFormat;
  readonly member?: string;
  readonly client?: string;
  readonly from?: string;
  readonly to?: string;
  readonly date?: string;
};

/** A report: prints, and returns the exit code. */
export type RunReport = (
  stage: Stage,
  database: string,
  options: BooksReportOptions,
) => Promise<number>;

/** Asks the books of the log's market. Throws `Failure` where there are none. */
export async function askMarketsBooks<Answer>(
  { door, signal }: Stage,
  database: string,
  question: (sql: BooksConnection, market: string) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const market = await readMarketId({ log: door.log, shard: 0 }, signal);
  if (market === null) throw new Failure("interrupted: the log has no market yet");
  const found = await askBooks(database, (sql) => question(sql, market));
  if (found === null) throw new Failure("there are no books in this database yet: npx sauda books");
  return found;
}
