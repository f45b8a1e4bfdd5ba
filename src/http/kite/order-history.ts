import { untouched, type OrderRecord } from "../../services/records/order-records.ts";
import type { TradeRecord } from "../../services/records/trade-records.ts";

/**
 * What the order was, state by state, oldest first: accepted, each trade, its end. Told from the
 * order and its trades; trades that are no longer kept leave a gap at the beginning, never a
 * wrong number.
 */
export function orderHistory(
  order: OrderRecord,
  trades: ReadonlyMap<string, TradeRecord>,
): OrderRecord[] {
  const { place, status } = order;
  const fills = fillsOf(order, trades);
  const isEndedOtherwise = order.leavesQuantity === 0 && status !== "Filled";
  const isRefused = status === "Rejected" && order.updatedAtMs === place.atMs && fills.length === 0;
  if (isRefused) return [order];
  return [{ ...order, ...untouched(order) }, ...fills, ...(isEndedOtherwise ? [order] : [])];
}

/**
 * The order after each of its trades. Sums are taken from the last one backwards: the first may
 * be gone.
 */
function fillsOf(order: OrderRecord, trades: ReadonlyMap<string, TradeRecord>): OrderRecord[] {
  const fills: OrderRecord[] = [];
  let filledPaise = order.filledPaise;
  for (const tradeId of order.tradeIds.toReversed()) {
    const record = trades.get(tradeId);
    if (record === undefined) break;
    const { trade, place } = record;
    const side = trade.buy.orderId === order.orderId ? trade.buy : trade.sell;
    fills.unshift({
      ...order,
      status: side.leavesQuantity === 0 ? "Filled" : "PartiallyFilled",
      cumQuantity: side.cumQuantity,
      leavesQuantity: side.leavesQuantity,
      filledPaise,
      reason: null,
      text: null,
      updatedAtMs: place.atMs,
    });
    filledPaise -= trade.amountPaise;
  }
  return fills;
}
