import { dateOf, dayAt, type DateText, type Day } from "./calendar.ts";
import type { MarketEvent } from "./event.ts";
import type { TimeMs } from "./units.ts";

/** The trade dates of settlements, by number, as far as trades may still name them. */
export type TradeDates = Map<string, DateText>;

/**
 * Notes a settlement that begins, and lets go of one that is completed: no trade joins it any more.
 */
export function noteTradeDate(dates: TradeDates, event: MarketEvent): void {
  if (event.type === "SettlementOpened") dates.set(event.settlementNumber, event.tradeDate);
  else if (event.type === "SettlementCompleted") dates.delete(event.settlementNumber);
}

/**
 * The trade date of a trade made at a moment: its settlement's, so that prices, charges and
 * settlement are of one date. One that settled at once (no number) is of its own day in India.
 */
export function tradeDateOf(
  dates: TradeDates,
  settlementNumber: string | undefined,
  atMs: TimeMs,
): DateText {
  const date = settlementNumber === undefined ? undefined : dates.get(settlementNumber);
  return date ?? dateAt(dayAt(atMs));
}

/** The last day that was asked for, and its date: of a million trades nearly all are of one day. */
const asked: { day: Day; date: DateText } = { day: Number.NaN, date: "" };

function dateAt(day: Day): DateText {
  if (day !== asked.day) Object.assign(asked, { day, date: dateOf(day) });
  return asked.date;
}
