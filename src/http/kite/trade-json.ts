import type { TradeSide } from "../../domain/facts/trade-event.ts";
import { newestFirst } from "../../services/records/arrivals.ts";
import type { Gateway } from "../../services/gateway.ts";
import type { TradeRecord } from "../../services/records/trade-records.ts";
import type { KiteParts } from "./kite-parts.ts";
import { kiteOrder } from "./order-json.ts";
import { kiteTime } from "./kite-time.ts";
import { rupeeNumber } from "./rupee-numbers.ts";

/** So many of the newest are listed. */
const listedMax = 1_000;

/** The member's own trades in Kite's fields, oldest first; of one order only where it is named. */
export function kiteTrades(parts: KiteParts, user: string, orderId: string | null): object[] {
  const { trades } = parts.gateway.records;
  const newest = newestFirst(trades.ofParticipant.get(user)).flatMap((record) =>
    sidesOf(record)
      .filter(({ side }) => side.participant === user && side.client === null)
      .filter(({ side }) => orderId === null || side.orderId === orderId)
      .map((each) => kiteTrade(parts, record, each)),
  );
  return newest.take(listedMax).toArray().toReversed();
}

type Sided = { readonly side: TradeSide; readonly word: "BUY" | "SELL" };

/** The last one first, as the trades are looked through. */
function sidesOf({ trade }: TradeRecord): Sided[] {
  return [
    { side: trade.sell, word: "SELL" },
    { side: trade.buy, word: "BUY" },
  ];
}

function kiteTrade(
  { gateway, tokens }: KiteParts,
  { trade, place }: TradeRecord,
  { side, word }: Sided,
): object {
  const filledAt = kiteTime(place.atMs);
  return {
    trade_id: trade.tradeId,
    order_id: side.orderId,
    exchange_order_id: side.orderId,
    exchange: "NSE",
    tradingsymbol: trade.symbol,
    instrument_token: tokens.tokenOf(trade.symbol),
    product: gateway.records.orders.byId.get(side.orderId ?? "")?.product ?? "CNC",
    average_price: rupeeNumber(trade.pricePaise),
    quantity: trade.quantity,
    transaction_type: word,
    fill_timestamp: filledAt,
    order_timestamp: orderedAt(gateway, tokens, side.orderId),
    exchange_timestamp: filledAt,
  };
}

/** The time of day of the side's order; null for a side without one, as a counterparty's. */
function orderedAt(
  { records }: Gateway,
  tokens: KiteParts["tokens"],
  orderId: string | null,
): string | null {
  const order = records.orders.byId.get(orderId ?? "");
  return order === undefined ? null : kiteOrder(order, tokens).order_timestamp.slice(11);
}
