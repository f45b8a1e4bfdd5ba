import type { Side } from "../facts/side.ts";
import type { PricePaise, Quantity, Ticker } from "../facts/units.ts";

/**
 * How a trade's shares come to be delivered. `netted`: what is bought and sold of a security on one
 * day is intraday, the rest is delivered (types M and 5). `delivery`: each trade's shares are
 * delivered by themselves (type Z, and instant settlement). `intraday`: one leg of a round trip
 * whose other leg is not among the trades.
 */
export type SettledAs = "netted" | "delivery" | "intraday";

/**
 * One side of a trade, as the account whose charges are computed had it. `orderId` null: it had
 * no order.
 */
export type ChargedTrade = {
  readonly tradeId: string;
  readonly orderId: string | null;
  readonly symbol: Ticker;
  readonly isin: string | null;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly pricePaise: PricePaise;
  readonly settledAs: SettledAs;
};

/** What an account bought and sold of one security on one day: shares, and value in paise. */
export type SecurityDay = {
  readonly symbol: Ticker;
  readonly isin: string | null;
  readonly settledAs: SettledAs;
  readonly bought: Traded;
  readonly sold: Traded;
};

/** Shares of one side and their value in paise. */
export type Traded = { readonly shares: bigint; readonly paise: bigint };

/** The day's trades by security and way of settlement, each in the order of its first trade. */
export function securityDays(trades: readonly ChargedTrade[]): readonly SecurityDay[] {
  const days = new Map<string, SecurityDay>();
  for (const trade of trades) {
    const { symbol, isin, settledAs } = trade;
    const key = `${symbol} ${settledAs}`;
    const day = days.get(key) ?? { symbol, isin, settledAs, bought: nothing, sold: nothing };
    const side = trade.side === "BUY" ? "bought" : "sold";
    days.set(key, { ...day, [side]: plus(day[side], trade) });
  }
  return [...days.values()];
}

/** How many of the shares bought, or sold, are intraday: both the same where trades are netted. */
export function intradayShares(day: SecurityDay, side: "bought" | "sold"): bigint {
  const { settledAs, bought, sold } = day;
  if (settledAs === "delivery") return 0n;
  if (settledAs === "intraday") return day[side].shares;
  return bought.shares < sold.shares ? bought.shares : sold.shares;
}

/** How many of the shares bought, or sold, are delivered. */
export function deliveredShares(day: SecurityDay, side: "bought" | "sold"): bigint {
  return day[side].shares - intradayShares(day, side);
}

/** What the trade is worth in paise. */
export function tradeValue({ pricePaise, quantity }: ChargedTrade): bigint {
  return BigInt(pricePaise) * BigInt(quantity);
}

const nothing: Traded = { shares: 0n, paise: 0n };

function plus(before: Traded, trade: ChargedTrade): Traded {
  return {
    shares: before.shares + BigInt(trade.quantity),
    paise: before.paise + tradeValue(trade),
  };
}
