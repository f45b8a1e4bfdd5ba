import type { Step } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import type { TradeChange } from "../../protocol/ways/way-change.ts";
import {
  arrive,
  arriveAt,
  depart,
  departFrom,
  newArrivals,
  oldestOf,
  type Arrivals,
  type ArrivalsByKey,
} from "./arrivals.ts";
import { noteForgotten, type Forgotten } from "./forgotten.ts";
import type { PlacedChange, StepPlace } from "../step-place.ts";

/** A trade, from its execution on. */
export type TradeRecord = {
  readonly arrival: number;
  readonly trade: TradeExecuted;
  /** Of the trade; where it settled at once its journal is in the same step. */
  readonly place: StepPlace;
  readonly isSettledAtOnce: boolean;
  /** Where they have a cycle: its way, oldest change first. */
  way: readonly PlacedChange<TradeChange>[];
};

/** Trades by id, oldest first. The oldest is let go of above the number kept. */
export type TradeRecords = {
  readonly byId: Map<string, TradeRecord>;
  readonly all: Arrivals<TradeRecord>;
  readonly ofParticipant: ArrivalsByKey<TradeRecord>;
  readonly ofSymbol: ArrivalsByKey<TradeRecord>;
  readonly keptMax: number;
  readonly forgotten: Forgotten;
  /** How many have come. */
  came: number;
};

/** No trades yet; `keptMax` are kept. */
export function newTradeRecords(keptMax: number): TradeRecords {
  return {
    byId: new Map(),
    all: newArrivals(),
    ofParticipant: new Map(),
    ofSymbol: new Map(),
    keptMax,
    forgotten: new Map(),
    came: 0,
  };
}

/** Notes the step's trades. */
export function noteTrades(records: TradeRecords, step: Step, place: StepPlace): void {
  // Trades of a step are all of one symbol, so all have a cycle or none has.
  const isSettledAtOnce = step.events.some(({ type }) => type === "TradeSettled");
  for (const trade of step.events) {
    if (trade.type !== "TradeExecuted") continue;
    records.came += 1;
    add(records, { arrival: records.came, trade, place, isSettledAtOnce, way: noWay });
  }
}

/** One for all: a list of its own costs what it may grow to. */
const noWay: TradeRecord["way"] = [];

/** Notes that a trade has gone a step on its way; nothing where it is no longer kept. */
export function noteTradeChange({ byId }: TradeRecords, placed: PlacedChange<TradeChange>): void {
  const record = byId.get(placed.change.trade.tradeId);
  if (record !== undefined) record.way = [...record.way, placed];
}

/** Lists the newest trade that is kept wherever it is looked for. */
export function listTrade(records: TradeRecords, record: TradeRecord): void {
  const { byId, all, ofParticipant, ofSymbol } = records;
  byId.set(record.trade.tradeId, record);
  arrive(all, record);
  arriveAt(ofSymbol, record.trade.symbol, record);
  const { buy, sell } = record.trade;
  arriveAt(ofParticipant, buy.participant, record);
  if (sell.participant !== buy.participant) arriveAt(ofParticipant, sell.participant, record);
}

function add(records: TradeRecords, record: TradeRecord): void {
  const { byId, all, keptMax } = records;
  listTrade(records, record);
  const oldest = oldestOf(all);
  if (byId.size > keptMax && oldest !== undefined) forget(records, oldest);
}

function forget(records: TradeRecords, old: TradeRecord): void {
  const { byId, all, ofParticipant, ofSymbol, forgotten } = records;
  noteForgotten(forgotten, old.place);
  byId.delete(old.trade.tradeId);
  depart(all, old);
  departFrom(ofSymbol, old.trade.symbol, old);
  const { buy, sell } = old.trade;
  departFrom(ofParticipant, buy.participant, old);
  if (sell.participant !== buy.participant) departFrom(ofParticipant, sell.participant, old);
}
