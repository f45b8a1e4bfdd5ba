import { openingAccount } from "../../domain/facts/account.ts";
import type { Balance } from "../../domain/state/balances.ts";
import type { KiteParts } from "./kite-parts.ts";
import { lastPrices } from "./quote-facts.ts";
import { averagePaise, rupeeNumber } from "./rupee-numbers.ts";

/** Shares in the member's own account, in Kite's fields. Source: Kite Connect v3, "Portfolio". */
export function kiteHoldings(parts: KiteParts, user: string): object[] {
  const own = parts.gateway.views.flatMap(({ market }) => [...(market.accounts.get(user) ?? [])]);
  return own
    .filter(([asset, { free, blocked, due }]) => asset !== "INR" && free + blocked + due > 0)
    .map(([symbol, balance]) => kiteHolding(parts, user, symbol, balance));
}

/**
 * One holding. `quantity` is what is in the demat account, `used_quantity` what of it open sells
 * and sales that are not settled yet block, `t1_quantity` what is bought and not received yet:
 * nothing where trades settle at once. Shares that the account opened with cost nothing that is
 * known: `average_price` and `pnl` are those of the shares bought here.
 */
function kiteHolding(
  parts: KiteParts,
  user: string,
  symbol: string,
  { free, blocked, due }: Balance,
): object {
  const { lastPaise, closePaise } = lastPrices(parts, symbol);
  const { gateway, tokens } = parts;
  const position = gateway.records.positions.get(user)?.get(symbol);
  const bought = position?.bought ?? 0;
  const average = averagePaise(position?.boughtPaise ?? 0n, bought);
  const quantity = free + blocked;
  const onTheWay = Math.max(0, due);
  const priced = BigInt(Math.min(quantity + onTheWay, bought));
  return {
    tradingsymbol: symbol,
    exchange: "NSE",
    instrument_token: tokens.tokenOf(symbol),
    isin: tokens.find(symbol)?.isin ?? "",
    product: "CNC",
    price: 0,
    quantity,
    used_quantity: blocked,
    t1_quantity: onTheWay,
    realised_quantity: quantity,
    authorised_quantity: 0,
    authorised_date: null,
    authorisation: {},
    opening_quantity: openingQuantity(parts, user, symbol),
    short_quantity: 0,
    collateral_quantity: 0,
    collateral_type: "",
    discrepancy: false,
    average_price: rupeeNumber(average),
    last_price: rupeeNumber(lastPaise),
    close_price: rupeeNumber(closePaise),
    pnl: rupeeNumber(BigInt(lastPaise - average) * priced),
    day_change: rupeeNumber(lastPaise - closePaise),
    day_change_percentage: closePaise === 0 ? 0 : ((lastPaise - closePaise) / closePaise) * 100,
    mtf: { quantity: 0, used_quantity: 0, average_price: 0, value: 0, initial_margin: 0 },
  };
}

/** What the account opened with, by its opening journal. */
function openingQuantity({ gateway }: KiteParts, user: string, symbol: string): number {
  const opened = gateway.viewOf(symbol).market.accounts.get(openingAccount(user))?.get(symbol);
  return 0 - (opened?.free ?? 0);
}
