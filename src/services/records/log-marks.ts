import { accountKey } from "../../domain/facts/account.ts";
import type { DateText } from "../../domain/facts/calendar.ts";
import type { SettlementOpened } from "../../domain/facts/clearing-event.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";
import { noteTradeDate, tradeDateOf, type TradeDates } from "../../domain/facts/trade-date.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { isNearby } from "../log-checkpoints.ts";
import type { StepPlace } from "../step-place.ts";

/** A stretch of a shard's log: from the record at `from` to before `end`, and its last step. */
export type Passage = { readonly from: number; end: number; endSeq: number };

/**
 * Where a shard's log tells of a trade date: its trades, and its closes. `previousCloses`: by
 * symbol of the book, the close before its first trade of the date in paise; null: there was none.
 */
type DateMarks = {
  readonly passages: Passage[];
  readonly previousCloses: Map<string, number | null>;
};

/** Where a shard's log tells of a settlement's obligations and what became of them. */
export type SettlementMarks = Pick<
  SettlementOpened,
  "settlementNumber" | "tradeDate" | "settlementDate"
> & {
  readonly passages: Passage[];
  readonly openedAt: number;
  /** Offset of the record that completed it; null: it is open. */
  completedAt: number | null;
};

/** A close that was said, and of which trade date. */
type SaidClose = { readonly date: DateText; readonly closePaise: number };

/** Of one shard; dates and settlements oldest first. */
export type ShardMarks = {
  readonly dates: Map<DateText, DateMarks>;
  readonly settlements: Map<string, SettlementMarks>;
  readonly tradeDates: TradeDates;
  /** By symbol, oldest first, none with a later one of the same date or of one before. */
  readonly closes: Map<string, SaidClose[]>;
  /** How many previous closes the dates have together. */
  closesKept: number;
};

/**
 * Where the log tells what reports ask for, so that a report of a day reads no more of it than
 * that day: what those read who have no marks, the whole log, says the same. Dates are let go of,
 * oldest first, above what is kept; `forgottenTo` is the last such date, null where there is none.
 */
export type LogMarks = {
  readonly shards: Map<number, ShardMarks>;
  /** By account: the last dates on which it traded, oldest first. */
  readonly tradedOn: Map<string, DateText[]>;
  readonly kept: { readonly dates: number; readonly closes: number };
  forgottenTo: DateText | null;
};

/** Of one date or settlement; what comes then makes the last one longer. */
const passagesMax = 32;
/** Dates of an account, and closes of a symbol. */
const newestMax = 5;

/** Nothing was read yet; so many dates, and closes before a date's trades, are kept. */
export function newLogMarks(kept: LogMarks["kept"]): LogMarks {
  return { shards: new Map(), tradedOn: new Map(), kept, forgottenTo: null };
}

/** Notes what a step tells. Steps come in the order of their shard's log. */
export function noteMarks(marks: LogMarks, { events, at }: Step, place: StepPlace): void {
  const own = getOrMake(marks.shards, place.shard, newShardMarks);
  let numbers: Map<string, string> | null = null;
  for (const event of events) {
    noteTradeDate(own.tradeDates, event);
    noteSettlement(own, event, place);
    if (event.type !== "TradeNovated") continue;
    numbers ??= new Map();
    numbers.set(event.tradeId, event.settlementNumber);
  }
  for (const event of events) {
    if (event.type === "TradeExecuted") {
      const number = numbers?.get(event.tradeId);
      const date = tradeDateOf(own.tradeDates, number, at);
      noteTrade(marks, own, event, { date, isInCycle: number !== undefined, place });
    } else if (event.type === "TradingDayClosed") {
      widen(marksOf(marks, own, event.tradeDate).passages, place);
      for (const { symbol, closePaise } of event.prices)
        noteClose(own, symbol, { date: event.tradeDate, closePaise });
    }
  }
}

function newShardMarks(): ShardMarks {
  return {
    dates: new Map(),
    settlements: new Map(),
    tradeDates: new Map(),
    closes: new Map(),
    closesKept: 0,
  };
}

function noteSettlement({ settlements }: ShardMarks, event: MarketEvent, place: StepPlace): void {
  if (event.type === "SettlementOpened") {
    const { settlementNumber, tradeDate, settlementDate } = event;
    const dates = { settlementNumber, tradeDate, settlementDate };
    const marks = { ...dates, passages: [], openedAt: place.logOffset, completedAt: null };
    settlements.set(settlementNumber, marks);
  } else if (
    event.type === "ObligationDetermined" ||
    event.type === "MemberObligationDetermined" ||
    event.type === "InstructionUpdated"
  ) {
    const marks = settlements.get(event.settlementNumber);
    if (marks !== undefined) widen(marks.passages, place);
  } else if (event.type === "SettlementCompleted") {
    const marks = settlements.get(event.settlementNumber);
    if (marks !== undefined) marks.completedAt = place.logOffset;
  }
}

type TradeMark = {
  readonly date: DateText;
  readonly isInCycle: boolean;
  readonly place: StepPlace;
};

function noteTrade(
  marks: LogMarks,
  own: ShardMarks,
  { kind, symbol, pricePaise, buy, sell }: TradeExecuted,
  { date, isInCycle, place }: TradeMark,
): void {
  const { passages, previousCloses } = marksOf(marks, own, date);
  widen(passages, place);
  for (const { participant, client } of [buy, sell])
    noteAccount(marks, accountKey(participant, client), date);
  if (kind !== "book") return;
  if (!previousCloses.has(symbol)) {
    const before = own.closes.get(symbol)?.findLast((close) => close.date < date);
    previousCloses.set(symbol, before?.closePaise ?? null);
    own.closesKept += 1;
  }
  if (!isInCycle) noteClose(own, symbol, { date, closePaise: pricePaise });
}

/** The marks of a date; the oldest leave where there are too many. */
function marksOf(marks: LogMarks, own: ShardMarks, date: DateText): DateMarks {
  const known = own.dates.get(date);
  if (known !== undefined) return known;
  const made = { passages: [], previousCloses: new Map() };
  own.dates.set(date, made);
  for (const [oldest, { previousCloses }] of own.dates) {
    const isTooMuch = own.dates.size > marks.kept.dates || own.closesKept > marks.kept.closes;
    if (!isTooMuch || oldest === date) break;
    own.closesKept -= previousCloses.size;
    forgetDate(marks, own, oldest);
  }
  return made;
}

function forgetDate(marks: LogMarks, { dates, settlements }: ShardMarks, date: DateText): void {
  dates.delete(date);
  for (const [number, { tradeDate, completedAt }] of settlements)
    if (tradeDate <= date && completedAt !== null) settlements.delete(number);
  if (marks.forgottenTo === null || marks.forgottenTo < date) marks.forgottenTo = date;
}

function noteAccount({ tradedOn }: LogMarks, account: string, date: DateText): void {
  const dates = getOrMake(tradedOn, account, () => []);
  if (dates.includes(date)) return;
  dates.push(date);
  dates.sort();
  if (dates.length > newestMax) dates.shift();
}

function noteClose({ closes }: ShardMarks, symbol: string, close: SaidClose): void {
  const known = getOrMake(closes, symbol, () => []);
  while ((known.at(-1)?.date ?? "") >= close.date) known.pop();
  known.push(close);
  if (known.length > newestMax) known.shift();
}

/** What is nearby joins the last passage. */
function widen(passages: Passage[], { logOffset: offset, seq }: StepPlace): void {
  const last = passages.at(-1);
  const joins =
    last !== undefined && isNearby({ offset: last.end, seq: last.endSeq }, { offset, seq });
  if (joins || (last !== undefined && passages.length >= passagesMax))
    Object.assign(last, { end: offset + 1, endSeq: seq });
  else passages.push({ from: offset, end: offset + 1, endSeq: seq });
}
