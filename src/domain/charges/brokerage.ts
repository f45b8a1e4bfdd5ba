import { roundingRule, ruleOf, wholePaise, type ChargeLine } from "./line.ts";
import {
  rateText,
  rawCharge,
  rawPaisa,
  rawRupees,
  roundRaw,
  roundingText,
  type RawAmount,
} from "./rate.ts";
import { tradeValue, type ChargedTrade, type Traded } from "./security.ts";
import type { ChargeTerms } from "./tables.ts";
import { groupedRupees, rupees, type Paise } from "../facts/units.ts";

/**
 * What the member asks for one executed order of the day. A trade without an order is its
 * own order.
 */
export type OrderBrokerage = {
  readonly orderId: string;
  readonly shares: bigint;
  readonly valuePaise: bigint;
  readonly raw: RawAmount;
  readonly amountPaise: Paise;
};

/**
 * The orders that traded, oldest first, with the plan's rate of their value, but at most its most.
 */
export function orderBrokerages(
  trades: readonly ChargedTrade[],
  { plan, roundings }: ChargeTerms,
): readonly OrderBrokerage[] {
  const orders = new Map<string, Traded>();
  for (const trade of trades) {
    const orderId = orderOf(trade);
    const before = orders.get(orderId);
    orders.set(orderId, {
      shares: (before?.shares ?? 0n) + BigInt(trade.quantity),
      paise: (before?.paise ?? 0n) + tradeValue(trade),
    });
  }
  const { rate, maxPaise } = plan.value;
  const most = BigInt(maxPaise) * rawPaisa;
  return [...orders].map(([orderId, { shares, paise: valuePaise }]) => {
    const byRate = rawCharge(valuePaise, rate);
    const raw = byRate < most ? byRate : most;
    const amountPaise = wholePaise(roundRaw(raw, roundings.brokerage.value));
    return { orderId, shares, valuePaise, raw, amountPaise };
  });
}

/** The order that a trade is charged with. */
export function orderOf({ orderId, tradeId }: ChargedTrade): string {
  return orderId ?? tradeId;
}

/** The day's brokerage in one line: each order is rounded by itself. */
export function brokerageLine(
  orders: readonly OrderBrokerage[],
  { plan, roundings }: ChargeTerms,
): ChargeLine {
  const sum = (of: (order: OrderBrokerage) => bigint): bigint =>
    orders.reduce((total, order) => total + of(order), 0n);
  const basePaise = wholePaise(sum(({ valuePaise }) => valuePaise));
  const { rate, maxPaise } = plan.value;
  const what = orders.length === 1 ? "1 order" : `${orders.length} orders`;
  const tariff =
    maxPaise === 0
      ? "nothing"
      : `${rateText(rate)}, at most Rs ${groupedRupees(maxPaise)} an order`;
  return {
    charge: "brokerage",
    symbol: null,
    parts: [{ what, basePaise, rate }],
    basePaise,
    rawRupees: rawRupees(sum(({ raw }) => raw)),
    amountPaise: wholePaise(sum(({ amountPaise }) => BigInt(amountPaise))),
    why: `${what}: ${rupees(basePaise)} x ${tariff}; ${roundingText(roundings.brokerage.value)}`,
    rules: [ruleOf("rate", tariff, plan), roundingRule(roundings.brokerage)],
  };
}
