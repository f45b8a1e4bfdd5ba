import { failInvariant, timeMs, type TimeMs } from "./units.ts";

/** A day in India as a number: days since 1 January 1970. Safe integer. */
export type Day = number;

/** A date as text, `2026-06-01`. Two compare as their days do. */
export type DateText = string;

/**
 * How a day differs from its weekday: no trading; trading without settlement; a session of its own
 * (Muhurat, a Saturday's or Sunday's) on a day that would have none, without settlement too.
 */
export type SpecialDay = {
  readonly date: DateText;
  readonly name: string;
  readonly kind: "exchange-holiday" | "bank-holiday" | "special-session";
  readonly source: string;
  readonly isVerified: boolean;
};

/** The days that are not like their weekday. A year without any has weekends only. */
export type Calendar = ReadonlyMap<Day, SpecialDay>;

/**
 * What a settlement number begins with: netted T+1, trade for trade, T+0, auction. Source:
 * NSE Clearing.
 */
export type SettlementType = "M" | "Z" | "5" | "A";

/** A calendar of these days. */
export function calendarOf(days: readonly SpecialDay[]): Calendar {
  return new Map(days.map((special) => [dayOf(special.date), special]));
}

/**
 * Holidays by date: of the exchange, and of the banks alone, on which it trades and does
 * not settle.
 */
type Holidays = {
  readonly exchange: readonly DateText[];
  readonly bank: readonly DateText[];
};

/**
 * The calendar with these holidays on top, each said to come from `source`. Theirs wins over its
 * own days.
 */
export function withHolidays(
  calendar: Calendar,
  { exchange, bank }: Holidays,
  source: string,
): Calendar {
  const special =
    (kind: SpecialDay["kind"]) =>
    (date: DateText): SpecialDay => ({ date, name: "a holiday", kind, source, isVerified: false });
  const own = [...exchange.map(special("exchange-holiday")), ...bank.map(special("bank-holiday"))];
  return new Map([...calendar, ...calendarOf(own)]);
}

/** The day in India at a moment. India has had UTC+5:30 all year since 1945. */
export function dayAt(atMs: TimeMs): Day {
  return Math.floor((atMs + istOffsetMs) / dayMs);
}

/** The moment at which a day in India is so many minutes old. */
export function momentOf(day: Day, minuteOfDay: number): TimeMs {
  return timeMs(day * dayMs + minuteOfDay * 60_000 - istOffsetMs);
}

/** The day of a date. Breaks where the text is no date. */
export function dayOf(date: DateText): Day {
  const day = Date.parse(`${date}T00:00:00Z`) / dayMs;
  if (!Number.isSafeInteger(day) || dateOf(day) !== date) failInvariant(`${date} is not a date`);
  return day;
}

/** The date of a day. */
export function dateOf(day: Day): DateText {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/**
 * True if any day of the day's year is known to differ from its weekday: else nobody told us
 * the holidays.
 */
export function knowsYear(calendar: Calendar, day: Day): boolean {
  const year = dateOf(day).slice(0, 4);
  return calendar.values().some(({ date }) => date.startsWith(year));
}

/** True for a day on which the exchange trades. */
export function isTradingDay(calendar: Calendar, day: Day): boolean {
  const special = calendar.get(day);
  if (special === undefined) return !isWeekend(day);
  return special.kind === "special-session" || (special.kind === "bank-holiday" && !isWeekend(day));
}

/** True for a day on which banks and depositories settle: no weekend, no holiday of either kind. */
export function isSettlementDay(calendar: Calendar, day: Day): boolean {
  return !isWeekend(day) && calendar.get(day) === undefined;
}

/** The first settlement day after a day. */
export function nextSettlementDay(calendar: Calendar, day: Day): Day {
  let next = day + 1;
  while (!isSettlementDay(calendar, next)) next += 1;
  return next;
}

/**
 * Where a trade date's T+1 settlement stands: its day, and after how many others of its type there.
 */
export type SettlementSlot = { readonly day: Day; readonly round: 0 | 1 };

/**
 * The settlement slot of a trading day: the first settlement day after it that has room. Two
 * settlements of one type fit on a day, one after the other, where a holiday of the banks or a
 * session of its own stacks them; a third goes to the next day. Source: NSE Clearing CMPT70069, M
 * 2025169 and 170 on 9 September 2025, 171 and 172 on the 10th.
 */
export function settlementSlot(calendar: Calendar, tradeDay: Day): SettlementSlot {
  let last: SettlementSlot = { day: 0, round: 0 };
  // So far back that nothing is stacked then.
  for (let day = tradeDay - 100; day <= tradeDay; day += 1) {
    if (!isTradingDay(calendar, day)) continue;
    const first = nextSettlementDay(calendar, day);
    if (first > last.day) last = { day: first, round: 0 };
    else if (last.round === 0) last = { day: last.day, round: 1 };
    else last = { day: nextSettlementDay(calendar, last.day), round: 0 };
  }
  return last;
}

/** The trading day whose T+1 settlement is the first on a settlement day. */
export function firstTradedFor(calendar: Calendar, settlementDay: Day): Day {
  for (let day = settlementDay - 1; day > settlementDay - 100; day -= 1) {
    const slot = settlementSlot(calendar, day);
    if (isTradingDay(calendar, day) && slot.day === settlementDay && slot.round === 0) return day;
  }
  return previousTradingDay(calendar, settlementDay);
}

/** The last trading day before a day. */
export function previousTradingDay(calendar: Calendar, day: Day): Day {
  let before = day - 1;
  while (!isTradingDay(calendar, before)) before -= 1;
  return before;
}

/**
 * The trade date of a moment: its day, if it is a trading day and not yet `endMinute` minutes old,
 * else the next trading day. Ours, until the market has sessions. T+0 settles on the day, so its
 * trade date is a settlement day too. Source: NSE, no T+0 session on a settlement holiday
 * (CMTR72349, 1 Feb 2026).
 */
export function tradeDayAt(
  calendar: Calendar,
  atMs: TimeMs,
  endMinute: number,
  settlesOnTheDay: boolean,
): Day {
  let day = dayAt(atMs);
  if (momentOf(day, endMinute) <= atMs) day += 1;
  while (!isTradingDay(calendar, day) || (settlesOnTheDay && !isSettlementDay(calendar, day)))
    day += 1;
  return day;
}

/**
 * A trade date whose settlements are not numbered by the running count: its numbers were left out
 * (`ordinal` "left-out": counted, and nothing settles under them), it has a number of its own that
 * the count passes over, it is not counted at all ("none"), or it is, like any ("counted": where
 * that could be doubted).
 */
export type NumberException = {
  readonly date: DateText;
  readonly types: readonly SettlementType[];
  readonly ordinal: number | "left-out" | "none" | "counted";
  readonly source: string;
  readonly isVerified: boolean;
};

/** What settlements are numbered by. */
type Numbering = {
  readonly calendar: Calendar;
  readonly numberExceptions: readonly NumberException[];
};

/**
 * The number of a settlement: its type, the year, and which trading day of that year its trade
 * date is, as in `M2026100` for 1 June 2026; of T+0, 500 and which day with a T+0 session. Source:
 * NSE Clearing's calendars; T+0's form is read off 2025666 (8 September 2025) and 2026511 (15
 * January 2026).
 */
export function settlementNumber(
  { calendar, numberExceptions }: Numbering,
  type: SettlementType,
  tradeDay: Day,
): string {
  const year = dateOf(tradeDay).slice(0, 4);
  const exceptions = new Map(
    numberExceptions
      .filter(({ types, date }) => types.includes(type) && date.startsWith(year))
      .map(({ date, ordinal }) => [dayOf(date), ordinal]),
  );
  let ordinal = type === "5" ? 500 : 0;
  for (let day = dayOf(`${year}-01-01`); day <= tradeDay; day += 1) {
    const exception = exceptions.get(day);
    const hasSession =
      isTradingDay(calendar, day) && (type !== "5" || isSettlementDay(calendar, day));
    const isCounted = exception === "left-out" || exception === "counted";
    if (exception === undefined ? hasSession : isCounted) ordinal += 1;
  }
  const own = exceptions.get(tradeDay);
  const number = typeof own === "number" ? own : ordinal;
  return `${type}${year}${String(number).padStart(3, "0")}`;
}

const dayMs = 86_400_000;
const istOffsetMs = 19_800_000;

/** 1 January 1970 was a Thursday. */
function isWeekend(day: Day): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}
