import type { z } from "zod";
import type { deadLetterSchema } from "../../http/schemas.ts";
import type { MarketContext } from "../client/market-context.ts";
import { firstRows, moreNote } from "../client/pages.ts";
import { printLetter, printLetters, theLetter } from "./dead-letters.ts";
import type { DeadLetter } from "./dead-letters.ts";
import type { DlqListOptions, DlqShowOptions } from "./dlq.ts";

/** As many as a gateway keeps. */
const keptMax = 10_000;

/** A dead letter as the gateway says it. */
export type LetterJson = z.infer<typeof deadLetterSchema>;

/** Prints the letters that the running market keeps. Returns the exit code. */
export async function runDlqList(context: MarketContext, options: DlqListOptions): Promise<number> {
  const { limit } = options;
  const { rows, isMore } = await listLetters(context, limit, options);
  const letters = rows.map(letterOf).toReversed();
  return printLetters(
    context,
    letters,
    isMore ? moreNote(rows.length, "dead letters") : `${rows.length} in all`,
  );
}

/** Letters by the filters, newest first. */
export function listLetters(
  { market }: MarketContext,
  limit: number,
  { topic, reason, since }: Pick<DlqListOptions, "topic" | "reason" | "since">,
) {
  const query = { topic, reason, since_ms: since };
  return firstRows<LetterJson>(market, "/v1/dead-letters", "dead_letters", limit, { query });
}

/** Prints one letter of the running market. Returns the exit code. */
export async function runDlqShow(
  context: MarketContext,
  name: string,
  { raw = false }: DlqShowOptions,
): Promise<number> {
  const { rows } = await listLetters(context, keptMax, {});
  const { id } = theLetter(rows.map(letterOf), name);
  const whole = await context.market.get<LetterJson>(`/v1/dead-letters/${encodeURIComponent(id)}`);
  return printLetter(context, letterOf(whole), raw);
}

function letterOf(row: LetterJson): DeadLetter {
  const { id, topic, partition, offset, reason, detail, place, cut } = row;
  const letter = { id, topic, partition, offset, at: place.at, reason, detail };
  const bytes = {
    key: bytesOf(row.key, row.key_is_text),
    value: bytesOf(row.value, row.value_is_text),
  };
  return {
    ...letter,
    ...bytes,
    ...(row.is_shortened ? { isShortened: true } : {}),
    ...(cut === null ? {} : { cut: cutOf(cut) }),
  };
}

function cutOf(cut: NonNullable<LetterJson["cut"]>): NonNullable<DeadLetter["cut"]> {
  const { sha256 } = cut;
  if (cut.first_offset !== null)
    return {
      firstOffset: cut.first_offset,
      lastOffset: cut.last_offset ?? cut.first_offset,
      packedBytes: cut.packed_bytes ?? 0,
      sha256,
    };
  const { key_bytes: keyBytes, value_bytes: valueBytes, header_bytes: headerBytes } = cut;
  return { keyBytes, valueBytes, headerBytes: headerBytes ?? 0, sha256 };
}

/** What is no text is written as `base64:` and its bytes; a stranger's text may begin so too. */
function bytesOf(shown: string | null, isText: boolean | null): Buffer | null {
  if (shown === null) return null;
  return isText === true
    ? Buffer.from(shown)
    : Buffer.from(shown.slice("base64:".length), "base64");
}
