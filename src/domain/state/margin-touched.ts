import { accountKey, type Holder } from "../facts/account.ts";
import { sideName } from "../facts/affirmation.ts";
import type { MarketEvent } from "../facts/event.ts";
import type { Participant, Ticker } from "../facts/units.ts";
import { knownSettlement } from "./clearing.ts";
import { symbolsIn } from "./margin.ts";
import type { Market } from "./market-state.ts";
import { holderOf } from "./order.ts";

/** A security of an account on margin, of which something opens or ends. */
export type Touched = { readonly account: string; readonly symbol: Ticker };

/**
 * What an event that is about to happen will change of margins, to be asked before it does: an
 * order or a side that ends is not there any more afterwards. An order's fill is not asked for: its
 * `TradeNovated` is in the same step.
 */
export function touchedBy(market: Market, event: MarketEvent): readonly Touched[] {
  const { type } = event;
  if (type === "JournalPosted" || type === "TradeExecuted") return nothing; // most events
  if (type === "OrderAccepted") return event.cover === undefined ? nothing : [of(event)];
  if (type === "OrderCanceled" || type === "OrderExpired" || type === "OrderDeclined") {
    const order = market.orders.get(event.orderId);
    return order?.cover === "margin" ? [order] : nothing;
  }
  if (type === "TradeNovated") {
    const { symbol, buyer, seller } = event;
    if (buyer.cover === undefined && seller.cover === undefined) return nothing;
    const sides = [buyer, seller].filter(({ cover }) => cover !== undefined);
    return sides.map((side) => of({ ...side, symbol }));
  }
  if (type === "TradeAffirmed") {
    const { pending } = knownSettlement(market.clearing, event.settlementNumber);
    const from = pending.get(sideName(event.tradeId, event.side));
    return from?.blocked === 0 ? [of({ ...from, client: null })] : nothing;
  }
  if (type === "EarlyPaidIn") return [of(event)];
  if (type === "MarginPositionsClosed") {
    const { participant, client, settlementNumber } = event;
    const account = accountKey(participant, client);
    const symbols = symbolsIn(market.clearing.margins, account, settlementNumber);
    return symbols.map((symbol) => ({ account, symbol }));
  }
  return nothing;
}

const nothing: readonly Touched[] = [];

function of(
  exposure: Holder & { readonly custodian?: Participant | null; readonly symbol: Ticker },
): Touched {
  const { participant, client } = holderOf(exposure);
  return { account: accountKey(participant, client), symbol: exposure.symbol };
}
