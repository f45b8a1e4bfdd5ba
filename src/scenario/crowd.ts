import { openOrders } from "../domain/market.ts";
import { cancelOrder, placeOrder } from "./commands.ts";
import { isFlowName, type Flow } from "./flow.ts";
import { passTime, send, type VirtualMarket } from "./virtual-market.ts";

/** A crowd's day: it trades from 09:15 until it has made its trades, at the latest until 15:15. */
type Crowd = {
  readonly flow: Flow;
  readonly everyMs: number;
  readonly endMs: number;
  nextMs: number;
  /** Below zero where the last order made several. */
  tradesLeft: number;
  isOver: boolean;
};

const minuteMs = 60_000;
const open = (9 * 60 + 15) * minuteMs;
const close = (15 * 60 + 15) * minuteMs;
/** So many orders for each trade have time: some rest and are never met. */
const ordersPerTrade = 3;

/** The crowd's day that begins at this midnight. */
export function openCrowd(flow: Flow, midnightMs: number, trades: number): Crowd {
  const everyMs = Math.max(1, Math.floor((close - open) / Math.max(1, trades * ordersPerTrade)));
  return {
    flow,
    everyMs,
    endMs: midnightMs + close,
    nextMs: midnightMs + open,
    tradesLeft: trades,
    isOver: false,
  };
}

/**
 * Sends the crowd's orders up to a moment. At 15:15 what still rests of them is canceled, as
 * brokers do with orders of the day.
 */
export function playCrowd(virtual: VirtualMarket, crowd: Crowd, untilMs: number): void {
  while (crowd.tradesLeft > 0 && crowd.nextMs <= Math.min(untilMs, crowd.endMs)) {
    passTime(virtual, crowd.nextMs);
    const step = send(virtual, placeOrder(crowd.flow.next(), crowd.nextMs), crowd.nextMs);
    crowd.tradesLeft -= step.events.filter(({ type }) => type === "TradeExecuted").length;
    crowd.nextMs += crowd.everyMs;
  }
  if (crowd.isOver || untilMs < crowd.endMs) return;
  crowd.isOver = true;
  passTime(virtual, crowd.endMs);
  for (const order of openOrders(virtual.market)) {
    if (!isFlowName(order.clientOrderId)) continue;
    send(virtual, cancelOrder(order, `X${order.clientOrderId}`, crowd.endMs), crowd.endMs);
  }
}
