import type { Step, TradeExecuted, TradeSettled } from "../domain/event.ts";
import type { Journal } from "../domain/journal.ts";
import { findDeliveries } from "../protocol/deliveries.ts";
import type { StepPlace } from "./step-place.ts";

/** A trade with its delivery against payment: both happened in the step named. */
export type TradeRecord = {
  readonly trade: TradeExecuted;
  readonly settled: TradeSettled;
  /** The delivery against payment: four postings. */
  readonly journal: Journal;
  readonly place: StepPlace;
};

/** Trades by id, oldest first. The oldest is let go of above the number kept. */
export type TradeRecords = {
  readonly byId: Map<string, TradeRecord>;
  readonly ofParticipant: Map<string, Set<TradeRecord>>;
  readonly keptMax: number;
};

/** No trades yet; `keptMax` are kept. */
export function newTradeRecords(keptMax: number): TradeRecords {
  return { byId: new Map(), ofParticipant: new Map(), keptMax };
}

/** Notes the step's trades. */
export function noteTrades(records: TradeRecords, step: Step, place: StepPlace): void {
  const { trades, journals } = findDeliveries(step);
  for (const settled of step.events) {
    if (settled.type !== "TradeSettled") continue;
    const trade = trades.get(settled.tradeId);
    const journal = journals.get(settled.journalId);
    if (trade === undefined || journal === undefined) continue;
    add(records, { trade, settled, journal, place });
  }
}

function add(records: TradeRecords, record: TradeRecord): void {
  const { byId, ofParticipant, keptMax } = records;
  byId.set(record.trade.tradeId, record);
  for (const participant of participantsOf(record)) {
    const own = ofParticipant.get(participant);
    if (own === undefined) ofParticipant.set(participant, new Set([record]));
    else own.add(record);
  }
  if (byId.size <= keptMax) return;
  const [oldest] = byId.values();
  if (oldest === undefined) return;
  byId.delete(oldest.trade.tradeId);
  for (const participant of participantsOf(oldest)) ofParticipant.get(participant)?.delete(oldest);
}

function participantsOf({ trade }: TradeRecord): Set<string> {
  return new Set([trade.buy.participant, trade.sell.participant]);
}
