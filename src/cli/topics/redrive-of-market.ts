import type { z } from "zod";
import type { redriveSchema } from "../../http/schemas.ts";
import { Refused } from "../client/gateway-client.ts";
import type { MarketContext } from "../client/market-context.ts";
import { Failure, exitCode } from "../output.ts";
import { listLetters } from "./dlq-of-market.ts";
import type { LetterJson } from "./dlq-of-market.ts";
import type { RedriveOptions } from "./dlq-redrive.ts";

/** As many as a gateway keeps. */
const keptMax = 10_000;

/** Sends the chosen letters again, or says what that would do. Returns the exit code. */
export async function runRedrive(
  context: MarketContext,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<number> {
  const letters = await chosen(context, ids, options);
  const isDryRun = options.dryRun === true;
  let done = 0;
  for (const letter of letters) {
    if (context.signal.aborted) break;
    if (await redrive(context, letter, isDryRun)) done += 1;
  }
  const what = isDryRun ? "can be sent again" : "sent again";
  context.output.note(`${done} of ${letters.length} ${what}`);
  return done === letters.length ? exitCode.done : exitCode.failed;
}

/** In the order in which the market gave them up. */
async function chosen(
  context: MarketContext,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<readonly LetterJson[]> {
  const { rows } = await listLetters(context, keptMax, ids.length === 0 ? options : {});
  const unknown = ids.filter((id) => rows.every((letter) => letter.id !== id));
  if (unknown.length > 0)
    throw new Failure(`no dead letter ${unknown.join(", ")}: npx sauda dlq list shows them`);
  const { reason, topic, since = 0 } = options;
  const fits = ({ id, reason: why, topic: from, place }: LetterJson): boolean =>
    (ids.length === 0 || ids.includes(id)) &&
    (reason === undefined || why === reason) &&
    (topic === undefined || from === topic) &&
    Date.parse(place.at) >= since;
  return rows.filter(fits).toReversed();
}

/** True where the letter is sent again, or would be. */
async function redrive(
  { market, output }: MarketContext,
  { id, reason, redriven }: LetterJson,
  isDryRun: boolean,
): Promise<boolean> {
  const say = (outcome: string, words: string, command: string | null = null): void =>
    output.fact(`${id} ${outcome}: ${words}`, {
      type: outcome,
      id,
      reason,
      ...(command === null ? {} : { command }),
    });
  if (redriven?.is_final === true) {
    say("sent_before", `${redriven.outcome} at ${redriven.place.at}`);
    return true;
  }
  const path = `/v1/dead-letters/${encodeURIComponent(id)}/redrive`;
  try {
    const { json } = await market.send<z.infer<typeof redriveSchema>>("POST", path, {
      query: { dry_run: String(isDryRun) },
    });
    const { outcome, command } = json;
    const advice = outcome === "unknown" ? ": no answer in time; the same again is safe" : "";
    say(outcome, `${command ?? ""}${advice}`, command);
    return outcome !== "unknown";
  } catch (error) {
    if (!(error instanceof Refused) || ![409, 422].includes(error.status)) throw error;
    const { code, detail } = error.problem;
    if (code === "STILL_UNREADABLE") say("still_unreadable", detail.slice(id.length + 2));
    else say("refused", `${code}: ${detail}`);
    return false;
  }
}
