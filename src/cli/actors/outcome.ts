import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import { isRequestOutcome, type RequestOutcome } from "../../protocol/own/request-execution.ts";

/**
 * What says it of an order, an answer, or any input; of requests about no single order
 * `RequestOutcome` does.
 */
const outcomeTypes = [
  "OrderAccepted",
  "OrderRejected",
  "OrderCanceled",
  "AnswerAccepted",
  "AffirmationAnswered",
  "RequestRejected",
  "Repeated",
  "DeadLettered",
] as const;

/** An event that says what became of one input. */
export type Outcome =
  | RequestOutcome
  | Extract<MarketEvent, { readonly type: (typeof outcomeTypes)[number] }>;

const ownTypes: ReadonlySet<string> = new Set(outcomeTypes);

/** Whether the event says what became of one input. */
export function isOutcome(event: MarketEvent): event is Outcome {
  return ownTypes.has(event.type) || isRequestOutcome(event);
}

/** A step that decided something, and its number on the shard. */
export type DecidedStep = {
  readonly shard: number;
  readonly seq: number;
  readonly step: Pick<Step, "part" | "events"> & {
    readonly at: number;
    readonly cause: { readonly offset: number };
  };
};

/** The outcome of a record, and the step it stands in. */
export type StepOutcome = DecidedStep & {
  readonly outcome: Outcome;
  /** For a repeat: the outcome of the record that was first. */
  readonly first: StepOutcome | null;
};

/** The outcome in the step that fits. */
export function findOutcome(
  { step }: DecidedStep,
  fits: (event: Outcome) => boolean,
): Outcome | undefined {
  return step.events.find((event): event is Outcome => isOutcome(event) && fits(event));
}

/** Whether the outcome is of a record that said these ids. */
export function isOf(
  outcome: Outcome,
  asked: { readonly participant: string; readonly clientOrderId: string | null },
): boolean {
  if (outcome.type === "DeadLettered" || outcome.participant !== asked.participant) return false;
  if (outcome.source === null) return false; // an order that a cancel-all took out: not its outcome
  const id = outcome.type === "OrderCanceled" ? outcome.requestId : outcome.clientOrderId;
  return id === asked.clientOrderId;
}
