import type { DateText } from "../domain/facts/calendar.ts";
import type { Step } from "../domain/facts/event.ts";
import type { TradeExecuted } from "../domain/facts/trade-event.ts";
import type { Instrument } from "../domain/facts/instrument.ts";
import { noteTradeDate, tradeDateOf, type TradeDates } from "../domain/facts/trade-date.ts";
import { failInvariant } from "../domain/facts/units.ts";

/**
 * A security's trade date in the book; paise and shares. `closePaise`: as clearing said it, null
 * until then; where trades settle at once nobody says one, and it is the last price.
 * `settlementPaise`: what clearing said, else null. `previousClosePaise`: of the last trade date
 * before, else the reference close.
 */
export type SecurityDay = {
  readonly instrument: TradedInstrument;
  readonly openPaise: number;
  highPaise: number;
  lowPaise: number;
  lastPaise: number;
  closePaise: number | null;
  settlementPaise: number | null;
  readonly previousClosePaise: number | null;
  shares: bigint;
  valuePaise: bigint;
  trades: number;
};

/** What a day file says of an instrument. */
type TradedInstrument = Pick<
  Instrument,
  "symbol" | "series" | "isin" | "lot" | "referenceClosePaise"
>;

/**
 * What of the steps before it a trade date refers to; `closes` are those before a symbol's first
 * trade of the date. All of it empty where the steps themselves are taken in.
 */
export type DayBefore = {
  readonly instruments: Map<string, TradedInstrument>;
  readonly closes: Map<string, number>;
  readonly tradeDates: TradeDates;
};

/** One trade date of a market, by symbol, and what of the dates before it a day refers to. */
type DayFile = DayBefore & {
  readonly date: DateText;
  readonly days: Map<string, SecurityDay>;
  /** Closes of earlier dates that the steps say. */
  readonly saidCloses: Map<string, number>;
};

/** Nothing of the date has traded. */
export function newDayFile(date: DateText, before: DayBefore = nothingBefore()): DayFile {
  return { ...before, date, days: new Map(), saidCloses: new Map() };
}

function nothingBefore(): DayBefore {
  return { instruments: new Map(), closes: new Map(), tradeDates: new Map() };
}

/**
 * Takes a step in; steps come in the order of their shard's log. Negotiated trades are not the
 * book's and stay out.
 */
export function noteDay(file: DayFile, { events, at }: Step): void {
  for (const event of events) {
    noteTradeDate(file.tradeDates, event);
    if (event.type === "InstrumentListed")
      file.instruments.set(event.instrument.symbol, event.instrument);
  }
  const novated = events.find((event) => event.type === "TradeNovated");
  for (const event of events) {
    if (event.type === "TradeExecuted" && event.kind === "book") {
      const date = tradeDateOf(file.tradeDates, novated?.settlementNumber, at);
      if (date === file.date) noteTrade(file, event, novated !== undefined);
      else if (date < file.date && novated === undefined)
        file.saidCloses.set(event.symbol, event.pricePaise);
    } else if (event.type === "TradingDayClosed")
      for (const { symbol, closePaise } of event.prices) {
        if (event.tradeDate < file.date) file.saidCloses.set(symbol, closePaise);
        const day = event.tradeDate === file.date ? file.days.get(symbol) : undefined;
        if (day !== undefined) Object.assign(day, { closePaise, settlementPaise: closePaise });
      }
  }
}

/** The securities that traded, by symbol. */
export function securityDays({ days }: DayFile): SecurityDay[] {
  return [...days].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, day]) => day);
}

function noteTrade(
  { days, instruments, closes, saidCloses }: DayFile,
  { symbol, pricePaise, quantity, amountPaise }: TradeExecuted,
  isInCycle: boolean,
): void {
  const instrument = instruments.get(symbol) ?? failInvariant(`${symbol} trades and is not listed`);
  const day = days.get(symbol) ?? {
    instrument,
    openPaise: pricePaise,
    highPaise: pricePaise,
    lowPaise: pricePaise,
    lastPaise: pricePaise,
    closePaise: null,
    settlementPaise: null,
    previousClosePaise:
      closes.get(symbol) ?? saidCloses.get(symbol) ?? instrument.referenceClosePaise,
    shares: 0n,
    valuePaise: 0n,
    trades: 0,
  };
  days.set(symbol, day);
  day.highPaise = Math.max(day.highPaise, pricePaise);
  day.lowPaise = Math.min(day.lowPaise, pricePaise);
  day.lastPaise = pricePaise;
  if (!isInCycle) day.closePaise = pricePaise;
  day.shares += BigInt(quantity);
  day.valuePaise += BigInt(amountPaise);
  day.trades += 1;
}
