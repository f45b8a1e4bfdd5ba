import type { z } from "zod";
import type { redriveSchema } from "../../http/schemas.ts";
import { Refused, Unanswered } from "../client/gateway-client.ts";
import type { MarketContext } from "../client/market-context.ts";
import { listLetters } from "./dlq-of-market.ts";
import type { RedriveOptions } from "./dlq-redrive.ts";
import { redriveChosen, type Redriven } from "./redrive-letters.ts";

/** Sends the chosen letters again, or says what that would do. Returns the exit code. */
export async function runRedrive(
  context: MarketContext,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<number> {
  const { rows } = await listLetters(context, ids.length === 0 ? options : {});
  let silence: Unanswered | null = null;
  return redriveChosen(context, rows.toReversed(), ids, options, async (id, isDryRun) => {
    if (silence !== null) throw silence; // who did not answer is asked no more
    try {
      return await redrive(context, id, isDryRun);
    } catch (error) {
      const isSilent = error instanceof Unanswered && error.isSent;
      if (isDryRun || !(isSilent || context.signal.aborted)) throw error;
      silence = isSilent ? error : null;
      const why = isSilent ? error.message : "ended before its answer";
      return { outcome: "unknown", words: `${why}; the same again is safe`, isDone: false };
    }
  });
}

async function redrive(
  { market }: MarketContext,
  id: string,
  isDryRun: boolean,
): Promise<Redriven> {
  const path = `/v1/dead-letters/${encodeURIComponent(id)}/redrive`;
  const query = { dry_run: String(isDryRun) };
  try {
    const { json } = await market.send<z.infer<typeof redriveSchema>>("POST", path, { query });
    const { outcome, command } = json;
    const advice = outcome === "unknown" ? ": no answer in time; the same again is safe" : "";
    const words = `${command ?? ""}${advice}`;
    return { outcome, words, command, isDone: outcome !== "unknown" };
  } catch (error) {
    if (!(error instanceof Refused) || ![409, 422].includes(error.status)) throw error;
    const { code, detail } = error.problem;
    if (code === "STILL_UNREADABLE")
      return { outcome: "still_unreadable", words: detail.slice(id.length + 2), isDone: false };
    return { outcome: "refused", words: `${code}: ${detail}`, isDone: false };
  }
}
