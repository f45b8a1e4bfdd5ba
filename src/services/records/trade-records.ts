import type { Step } from "../../domain/facts/event.ts";
import type { TradeExecuted, TradeSettled } from "../../domain/facts/trade-event.ts";
import type { Journal } from "../../domain/facts/journal.ts";
import { findDeliveries } from "../../protocol/own/deliveries.ts";
import type { TradeChange } from "../../protocol/ways/way-change.ts";
import {
  arrive,
  arriveAt,
  depart,
  departFrom,
  newArrivals,
  type Arrivals,
  type ArrivalsByKey,
} from "./arrivals.ts";
import type { PlacedChange, StepPlace } from "../step-place.ts";

/** A delivery against payment: four postings. */
type Delivered = { readonly settled: TradeSettled; readonly journal: Journal };

/** A trade, from its execution on. */
export type TradeRecord = {
  readonly trade: TradeExecuted;
  /** Of the trade. */
  readonly place: StepPlace;
  /** Where trades settle at once, in the same step; null where they have a cycle. */
  readonly delivered: Delivered | null;
  /** Where they have a cycle: its way, oldest change first. */
  readonly way: PlacedChange<TradeChange>[];
};

/** Trades by id, oldest first. The oldest is let go of above the number kept. */
export type TradeRecords = {
  readonly byId: Map<string, TradeRecord>;
  readonly all: Arrivals<TradeRecord>;
  readonly ofParticipant: ArrivalsByKey<TradeRecord>;
  readonly ofSymbol: ArrivalsByKey<TradeRecord>;
  readonly keptMax: number;
};

/** No trades yet; `keptMax` are kept. */
export function newTradeRecords(keptMax: number): TradeRecords {
  return {
    byId: new Map(),
    all: newArrivals(),
    ofParticipant: new Map(),
    ofSymbol: new Map(),
    keptMax,
  };
}

/** Notes the step's trades. */
export function noteTrades(records: TradeRecords, step: Step, place: StepPlace): void {
  const { trades, journals } = findDeliveries(step);
  if (trades.size === 0) return;
  const delivered = new Map<string, Delivered>();
  for (const settled of step.events) {
    if (settled.type !== "TradeSettled") continue;
    const journal = journals.get(settled.journalId);
    if (journal !== undefined) delivered.set(settled.tradeId, { settled, journal });
  }
  for (const [tradeId, trade] of trades)
    add(records, { trade, place, delivered: delivered.get(tradeId) ?? null, way: [] });
}

/** Notes that a trade has gone a step on its way; nothing where it is no longer kept. */
export function noteTradeChange({ byId }: TradeRecords, placed: PlacedChange<TradeChange>): void {
  byId.get(placed.change.trade.tradeId)?.way.push(placed);
}

function add(records: TradeRecords, record: TradeRecord): void {
  const { byId, all, ofParticipant, ofSymbol, keptMax } = records;
  byId.set(record.trade.tradeId, record);
  arrive(all, record);
  arriveAt(ofSymbol, record.trade.symbol, record);
  for (const participant of participantsOf(record)) arriveAt(ofParticipant, participant, record);
  const oldest = all.queue.first?.value;
  if (byId.size > keptMax && oldest !== undefined) forget(records, oldest);
}

function forget({ byId, all, ofParticipant, ofSymbol }: TradeRecords, old: TradeRecord): void {
  byId.delete(old.trade.tradeId);
  depart(all, old);
  departFrom(ofSymbol, old.trade.symbol, old);
  for (const participant of participantsOf(old)) departFrom(ofParticipant, participant, old);
}

function participantsOf({ trade }: TradeRecord): Set<string> {
  return new Set([trade.buy.participant, trade.sell.participant]);
}
