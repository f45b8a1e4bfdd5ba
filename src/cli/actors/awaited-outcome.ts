import { isAtDoor } from "../../domain/facts/origin.ts";
import { ordersTopic, type TopicName } from "../../protocol/topics.ts";
import type { Clock } from "../../services/clock.ts";
import { OutsideLog, type MarketLog } from "../../services/log.ts";
import { Stop } from "../../services/stop.ts";
import { followSteps } from "../log-steps.ts";
import { findOutcome, isOf, type StepOutcome, type Outcome } from "./outcome.ts";

/**
 * Whose outcome is waited for: where the record stands (on `sauda.orders` unless a topic is named),
 * or the id of a request to `sauda.commands`; and the ids it says.
 */
type Question = {
  readonly asked:
    | { readonly offset: number; readonly topic?: TopicName }
    | { readonly requestId: string };
  readonly shard: number;
  readonly participant: string;
  /** Null: the record has no id, so it can repeat none. */
  readonly clientOrderId: string | null;
};

/**
 * Waits for the outcome, which is in the log and nowhere else (R9): folds it from offset 0 to the
 * step whose outcome has the record's source position, and to its last part. Gives up when the
 * signal is aborted: null.
 */
export async function awaitOutcome(
  { log, clock }: { readonly log: MarketLog; readonly clock: Clock },
  question: Question,
  signal: AbortSignal,
): Promise<StepOutcome | null> {
  const { asked } = question;
  const topicId = await log.topicId("topic" in asked ? (asked.topic ?? ordersTopic) : ordersTopic);
  while (!signal.aborted) {
    try {
      return await searchLog(log, topicId, question, signal);
    } catch (error) {
      if (error instanceof Stop || error instanceof OutsideLog) throw error;
      await clock.sleep(200, signal); // the broker is away: the outcome may still come
    }
  }
  return null;
}

async function searchLog(
  log: MarketLog,
  topicId: string,
  question: Question,
  signal: AbortSignal,
): Promise<StepOutcome | null> {
  let first: StepOutcome | null = null;
  let found: StepOutcome | null = null;
  for await (const { steps } of followSteps(log, question.shard, 250)) {
    for (const logStep of steps) {
      const outcome = findOutcome(logStep, (event) => isOutcomeOf(event, topicId, question.asked));
      if (outcome !== undefined)
        found = { ...logStep, outcome, first: outcome.type === "Repeated" ? first : null };
      if (found !== null && logStep.step.last) return found;
      const earlier =
        question.clientOrderId === null
          ? undefined
          : findOutcome(logStep, (event) => isOf(event, question));
      if (first === null && earlier !== undefined && earlier.type !== "Repeated")
        first = { ...logStep, outcome: earlier, first: null };
    }
    if (signal.aborted) return null;
  }
  return null;
}

function isOutcomeOf({ source }: Outcome, topicId: string, asked: Question["asked"]): boolean {
  if (source === null) return false;
  if ("requestId" in asked) return isAtDoor(source) && source.requestId === asked.requestId;
  return (
    !isAtDoor(source) &&
    source.offset === asked.offset &&
    source.topicId === topicId &&
    source.partition === 0
  );
}
