import type { MarketEvent, Step, TradeSettled } from "../domain/event.ts";
import { deadLetterDraft } from "./dead-letter-message.ts";
import { findDeliveries } from "./deliveries.ts";
import type { Deliveries } from "./deliveries.ts";
import { executionDrafts } from "./execution-message.ts";
import { legTopics } from "./leg-line.ts";
import { idHeader, stampHeader } from "./public-record.ts";
import type { Draft, PublicContext, PublicRecord, StepContext } from "./public-record.ts";
import { seedLegs } from "./seed-legs.ts";
import { settlementDraft } from "./settlement-message.ts";
import { tradeDraft } from "./trade-message.ts";

/**
 * Everything a step says to the public, in the order of its events. Needs nothing but the step: a
 * trade's delivery stands in the same step as the trade. The same step gives the same bytes for ever.
 */
export function publicRecords(step: Step, seq: number, context: PublicContext): PublicRecord[] {
  const stepContext: StepContext = { ...context, step, seq };
  const deliveries = findDeliveries(step);
  return step.events
    .flatMap((event, index) => drafts(stepContext, deliveries, event, index, everything))
    .map((draft, index) => stamped(draft, `${context.shard}/${seq}/${index}`));
}

/** Whether somebody wants the records of a topic. */
type IsWanted = (topic: string) => boolean;

const everything: IsWanted = () => true;

/**
 * What a step says on these topics alone, as `publicRecords` has it but without headers. What nobody asks
 * for is not made: the seeds' legs cost more than all the rest.
 */
export function recordsOn(
  topics: ReadonlySet<string>,
  step: Step,
  seq: number,
  context: PublicContext,
): Omit<Draft, "id" | "headers">[] {
  const stepContext: StepContext = { ...context, step, seq };
  const deliveries = findDeliveries(step);
  const isWanted: IsWanted = (topic) => topics.has(topic);
  return step.events
    .flatMap((event, index) => drafts(stepContext, deliveries, event, index, isWanted))
    .filter(({ topic }) => topics.has(topic))
    .map(({ partition, key, value, topic, concerns }) => ({
      topic,
      partition,
      key,
      value,
      ...(concerns === undefined ? {} : { concerns }),
    }));
}

function stamped(
  { topic, partition, key, value, id, headers }: Draft,
  stamp: string,
): PublicRecord {
  const record = { topic, partition, key, value };
  const own: PublicRecord["headers"] = [
    [idHeader, id],
    [stampHeader, stamp],
  ];
  return { ...record, headers: headers === undefined ? own : [...own, ...headers] };
}

function drafts(
  context: StepContext,
  deliveries: Deliveries,
  event: MarketEvent,
  index: number,
  isWanted: IsWanted,
): Draft[] {
  if (event.type === "TradeSettled") return settled(context, deliveries, event, isWanted);
  if (event.type === "DeadLettered") return [deadLetterDraft(context, event, index)];
  const executions = isWanted("sauda.executions") ? executionDrafts(context, event, index) : [];
  if (event.type !== "TradeExecuted" || !isWanted("sauda.trades")) return executions;
  return [tradeDraft(context, event), ...executions];
}

/** The buyer's two legs for the seeds' readers, then all four for everybody. */
function settled(
  context: StepContext,
  deliveries: Deliveries,
  event: TradeSettled,
  isWanted: IsWanted,
): Draft[] {
  const trade = deliveries.trades.get(event.tradeId);
  const journal = deliveries.journals.get(event.journalId);
  if (trade === undefined || journal === undefined)
    throw new Error(`broken invariant: ${event.settlementId} settles what its step does not hold`);
  const legs = legTopics.some(isWanted) ? seedLegs(context, trade) : [];
  if (!isWanted("sauda.settlements")) return legs;
  return [...legs, settlementDraft(context, event, trade, journal)];
}
