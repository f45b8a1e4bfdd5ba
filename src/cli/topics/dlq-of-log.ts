import { deadLetterJson } from "../../http/routes/dead-letter-routes.ts";
import {
  newDeadLetterRecords,
  noteDeadLetter,
} from "../../services/records/dead-letter-records.ts";
import type { Context } from "../context.ts";
import { foldEvents } from "../log-steps.ts";
import { recordsOfLog } from "../state-of-log.ts";
import { isMeant, printLetter, printLetters, theLetter, type LetterJson } from "./dead-letters.ts";
import type { DlqListOptions, DlqShowOptions } from "./dlq.ts";

/** Prints the letters of the log. Returns the exit code. */
export async function runDlqList(context: Context, options: DlqListOptions): Promise<number> {
  const all = await listLetters(context);
  const wanted = all.filter((letter) => isMeant(letter, options));
  return printLetters(context, wanted.slice(-options.limit), `${wanted.length} in all`);
}

/** Prints one letter of the log. Returns the exit code. */
export async function runDlqShow(
  context: Context,
  name: string,
  { raw = false }: DlqShowOptions,
): Promise<number> {
  return printLetter(context, theLetter(await listLetters(context), name), raw);
}

/**
 * Every dead letter of the market, in the order of the log, which is the truth about them: the
 * whole of it where they are more than a snapshot has.
 */
async function listLetters({ logClient }: Context): Promise<LetterJson[]> {
  const kept = (await recordsOfLog(logClient)).map(({ deadLetters }) => deadLetters);
  if (kept.every(({ forgotten }) => forgotten.size === 0))
    return kept.flatMap(({ byId }) => [...byId.values()]).map(deadLetterJson);
  const records = newDeadLetterRecords({ letters: Infinity, characters: Infinity });
  await foldEvents(logClient, (event, place, index) =>
    noteDeadLetter(records, event, index, place),
  );
  return [...records.byId.values()].map(deadLetterJson);
}
