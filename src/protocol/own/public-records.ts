import { accountKey } from "../../domain/facts/account.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { TradeSettled } from "../../domain/facts/trade-event.ts";
import { consideration, failInvariant, quantity } from "../../domain/facts/units.ts";
import { deadLetterDraft } from "./dead-letter-message.ts";
import { findDeliveries, type Deliveries } from "./deliveries.ts";
import { executionDrafts } from "./execution-message.ts";
import { legTopics } from "../seeds/leg-line.ts";
import {
  idHeader,
  stampHeader,
  type Draft,
  type PublicContext,
  type PublicRecord,
  type StepContext,
} from "./public-record.ts";
import { seedLegs } from "../seeds/legs.ts";
import { settlementDraft } from "./settlement-message.ts";
import { tradeDraft } from "./trade-message.ts";
import type { TakenStep, TradeChange, WayChange } from "../ways/way-change.ts";
import { wayDraft } from "./way-message.ts";
import type { TopicName } from "../topics.ts";

/**
 * Everything a step says to the public, in the order of its events. Needs the step and what it
 * changed on the way of trades, which the log before it says. The same log gives the same bytes
 * for ever.
 */
export function publicRecords(
  taken: TakenStep,
  seq: number,
  context: PublicContext,
): PublicRecord[] {
  return allDrafts(taken, seq, context, everything).map((draft, index) =>
    stamped(draft, `${context.shard}/${seq}/${index}`),
  );
}

/** Whether somebody wants the records of a topic. */
type IsWanted = (topic: TopicName) => boolean;

const everything: IsWanted = () => true;

/**
 * What a step says on these topics alone, as `publicRecords` has it but without headers. What
 * nobody asks for is not made: the seeds' legs cost more than all the rest.
 */
export function recordsOn(
  topics: ReadonlySet<string>,
  taken: TakenStep,
  seq: number,
  context: PublicContext,
): Omit<Draft, "id" | "headers">[] {
  const isWanted: IsWanted = (topic) => topics.has(topic);
  return allDrafts(taken, seq, context, isWanted)
    .filter(({ topic }) => topics.has(topic))
    .map(({ partition, key, value, topic, concerns }) => ({
      topic,
      partition,
      key,
      value,
      ...(concerns === undefined ? {} : { concerns }),
    }));
}

function allDrafts(
  { step, changes }: TakenStep,
  seq: number,
  context: PublicContext,
  isWanted: IsWanted,
): Draft[] {
  const stepContext: StepContext = { ...context, step, seq };
  const deliveries = findDeliveries(step);
  const all: Draft[] = [];
  let next = 0;
  for (const [index, event] of step.events.entries()) {
    all.push(...drafts(stepContext, deliveries, event, index, isWanted));
    for (; changes[next]?.eventIndex === index; next += 1) {
      const change = changes[next];
      if (change !== undefined) all.push(...changed(stepContext, change, isWanted));
    }
  }
  return all;
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
    return failInvariant(`${event.settlementId} settles what its step does not hold`);
  const account = accountKey(trade.buy.participant, trade.buy.client);
  const legs = legTopics.some(isWanted) ? seedLegs(context, { ...trade, account }) : [];
  if (!isWanted("sauda.settlements")) return legs;
  return [...legs, settlementDraft(context, event, trade, journal)];
}

/** A change on the way of a trade or an instruction; with a trade's end its legs. */
function changed(context: StepContext, change: WayChange, isWanted: IsWanted): Draft[] {
  const legs = change.type === "Trade" && legTopics.some(isWanted) ? endLegs(context, change) : [];
  return isWanted("sauda.settlements") ? [...legs, wayDraft(context, change)] : legs;
}

/** The legs of what the buyer received; a trade that was closed out whole has none. */
function endLegs(context: StepContext, change: TradeChange): Draft[] {
  const { trade, state, delivered, buyer } = change;
  if ((state !== "Settled" && state !== "ClosedOut") || delivered === 0) return [];
  const shares = quantity(delivered);
  const amountPaise = consideration(trade.pricePaise, shares);
  const account = accountKey(buyer.participant, buyer.client);
  return seedLegs(context, { ...trade, account, quantity: shares, amountPaise });
}
