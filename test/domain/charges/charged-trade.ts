import { chargesOfDay, type ChargeDay, type DayCharges } from "../../../src/domain/charges/day.ts";
import type { ChargeName } from "../../../src/domain/charges/line.ts";
import type { ChargedTrade } from "../../../src/domain/charges/security.ts";
import type { ChargeTables } from "../../../src/domain/charges/tables.ts";
import { pricePaise, quantity } from "../../../src/domain/facts/units.ts";

/** A purchase at a price in paise: 100 SBIN at 985.00 is `bought(100, 98_500)`. */
export function bought(shares: number, price: number, over: Partial<ChargedTrade> = {}) {
  return tradeOf("BUY", shares, price, over);
}

/** A sale at a price in paise. */
export function sold(shares: number, price: number, over: Partial<ChargedTrade> = {}) {
  return tradeOf("SELL", shares, price, over);
}

/**
 * The charges of a day of 2026 without brokerage, in one state, unless said otherwise. Fails where
 * there are none.
 */
export function charged(
  trades: readonly ChargedTrade[],
  over: Partial<ChargeDay> = {},
  tables?: ChargeTables,
): DayCharges {
  const day: ChargeDay = { date: "2026-11-20", plan: "zero", gst: "sgst", trades, ...over };
  const charges = chargesOfDay(day, tables);
  if ("reason" in charges) throw new Error(charges.text);
  return charges;
}

/** The amounts of a charge in paise, one for each of its lines. */
export function amounts({ lines, ledgerLines }: DayCharges, name: ChargeName): number[] {
  return [...lines, ...ledgerLines]
    .filter(({ charge }) => charge === name)
    .map(({ amountPaise }) => amountPaise);
}

function tradeOf(
  side: "BUY" | "SELL",
  shares: number,
  price: number,
  over: Partial<ChargedTrade>,
): ChargedTrade {
  return {
    tradeId: `T-${side}-${shares}-${price}`,
    orderId: `O-${side}`,
    symbol: "SBIN",
    isin: "INE062A01020",
    side,
    quantity: quantity(shares),
    pricePaise: pricePaise(price),
    settledAs: "netted",
    ...over,
  };
}
