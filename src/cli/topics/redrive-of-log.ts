import { randomUUID } from "node:crypto";
import { failInvariant } from "../../domain/facts/units.ts";
import { listedJson } from "../../http/routes/dead-letter-routes.ts";
import type { DeadLetterRecord } from "../../services/records/dead-letter-records.ts";
import { newGateway, type DoorAnswer, type Gateway } from "../../services/gateway.ts";
import { describeCommand, readAgain } from "../../services/redrive.ts";
import type { Context } from "../context.ts";
import type { RedriveOptions } from "./dlq-redrive.ts";
import { redriveChosen, type Redriven } from "./redrive-letters.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/**
 * A command sent again is decided within this, or refused as too late; its answer is waited for
 * as long.
 */
const decideWithinMs = 10_000;

/** Sends the chosen letters again, or says what that would do. Returns the exit code. */
export async function runRedrive(
  context: Context,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<number> {
  const { logClient, clock } = context;
  const gateway = newGateway({
    log: logClient.log,
    shards: logClient.shards,
    clock,
    report: () => {},
    pendingMax: 1,
    answerTimeoutMs: decideWithinMs,
  });
  const ended = new AbortController();
  const running = gateway.run(firstToAbort([context.signal, ended.signal]));
  try {
    while (!gateway.isCaughtUp() && !context.signal.aborted)
      await Promise.race([clock.sleep(20, context.signal), running]);
    const letters = new Map(gateway.records.deadLetters.byId);
    const shown = [...letters.values()].map(listedJson);
    return await redriveChosen(context, shown, ids, options, (id, isDryRun) => {
      const letter = letters.get(id) ?? failInvariant(`letter ${id} is one of those chosen from`);
      return redrive(context, gateway, letter, isDryRun);
    });
  } finally {
    ended.abort();
    await running;
  }
}

async function redrive(
  { clock }: Context,
  gateway: Gateway,
  letter: DeadLetterRecord,
  isDryRun: boolean,
): Promise<Redriven> {
  const receivedAtMs = clock.nowMs();
  const deadlineMs = receivedAtMs + decideWithinMs;
  const read = readAgain(letter, (redriveOf) => {
    return { requestId: randomUUID(), receivedAtMs, deadlineMs, redriveOf };
  });
  if (!read.ok) {
    const words = read.problem.slice(letter.id.length + 2);
    return { outcome: "still_unreadable", words, isDone: false };
  }
  const command = describeCommand(read.value);
  if (isDryRun) return { outcome: "would_send", words: command, command, isDone: true };
  const { outcome, words } = answerWords(await gateway.submit(read.value));
  const isDone = outcome === "accepted" || outcome === "repeated";
  return { outcome, words: `${command}${words}`, command, isDone };
}

function answerWords(answer: DoorAnswer): { readonly outcome: string; readonly words: string } {
  if (answer.type === "shed") return { outcome: "not_sent", words: `: ${answer.why}` };
  if (answer.type === "unknown")
    return { outcome: "unknown", words: ": no answer in time; the same again is safe" };
  const { outcome } = answer;
  if (outcome.type === "Repeated") return { outcome: "repeated", words: "" };
  if (!("reason" in outcome) || outcome.reason === null) return { outcome: "accepted", words: "" };
  const why = "text" in outcome ? outcome.text : outcome.reason;
  return { outcome: "refused", words: `: ${outcome.reason}: ${why}` };
}
