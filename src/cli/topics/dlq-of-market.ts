import type { MarketContext } from "../client/market-context.ts";
import { firstRows, moreNote } from "../client/pages.ts";
import {
  printLetter,
  printLetters,
  theLetter,
  type LetterFilter,
  type LetterJson,
} from "./dead-letters.ts";
import type { DlqListOptions, DlqShowOptions } from "./dlq.ts";

/** As many as a gateway keeps. */
const keptMax = 10_000;

/** Prints the letters that the running market keeps. Returns the exit code. */
export async function runDlqList(context: MarketContext, options: DlqListOptions): Promise<number> {
  const { rows, isMore } = await listLetters(context, options, options.limit);
  const howMany = isMore ? moreNote(rows.length, "dead letters") : `${rows.length} in all`;
  return printLetters(context, rows.toReversed(), howMany);
}

/** Letters by the filters, newest first. */
export function listLetters(
  { market }: MarketContext,
  { topic, reason, since: since_ms }: LetterFilter,
  limit: number = keptMax,
) {
  const query = { topic, reason, since_ms };
  return firstRows<LetterJson>(market, "/v1/dead-letters", "dead_letters", limit, { query });
}

/** Prints one letter of the running market. Returns the exit code. */
export async function runDlqShow(
  context: MarketContext,
  name: string,
  { raw = false }: DlqShowOptions,
): Promise<number> {
  const { rows } = await listLetters(context, {});
  const { id } = theLetter(rows, name);
  const whole = await context.market.get<LetterJson>(`/v1/dead-letters/${encodeURIComponent(id)}`);
  return printLetter(context, whole, raw);
}
