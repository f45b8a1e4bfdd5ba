import type { Position } from "../../services/records/position-records.ts";
import type { KiteParts } from "./kite-parts.ts";
import { lastPrices } from "./quote-facts.ts";
import { averagePaise, rupeeNumber } from "./rupee-numbers.ts";

/**
 * What the member bought and sold of each symbol, in Kite's fields. Source: Kite Connect v3,
 * "Portfolio". All since the market began, as there are no trading days yet, so nothing is
 * from yesterday.
 */
export function kitePositions(parts: KiteParts, user: string): object[] {
  const own = parts.gateway.records.positions.get(user) ?? new Map<string, Position>();
  return [...own.values()].map((position) => kitePosition(parts, position));
}

function kitePosition(parts: KiteParts, position: Position): object {
  const { symbol, bought, boughtPaise, sold, soldPaise } = position;
  const { lastPaise, closePaise } = lastPrices(parts, symbol);
  const quantity = bought - sold;
  const buyPrice = averagePaise(boughtPaise, bought);
  const sellPrice = averagePaise(soldPaise, sold);
  const valuePaise = soldPaise - boughtPaise;
  const pnl = rupeeNumber(valuePaise + BigInt(quantity) * BigInt(lastPaise));
  const day = {
    day_buy_quantity: bought,
    day_buy_price: rupeeNumber(buyPrice),
    day_buy_value: rupeeNumber(boughtPaise),
    day_sell_quantity: sold,
    day_sell_price: rupeeNumber(sellPrice),
    day_sell_value: rupeeNumber(soldPaise),
  };
  return {
    tradingsymbol: symbol,
    exchange: "NSE",
    instrument_token: parts.tokens.tokenOf(symbol),
    product: "CNC",
    quantity,
    overnight_quantity: 0,
    multiplier: 1,
    average_price: rupeeNumber(quantity > 0 ? buyPrice : quantity < 0 ? sellPrice : 0),
    close_price: rupeeNumber(closePaise),
    last_price: rupeeNumber(lastPaise),
    value: rupeeNumber(valuePaise),
    pnl,
    m2m: pnl,
    unrealised: pnl,
    realised: 0,
    buy_quantity: bought,
    buy_price: day.day_buy_price,
    buy_value: day.day_buy_value,
    buy_m2m: day.day_buy_value,
    sell_quantity: sold,
    sell_price: day.day_sell_price,
    sell_value: day.day_sell_value,
    sell_m2m: day.day_sell_value,
    ...day,
  };
}
