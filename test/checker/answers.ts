import type { Origin } from "../../src/domain/facts/origin.ts";
import type { InputPartition } from "./inputs.ts";
import type { ValidStep } from "./log-reading.ts";

/** How long an answer without any id is taken for the retry of an equal one that was used. */
const retryWindowMs = 120_000;

/**
 * An answer of `Counter_party` that names no order: consent to what waits, never to an order that
 * comes later if an equal one was used up to 120 s before. Written from the rule in the seeds'
 * formats; what an answer says is read from its own bytes.
 */
export function checkAnswers(
  inputs: readonly InputPartition[],
  steps: readonly ValidStep[],
): string[] {
  const unnamed = unnamedAnswers(inputs);
  const usedAt = new Map<string, number>();
  const problems: string[] = [];
  for (const { seq, step } of steps) {
    const came = new Set(
      step.events.flatMap((event) => (event.type === "OrderAccepted" ? [event.orderId] : [])),
    );
    for (const event of step.events) {
      if (event.type !== "AnswerAccepted" && event.type !== "DeadLettered") continue;
      const who = unnamed.get(placeOf(event.source) ?? "");
      const isRepeat = event.type === "DeadLettered" && event.reason === "ANSWER_REPEATED";
      if (who === undefined) {
        if (isRepeat) problems.push(`step ${seq}: an answer with an id is called a repeat`);
        continue;
      }
      const sinceMs = step.at - (usedAt.get(who) ?? Number.NEGATIVE_INFINITY);
      const isSoon = sinceMs < retryWindowMs;
      if (isRepeat && !isSoon) problems.push(`step ${seq}: ${who} repeats nothing that was used`);
      if (event.type !== "AnswerAccepted" || event.clientOrderId !== null) continue;
      if (came.has(event.orderId) && isSoon)
        problems.push(`step ${seq}: ${who} again after ${sinceMs} ms, used for a later order`);
      usedAt.set(who, step.at);
    }
  }
  return problems;
}

/** Who says what, by the place of the record: `CONFIRM COUNTERPARTY`. */
function unnamedAnswers(inputs: readonly InputPartition[]): ReadonlyMap<string, string> {
  const answers = new Map<string, string>();
  for (const { topic, topicId, partition, records } of inputs) {
    if (topic !== "Counter_party") continue;
    for (const { offset, value } of records) {
      const answer = parse(value);
      if (answer === null || typeof answer["text"] !== "string") continue;
      if (answer["order_id"] !== undefined && answer["order_id"] !== null) continue;
      const by = answer["counterparty"];
      const who = typeof by === "string" ? by : "COUNTERPARTY";
      const text = answer["text"].trim().toUpperCase();
      answers.set(`${topicId}/${partition}/${offset}`, `${text} ${who}`);
    }
  }
  return answers;
}

/** Of a record; null for what came in at a door. */
function placeOf(source: Origin | null): string | null {
  if (source === null || "requestId" in source) return null;
  return `${source.topicId}/${source.partition}/${source.offset}`;
}

function parse(value: Buffer | null): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(String(value));
    return typeof json === "object" ? (json as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}
