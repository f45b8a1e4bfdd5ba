import { dayPricesOf } from "./day-prices.ts";
import { happen } from "./decision.ts";
import type { Decision } from "./decision.ts";

/** Closes the trading day that is open, if its time is over. A trade after it is the next day's. */
export function closeDayIfDue(decision: Decision): void {
  const { clearing, clockMs } = decision.market;
  const { day } = clearing;
  if (day === null || clockMs < day.closesAtMs) return;
  const { tradeDate } = day;
  happen(decision, { type: "TradingDayClosed", tradeDate, prices: dayPricesOf(clearing.prices) });
}
