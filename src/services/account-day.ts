import { accountKey } from "../domain/account.ts";
import { dateOf, dayAt } from "../domain/calendar.ts";
import type { DateText } from "../domain/calendar.ts";
import type { ChargedTrade, SettledAs } from "../domain/charge-security.ts";
import type { Side } from "../domain/command.ts";
import type { Step, TradeExecuted, TradeSide } from "../domain/event.ts";

/**
 * What an account traded on a day in India, oldest first, as its charges need it: `HDFC` is the member's own
 * account, `HDFC/asha` a client's. A trade with itself is there twice, once a side.
 */
export function tradesOnDay(
  steps: readonly Step[],
  account: string,
  date: DateText,
): ChargedTrade[] {
  return steps
    .filter(({ at }) => dateOf(dayAt(at)) === date)
    .flatMap((step) =>
      step.events.flatMap((event) =>
        event.type === "TradeExecuted" ? sidesOf(event, account, settledAs(step, event)) : [],
      ),
    );
}

function sidesOf(trade: TradeExecuted, account: string, how: SettledAs): ChargedTrade[] {
  const { tradeId, symbol, isin, quantity, pricePaise, buy, sell } = trade;
  const charged = (own: TradeSide, side: Side): ChargedTrade[] => {
    if (accountKey(own.participant, own.client) !== account) return [];
    const { orderId } = own;
    return [{ tradeId, orderId, symbol, isin, side, quantity, pricePaise, settledAs: how }];
  };
  return [...charged(buy, "BUY"), ...charged(sell, "SELL")];
}

/** A trade that is netted says so in its own step. */
function settledAs({ events }: Step, { tradeId }: TradeExecuted): SettledAs {
  const isNetted = events.some(
    (event) =>
      event.type === "TradeNovated" &&
      event.tradeId === tradeId &&
      /^[M5]/.test(event.settlementNumber),
  );
  return isNetted ? "netted" : "delivery";
}
