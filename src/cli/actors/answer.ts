import { isAtDoor } from "../../domain/facts/origin.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import { ordersTopic } from "../../protocol/topics.ts";
import type { Clock } from "../../services/clock.ts";
import { OutsideLog } from "../../services/log.ts";
import type { MarketLog } from "../../services/log.ts";
import { Stop } from "../../services/stop.ts";
import { followSteps } from "../log-steps.ts";
import type { LogStep } from "../log-steps.ts";

/** An event that says what became of one input. */
export type Outcome = Extract<
  MarketEvent,
  {
    readonly type:
      | "OrderAccepted"
      | "OrderRejected"
      | "OrderCanceled"
      | "CancelAllDone"
      | "AnswerAccepted"
      | "AffirmationAnswered"
      | "RequestRejected"
      | "AuctionOffered"
      | "DuesPaid"
      | "EarlyPaidIn"
      | "Deposited"
      | "Withdrawn"
      | "SuspensionLifted"
      | "ClearingRequestRejected"
      | "Repeated"
      | "DeadLettered";
  }
>;

/** The market's answer to a record: its outcome and the step it stands in. */
export type Answer = LogStep & {
  readonly outcome: Outcome;
  /** For a repeat: the answer to the record that was first. */
  readonly first: Answer | null;
};

/**
 * Whose answer is waited for: where the record stands (on `sauda.orders` unless a topic is named), or the id of
 * a request to `sauda.commands`; and the ids it says.
 */
export type Question = {
  readonly asked:
    | { readonly offset: number; readonly topic?: string }
    | { readonly requestId: string };
  readonly shard: number;
  readonly participant: string;
  /** Null: the record has no id, so it can repeat none. */
  readonly clientOrderId: string | null;
};

const outcomeTypes: ReadonlySet<string> = new Set([
  "OrderAccepted",
  "OrderRejected",
  "OrderCanceled",
  "CancelAllDone",
  "AnswerAccepted",
  "AffirmationAnswered",
  "RequestRejected",
  "AuctionOffered",
  "DuesPaid",
  "EarlyPaidIn",
  "Deposited",
  "Withdrawn",
  "SuspensionLifted",
  "ClearingRequestRejected",
  "Repeated",
  "DeadLettered",
]);

/**
 * Waits for the answer, which is in the log and nowhere else (R9): folds it from offset 0 to the step
 * whose outcome has the record's source position. Gives up when the signal is aborted: null.
 */
export async function awaitAnswer(
  { log, clock }: { readonly log: MarketLog; readonly clock: Clock },
  question: Question,
  signal: AbortSignal,
): Promise<Answer | null> {
  const { asked } = question;
  const topicId = await log.topicId("topic" in asked ? (asked.topic ?? ordersTopic) : ordersTopic);
  while (!signal.aborted) {
    try {
      return await searchLog(log, topicId, question, signal);
    } catch (error) {
      if (error instanceof Stop || error instanceof OutsideLog) throw error;
      await clock.sleep(200, signal); // the broker is away: the answer may still come
    }
  }
  return null;
}

async function searchLog(
  log: MarketLog,
  topicId: string,
  question: Question,
  signal: AbortSignal,
): Promise<Answer | null> {
  let first: Answer | null = null;
  for await (const { steps } of followSteps(log, question.shard, 250)) {
    for (const logStep of steps) {
      const outcome = findOutcome(logStep, (event) => isAnswerTo(event, topicId, question.asked));
      if (outcome !== undefined)
        return { ...logStep, outcome, first: outcome.type === "Repeated" ? first : null };
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

function findOutcome({ step }: LogStep, fits: (event: Outcome) => boolean): Outcome | undefined {
  return step.events.find(
    (event): event is Outcome => outcomeTypes.has(event.type) && fits(event as Outcome),
  );
}

function isAnswerTo({ source }: Outcome, topicId: string, asked: Question["asked"]): boolean {
  if (source === null) return false;
  if ("requestId" in asked) return isAtDoor(source) && source.requestId === asked.requestId;
  return (
    !isAtDoor(source) &&
    source.offset === asked.offset &&
    source.topicId === topicId &&
    source.partition === 0
  );
}

/** Whether the outcome is of a record that said the same ids. */
function isOf(outcome: Outcome, { participant, clientOrderId }: Question): boolean {
  if (outcome.type === "DeadLettered" || outcome.participant !== participant) return false;
  if (outcome.source === null) return false; // an order that a cancel-all took out: not its answer
  const id = outcome.type === "OrderCanceled" ? outcome.requestId : outcome.clientOrderId;
  return id === clientOrderId;
}
