import { randomUUID } from "node:crypto";
import { utcTime } from "../../protocol/moment.ts";
import type { DeadLetterRecord } from "../../services/records/dead-letter-records.ts";
import { newGateway } from "../../services/gateway.ts";
import type { DoorAnswer, Gateway } from "../../services/gateway.ts";
import { describeCommand, readAgain } from "../../services/redrive.ts";
import { Failure, exitCode } from "../output.ts";
import type { Context } from "../context.ts";
import type { RedriveOptions } from "./dlq-redrive.ts";

/** A command sent again is decided within this, or refused as too late; its answer is waited for as long. */
const decideWithinMs = 10_000;

/** Sends the chosen letters again, or says what that would do. Returns the exit code. */
export async function runRedrive(
  context: Context,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<number> {
  const { door, clock, output } = context;
  const gateway = newGateway({
    log: door.log,
    shards: door.shards,
    clock,
    report: () => {},
    pendingMax: 1,
    answerTimeoutMs: decideWithinMs,
  });
  const ended = new AbortController();
  const running = gateway.run(AbortSignal.any([context.signal, ended.signal]));
  try {
    while (!gateway.isCaughtUp() && !context.signal.aborted)
      await Promise.race([clock.sleep(20, context.signal), running]);
    const letters = choose(gateway, ids, options);
    let done = 0;
    for (const letter of letters) {
      if (context.signal.aborted) break;
      if (await redrive(context, gateway, letter, options.dryRun === true)) done += 1;
    }
    const what = options.dryRun === true ? "can be sent again" : "sent again";
    output.note(`${done} of ${letters.length} ${what}`);
    return done === letters.length ? exitCode.done : exitCode.failed;
  } finally {
    ended.abort();
    await running;
  }
}

function choose(
  { records }: Gateway,
  ids: readonly string[],
  { reason, topic, since }: RedriveOptions,
): DeadLetterRecord[] {
  const { byId } = records.deadLetters;
  const unknown = ids.filter((id) => !byId.has(id));
  if (unknown.length > 0)
    throw new Failure(`no dead letter ${unknown.join(", ")}: npx sauda dlq list shows them`);
  return [...byId.values()].filter(
    ({ id, event, place }) =>
      (ids.length === 0 || ids.includes(id)) &&
      (reason === undefined || event.reason === reason) &&
      (topic === undefined || event.source?.topic === topic) &&
      (since === undefined || place.atMs >= since),
  );
}

/** True where the letter is sent again, or would be. */
async function redrive(
  { clock, output }: Context,
  gateway: Gateway,
  letter: DeadLetterRecord,
  isDryRun: boolean,
): Promise<boolean> {
  const { id, redriven, event } = letter;
  const say = (outcome: string, words: string, more: object = {}): void =>
    output.fact(`${id} ${outcome}: ${words}`, { type: outcome, id, reason: event.reason, ...more });
  if (redriven?.isFinal === true) {
    say("sent_before", `${redriven.outcome} at ${utcTime(redriven.place.atMs)}`);
    return true;
  }
  const receivedAtMs = clock.nowMs();
  const read = readAgain(letter, (redriveOf) => ({
    requestId: randomUUID(),
    receivedAtMs,
    deadlineMs: receivedAtMs + decideWithinMs,
    redriveOf,
  }));
  if (!read.ok) {
    say("still_unreadable", read.problem.slice(id.length + 2));
    return false;
  }
  const command = describeCommand(read.value);
  if (isDryRun) {
    say("would_send", command, { command });
    return true;
  }
  const { outcome, words } = answerWords(await gateway.submit(read.value));
  say(outcome, `${command}${words}`, { command });
  return outcome === "accepted" || outcome === "repeated";
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
