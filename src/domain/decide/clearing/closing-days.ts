import { dayPricesOf } from "../../state/day-prices.ts";
import { emit, type Decision } from "../decision.ts";

/**
 * Closes the trade dates whose close is due, the first due first. What trades later on one of them
 * opens it again, until the date ends.
 */
export function closeDaysIfDue(decision: Decision): void {
  const { clearing, clockMs } = decision.market;
  const due = [...clearing.days.values()]
    .filter(({ closesAtMs }) => closesAtMs <= clockMs)
    .toSorted((one, other) => one.closesAtMs - other.closesAtMs);
  for (const { tradeDate } of due) {
    const prices = dayPricesOf(clearing.prices, tradeDate);
    emit(decision, { type: "TradingDayClosed", tradeDate, prices });
  }
}
