import { accountKey } from "../../domain/facts/account.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import { balances, describeMarket, openOrders, type Market } from "../../domain/market.ts";
import { depthOf, type Depth } from "../../domain/state/depth.ts";

/** One thing that is so in a market. `key`: of which thing it is said. */
export type MarketFact = {
  readonly key: string;
  readonly account: string | null;
  readonly symbol: string | null;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> & { readonly type: string };
};

/** What of a market is asked for. An account's clients are its own accounts. */
type Narrowed = { readonly account?: string; readonly symbol?: string };

/**
 * All that is so: balances, live orders, prices of the books, and each line of the rest of what
 * the market keeps; in an order that does not depend on how it came about.
 */
export function marketFacts(market: Market, { account, symbol }: Narrowed): MarketFact[] {
  const all = [...balanceFacts(market), ...orderFacts(market), ...bookFacts(market)];
  if (account === undefined && symbol === undefined) return [...all, ...otherFacts(market)];
  return all.filter(
    (fact) =>
      (account === undefined || fact.account === account) &&
      (symbol === undefined || fact.symbol === symbol),
  );
}

function balanceFacts(market: Market): MarketFact[] {
  return balances(market).map(({ account, asset, free, blocked, transit, due }) => {
    const amount = asset === "INR" ? groupedRupees : groupedWhole;
    const parts = Object.entries({ free, blocked, transit, due });
    const shown = parts.filter(([name, value]) => value !== 0 || name === "free");
    const words = shown.map(([name, value]) => `${name} ${amount(value)}`);
    const unit = asset === "INR" ? "_paise" : "";
    const json = Object.fromEntries(parts.map(([name, value]) => [`${name}${unit}`, value]));
    return {
      key: `balance ${account} ${asset}`,
      account,
      symbol: asset === "INR" ? null : asset,
      text: `BALANCE ${account} ${asset === "INR" ? "Rs" : asset}  ${words.join("  ")}`,
      json: { type: "balance", account, asset, ...json },
    };
  });
}

function orderFacts(market: Market): MarketFact[] {
  return openOrders(market).map((order) => {
    const { orderId, clientOrderId, participant, client, symbol, side, quantity } = order;
    const { pricePaise, leavesQuantity, status, counterparty } = order;
    const account = accountKey(participant, client);
    const price = pricePaise === null ? "unpriced" : `@ ${groupedRupees(pricePaise)}`;
    const open = `${groupedWhole(leavesQuantity)} of ${groupedWhole(quantity)}`;
    const ids = { order_id: orderId, client_order_id: clientOrderId, participant, client };
    const deal = { side, symbol, quantity, leaves_quantity: leavesQuantity };
    const rest = { price_paise: pricePaise, counterparty, status };
    return {
      key: `order ${orderId}`,
      account,
      symbol,
      text: `ORDER ${orderId} ${account} ${side} ${open} ${symbol} ${price}  ${status}`,
      json: { type: "order", ...ids, ...deal, ...rest },
    };
  });
}

function bookFacts(market: Market): MarketFact[] {
  return bookedSymbols(market).flatMap((symbol) => {
    const depth = depthOf(market, symbol, Infinity);
    const unpriced = { pricePaise: null, quantity: depth.unpricedQuantity, orders: null };
    const sides = [
      ...depth.bids.map((level) => ({ side: "BUY", ...level })),
      ...depth.asks.map((level) => ({ side: "SELL", ...level })),
      ...(unpriced.quantity === 0 ? [] : [{ side: "SELL", ...unpriced }]),
    ];
    return sides.map(({ side, pricePaise, quantity, orders }): MarketFact => {
      const price = pricePaise === null ? "unpriced" : groupedRupees(pricePaise);
      const count = orders === null ? "" : `  in ${groupedWhole(orders)}`;
      const json = { type: "price", symbol, side, price_paise: pricePaise, quantity, orders };
      const key = `price ${symbol} ${side} ${pricePaise ?? "none"}`;
      const text = `BOOK ${symbol} ${side} ${price}  ${groupedWhole(quantity)}${count}`;
      return { key, account: null, symbol, text, json };
    });
  });
}

/** The symbols that have a book, by name. */
export function bookedSymbols(market: Market): string[] {
  return [...market.books.keys()].toSorted();
}

/** What is said above in other words. */
const toldAbove = /^(balance|order|bid|ask|unpriced) /;

function otherFacts(market: Market): MarketFact[] {
  const lines = describeMarket(market).split("\n");
  return lines
    .filter((line) => !toldAbove.test(line))
    .map((line) => {
      const json = { type: "state", line };
      return { key: `state ${line}`, account: null, symbol: null, text: line, json };
    });
}

/** The best prices of a book: `984.95 x 100 | 985.05 x 20`; `-` where a side is empty. */
export function topWords({ bids, asks, unpricedQuantity }: Depth): string {
  const best = (levels: Depth["bids"]): string => {
    const [top] = levels;
    return top === undefined
      ? "-"
      : `${groupedRupees(top.pricePaise)} x ${groupedWhole(top.quantity)}`;
  };
  const unpriced = unpricedQuantity === 0 ? "" : ` (${groupedWhole(unpricedQuantity)} unpriced)`;
  return `${best(bids)} | ${best(asks)}${unpriced}`;
}
