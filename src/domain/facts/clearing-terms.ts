import type { Calendar, DateText, NumberException } from "./calendar.ts";
import type { SettlementCycle } from "./instrument.ts";
import type { MarginGroup, MarginRates } from "./margin-rates.ts";
import { assert, type Paise, type Participant, type Ticker } from "./units.ts";

/** A rule as it stood from a date on, with who says so. */
export type Dated<Value> = Value & {
  readonly from: DateText;
  readonly source: string;
  readonly isVerified: boolean;
};

/** When the clearing corporation acts, in minutes of the day in India. */
export type Timetable = {
  /** MIS positions are squared off. Source: brokers. */
  readonly squareOffMinute: number;
  /** The last 30 minutes before it make the day's close; close-outs of the day follow. */
  readonly closeMinute: number;
  /** T+1: obligations on the trade date, all else on the settlement day. */
  readonly provisionalMinute: number;
  readonly affirmUntilMinute: number;
  readonly finalMinute: number;
  /** Pay-in and pay-out: of the day's first settlement, and of one more where a day has two. */
  readonly rounds: readonly [Round, Round];
  readonly auctionFromMinute: number;
  readonly auctionUntilMinute: number;
  /** On the settlement day after the auction. */
  readonly auctionPayInMinute: number;
  readonly auctionPayOutMinute: number;
  /** T+0: all on the trade date, without an auction. */
  readonly sameDayObligationsMinute: number;
  readonly sameDayPayInMinute: number;
  readonly sameDayPayOutMinute: number;
};

/** When one settlement is paid in and paid out, in minutes of the day in India. */
type Round = { readonly payInMinute: number; readonly payOutMinute: number };

/**
 * From how much on a member that lacks cash may not trade any more, all that it lacked on a
 * day together.
 */
type WithdrawalRule = { readonly lackPaise: Paise };

/** Percentages of a shortage. */
export type ShortageRates = {
  /** Of the last close: what a short member is debited until the shares are bought. */
  readonly valuationPercent: number;
  /** Of the auction day's close: the least that a close-out costs. */
  readonly closeOutPercent: number;
  /** How far offers in the auction may lie from the last close, either way. */
  readonly auctionBandPercent: number;
};

/** What covers an account's orders in a cycle: all of the cash and shares, or a margin. */
export type Cover = "full" | "margin";

/** How one account opens, instead of as its participant's accounts do. */
export type AccountTerms = {
  readonly cover: Cover;
  /** Who settles for an institution; null: its member. */
  readonly custodian: Participant | null;
  readonly cashPaise: Paise;
  /** Shares by symbol; none of a symbol not named. */
  readonly holdings: ReadonlyMap<Ticker, number>;
};

/** Which settlement and series a symbol has, where not the market's. */
type SymbolTerms = {
  readonly settlement: SettlementCycle;
  /** `BE` settles trade for trade. */
  readonly series: string;
  /** Absent: I for a security with an ISIN, else III. */
  readonly marginGroup?: MarginGroup;
};

/** What clearing is run by. Inputs of `decide` only: what they decided stands in the events. */
export type ClearingTerms = {
  readonly calendar: Calendar;
  readonly numberExceptions: readonly NumberException[];
  readonly timetables: readonly Dated<Timetable>[];
  readonly shortageRates: readonly Dated<ShortageRates>[];
  readonly withdrawalRules: readonly Dated<WithdrawalRule>[];
  readonly marginRates: readonly Dated<MarginRates>[];
  /** The settlement of a symbol that has no terms of its own. */
  readonly settlement: SettlementCycle;
  readonly symbols: ReadonlyMap<Ticker, SymbolTerms>;
  /** By account key, `HDFC` or `HDFC/<client>`. */
  readonly accounts: ReadonlyMap<string, AccountTerms>;
  /** Cash that members left with the clearing corporation. */
  readonly collateral: ReadonlyMap<Participant, Paise>;
  /** What the core settlement guarantee fund holds. */
  readonly guaranteeFundPaise: Paise;
};

/** The rule in force on a date: the last that began by then, or the first of all. */
export function inForce<Value>(table: readonly Dated<Value>[], date: DateText): Dated<Value> {
  const rule = table.findLast(({ from }) => from <= date) ?? table[0];
  assert(rule !== undefined, "a table of dated rules has at least one");
  return rule;
}
