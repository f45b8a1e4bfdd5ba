import type { Step } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import type { Journal } from "../../domain/facts/journal.ts";

/**
 * What settlements are about: their step's trades and journals by id. A step may hold a thousand.
 */
export type Deliveries = {
  readonly trades: ReadonlyMap<string, TradeExecuted>;
  readonly journals: ReadonlyMap<string, Journal>;
};

/** The trades and journals of a step: what is settled stands in the step that settles it. */
export function findDeliveries(step: Step): Deliveries {
  const trades = new Map<string, TradeExecuted>();
  const journals = new Map<string, Journal>();
  for (const event of step.events) {
    if (event.type === "TradeExecuted") trades.set(event.tradeId, event);
    if (event.type === "JournalPosted") journals.set(event.journal.journalId, event.journal);
  }
  return { trades, journals };
}
