import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { side } from "../../protocol/snapshot/order-shape.ts";
import {
  always,
  flag,
  later,
  list,
  name,
  orNull,
  record,
  text,
  whole,
  word,
  type Shape,
} from "../../protocol/snapshot/shape.ts";
import { instructionFields, trade, tradeWayFields } from "../../protocol/snapshot/ways-shape.ts";
import type { InstructionChange, TradeChange, WayChange } from "../../protocol/ways/way-change.ts";
import { newArrivals } from "../records/arrivals.ts";
import {
  instructionKey,
  listInstruction,
  type InstructionRecord,
  type InstructionRecords,
} from "../records/instruction-records.ts";
import { keptRecords } from "../records/market-records.ts";
import { listTrade, type TradeRecord, type TradeRecords } from "../records/trade-records.ts";
import type { PlacedChange } from "../step-place.ts";
import { forgotten, mapBy, stepPlace } from "./line-shapes.ts";

const status = word<WayChange["status"]>({
  Pending: true,
  Settled: true,
  PartiallySettled: true,
  Failing: true,
  BoughtIn: true,
  ClosedOut: true,
});

// A change tells of its record's own trade, which stands there already.
const ownTrade = later(() => null) as Shape<unknown> as Shape<TradeExecuted>;

const tradeChange = record<TradeChange>({
  type: always("Trade"),
  eventIndex: whole(),
  ...tradeWayFields,
  trade: ownTrade,
  state: word<TradeChange["state"]>({
    Novated: true,
    AwaitingAffirmation: true,
    Affirmed: true,
    Devolved: true,
    Short: true,
    BoughtIn: true,
    PartiallySettled: true,
    Settled: true,
    ClosedOut: true,
    Failed: true,
  }),
  status,
  reason: orNull(word<NonNullable<TradeChange["reason"]>>({ FUTU: true, CLAC: true, MONY: true })),
  side: orNull(side),
});

const tradeRecordFields = record<TradeRecord>({
  arrival: whole(),
  trade,
  place: stepPlace,
  isSettledAtOnce: flag,
  way: list(
    record<PlacedChange<TradeChange>>({ id: text, place: stepPlace, change: tradeChange }),
  ) as Shape<TradeRecord["way"]>,
});

const tradeRecord: Shape<TradeRecord> = {
  ...tradeRecordFields,
  read(from) {
    const read = tradeRecordFields.read(from);
    for (const { change } of read.way) Object.assign(change, { trade: read.trade });
    return read;
  },
};

const ofTrades = record<TradeRecords>({
  byId: mapBy(({ trade }) => trade.tradeId, tradeRecord),
  all: later(newArrivals<TradeRecord>),
  ofParticipant: later(() => new Map()),
  ofSymbol: later(() => new Map()),
  keptMax: always(keptRecords.trades),
  forgotten,
  came: whole(),
});

/** Trades that are kept for who asks, each written once. */
export const tradeRecords: Shape<TradeRecords> = {
  ...ofTrades,
  read(from) {
    const records = ofTrades.read(from);
    for (const each of records.byId.values()) listTrade(records, each);
    return records;
  },
};

const instructionChange = record<InstructionChange>({
  type: always("Instruction"),
  eventIndex: whole(),
  ...instructionFields,
  state: word<InstructionChange["state"]>({
    Netted: true,
    PaidIn: true,
    PaidOut: true,
    Short: true,
    BoughtIn: true,
    ClosedOut: true,
  }),
  status,
  reason: orNull(
    word<NonNullable<InstructionChange["reason"]>>({
      FUTU: true,
      LACK: true,
      CLAC: true,
      MONY: true,
      CMON: true,
    }),
  ),
  lot: orNull(
    record<NonNullable<InstructionChange["lot"]>>({
      quantity: whole(),
      pricePaise: orNull(whole()),
    }),
  ),
});

const instructionRecord: Shape<InstructionRecord> = record<InstructionRecord>({
  arrival: whole(),
  shard: whole(),
  instructionId: text,
  participant: name,
  changes: list(
    record<PlacedChange<InstructionChange>>({
      id: text,
      place: stepPlace,
      change: instructionChange,
    }),
  ),
});

const ofInstructions = record<InstructionRecords>({
  byId: mapBy(instructionKey, instructionRecord),
  all: later(newArrivals<InstructionRecord>),
  ofParticipant: later(() => new Map()),
  keptMax: always(keptRecords.instructions),
  came: whole(),
});

/** Instructions that are kept for who asks, each written once. */
export const instructionRecords: Shape<InstructionRecords> = {
  ...ofInstructions,
  read(from) {
    const records = ofInstructions.read(from);
    for (const each of records.byId.values()) listInstruction(records, each);
    return records;
  },
};
