import type { DateText } from "../../domain/facts/calendar.ts";
import type { Step } from "../../domain/facts/event.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";
import { noteTradeDate, tradeDateOf, type TradeDates } from "../../domain/facts/trade-date.ts";
import { newTradeWays, takeStep } from "../../protocol/ways/trade-ways.ts";
import type { TakenStep } from "../../protocol/ways/way-change.ts";
import { wayId } from "../../protocol/own/way-message.ts";
import type { TradeWays } from "../../protocol/ways/way-taking.ts";
import {
  newAffirmationRecords,
  noteAffirmation,
  type AffirmationRecords,
} from "./affirmation-records.ts";
import { newBars, noteBarTrade, noteClose, type Bars } from "./bars.ts";
import {
  newDeadLetterRecords,
  noteDeadLetter,
  type DeadLetterRecords,
} from "./dead-letter-records.ts";
import { countChange, countEvent, newEventCounts, type EventCounts } from "./event-counts.ts";
import { newOrderRecords, noteOrderEvent, type OrderRecords } from "./order-records.ts";
import { newLogMarks, noteMarks, type LogMarks } from "./log-marks.ts";
import { notePosition, type PositionRecords } from "./position-records.ts";
import { noteMissingInputs, type MissingInputs } from "./missing-inputs.ts";
import {
  newByOwnId,
  noteRefusedRequest,
  noteRequest,
  type ByOwnId,
  type RefusedRequest,
  type RequestRecord,
} from "./request-records.ts";
import type { StepPlace } from "../step-place.ts";
import {
  newInstructionRecords,
  noteInstruction,
  type InstructionRecords,
} from "./instruction-records.ts";
import {
  newTradeRecords,
  noteTradeChange,
  noteTrades,
  type TradeRecords,
} from "./trade-records.ts";

/** What screens ask for and the market itself forgets: the fold of valid steps, like the market. */
export type MarketRecords = {
  readonly orders: OrderRecords;
  readonly refusedRequests: ByOwnId<RefusedRequest>;
  readonly requests: ByOwnId<RequestRecord>;
  readonly affirmations: AffirmationRecords;
  readonly trades: TradeRecords;
  readonly instructions: InstructionRecords;
  /** By shard: the trades that are not settled there. */
  readonly ways: Map<number, TradeWays>;
  readonly deadLetters: DeadLetterRecords;
  readonly missingInputs: MissingInputs[];
  readonly bars: Bars;
  readonly tradeDates: TradeDates;
  readonly positions: PositionRecords;
  readonly marks: LogMarks;
  readonly counts: EventCounts;
};

/** How many of each are kept; the oldest leave. */
export const keptRecords = {
  endedOrders: 50_000,
  refusedRequests: 20_000,
  requests: 20_000,
  affirmations: 20_000,
  trades: 50_000,
  instructions: 20_000,
  deadLetters: { letters: 10_000, characters: 16 * 1024 * 1024 },
  /** Four years of trade dates, each with some hundred securities that traded: about 25 MB. */
  marks: { dates: 1_000, closes: 250_000 },
};

/** How many of each a gateway keeps. */
export type KeptRecords = typeof keptRecords;

/** Records of nothing. */
export function newMarketRecords(keptMax: KeptRecords = keptRecords): MarketRecords {
  return {
    orders: newOrderRecords(keptMax.endedOrders),
    refusedRequests: newByOwnId(keptMax.refusedRequests),
    requests: newByOwnId(keptMax.requests),
    affirmations: newAffirmationRecords(keptMax.affirmations),
    trades: newTradeRecords(keptMax.trades),
    instructions: newInstructionRecords(keptMax.instructions),
    ways: new Map(),
    deadLetters: newDeadLetterRecords(keptMax.deadLetters),
    missingInputs: [],
    bars: newBars(),
    tradeDates: new Map(),
    positions: new Map(),
    marks: newLogMarks(keptMax.marks),
    counts: newEventCounts(),
  };
}

/** Takes a valid step in. Returns it with what it changed on the way of trades. */
export function noteStep(records: MarketRecords, step: Step, place: StepPlace): TakenStep {
  // First: a settlement is opened, and a day may be closed, after the trade that does it.
  for (const event of step.events) {
    noteTradeDate(records.tradeDates, event);
    if (event.type === "TradingDayClosed")
      for (const { symbol, closePaise } of event.prices)
        noteClose(records.bars, symbol, closePaise);
  }
  let tradeDate: DateText | null = null;
  for (const [index, event] of step.events.entries()) {
    countEvent(records.counts, event);
    // Half of all events; none of these has to do with them.
    if (event.type === "JournalPosted" || event.type === "TradeSettled") continue;
    noteOrderEvent(records.orders, event, place);
    noteRefusedRequest(records.refusedRequests, event, place);
    noteRequest(records.requests, event, place);
    noteAffirmation(records.affirmations, event, place);
    noteDeadLetter(records.deadLetters, event, index, place);
    noteMissingInputs(records.missingInputs, event, place);
    if (event.type !== "TradeExecuted") continue;
    notePosition(records.positions, event);
    if (event.kind !== "book") continue;
    tradeDate ??= tradeDateIn(records, step);
    noteBarTrade(records.bars, event, place.atMs, tradeDate);
  }
  noteTrades(records.trades, step, place);
  noteMarks(records.marks, step, place);
  const taken = takeStep(waysIn(records, place.shard), step);
  for (const change of taken.changes) {
    countChange(records.counts, change);
    const placed = { id: wayId(step, place.shard, change), place };
    if (change.type === "Trade") noteTradeChange(records.trades, { ...placed, change });
    else noteInstruction(records.instructions, { ...placed, change });
  }
  return taken;
}

/** The trades of the shard that are not settled. */
export function waysIn({ ways }: Pick<MarketRecords, "ways">, shard: number): TradeWays {
  return getOrMake(ways, shard, newTradeWays);
}

/** Of the step's trades: they are all of one symbol, so all in one settlement or none. */
function tradeDateIn({ tradeDates }: MarketRecords, { events, at }: Step): DateText {
  const novated = events.find((event) => event.type === "TradeNovated");
  return tradeDateOf(tradeDates, novated?.settlementNumber, at);
}
