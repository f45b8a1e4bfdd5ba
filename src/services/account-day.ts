import { accountKey } from "../domain/account.ts";
import { dateOf, dayAt } from "../domain/calendar.ts";
import type { DateText } from "../domain/calendar.ts";
import type { TradeNovated } from "../domain/clearing-event.ts";
import type { Side } from "../domain/command.ts";
import type { Step, TradeExecuted, TradeSide } from "../domain/event.ts";
import type { NotedTrade } from "../protocol/contract-note.ts";

/**
 * What an account traded on a day in India, oldest first, as its charges and its contract note need it:
 * `HDFC` is the member's own account, `HDFC/asha` a client's. A trade with itself is there twice, once a side.
 */
export function tradesOnDay(steps: readonly Step[], account: string, date: DateText): NotedTrade[] {
  const orderedAtMs = new Map<string, number>();
  const trades: NotedTrade[] = [];
  for (const { at, events } of steps) {
    for (const event of events)
      if (event.type === "OrderAccepted") orderedAtMs.set(event.orderId, at);
    if (dateOf(dayAt(at)) !== date) continue;
    for (const event of events) {
      if (event.type !== "TradeExecuted") continue;
      const novated = events.find(
        (other) => other.type === "TradeNovated" && other.tradeId === event.tradeId,
      );
      const isNovated = novated?.type === "TradeNovated";
      for (const [own, side] of sidesOf(event, account))
        trades.push({
          ...sideOf(event, own, side, isNovated ? novated : null),
          tradedAtMs: at,
          orderedAtMs: orderedAtMs.get(own.orderId ?? "") ?? null,
        });
    }
  }
  return trades;
}

function sidesOf({ buy, sell }: TradeExecuted, account: string): [TradeSide, Side][] {
  const sides: [TradeSide, Side][] = [
    [buy, "BUY"],
    [sell, "SELL"],
  ];
  return sides.filter(([own]) => accountKey(own.participant, own.client) === account);
}

function sideOf(
  { tradeId, symbol, isin, quantity, pricePaise }: TradeExecuted,
  { orderId }: TradeSide,
  side: Side,
  novated: TradeNovated | null,
): Omit<NotedTrade, "tradedAtMs" | "orderedAtMs"> {
  const number = novated?.settlementNumber ?? "";
  return {
    tradeId,
    orderId,
    symbol,
    isin,
    side,
    quantity,
    pricePaise,
    // Types M and 5 are netted; Z and what settles at once deliver each trade by itself.
    settledAs: /^[M5]/.test(number) ? "netted" : "delivery",
    settlement: novated === null ? null : { number, date: novated.settlementDate },
  };
}
