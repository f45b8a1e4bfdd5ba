import type { TerminalContext } from "../context.ts";
import { Failure, exitCode } from "../output.ts";
import { isMeant, type LetterJson } from "./dead-letters.ts";
import type { RedriveOptions } from "./dlq-redrive.ts";

/** What became of a letter that was sent again, or would. `isDone`: it is sent, or could be. */
export type Redriven = {
  readonly outcome: string;
  readonly words: string;
  readonly command?: string | null;
  readonly isDone: boolean;
};

/**
 * Sends the letters that are chosen again, each by `send`, in the order in which the market gave
 * them up; one that was sent before for good is only told. Returns the exit code; throws `Failure`
 * for an id that no letter has.
 */
export async function redriveChosen(
  { output, signal }: TerminalContext,
  letters: readonly LetterJson[],
  ids: readonly string[],
  options: RedriveOptions,
  send: (id: string, isDryRun: boolean) => Promise<Redriven>,
): Promise<number> {
  const unknown = ids.filter((id) => letters.every((letter) => letter.id !== id));
  if (unknown.length > 0)
    throw new Failure(`no dead letter ${unknown.join(", ")}: npx sauda dlq list shows them`);
  const chosen = letters.filter(
    (letter) => (ids.length === 0 || ids.includes(letter.id)) && isMeant(letter, options),
  );
  const isDryRun = options.dryRun === true;
  let done = 0;
  for (const { id, reason, redriven } of chosen) {
    if (signal.aborted) break;
    const { isDone, outcome, words, ...more } =
      redriven?.is_final === true ? sentBefore(redriven) : await send(id, isDryRun);
    output.fact(`${id} ${outcome}: ${words}`, { type: outcome, id, reason, ...more });
    if (isDone) done += 1;
  }
  output.note(`${done} of ${chosen.length} ${isDryRun ? "can be sent again" : "sent again"}`);
  return done === chosen.length ? exitCode.done : exitCode.failed;
}

function sentBefore({ outcome, place }: NonNullable<LetterJson["redriven"]>): Redriven {
  return { outcome: "sent_before", words: `${outcome} at ${place.at}`, isDone: true };
}
