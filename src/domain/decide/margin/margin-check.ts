import { accountKey, type Holder } from "../../facts/account.ts";
import { refuse, type Refusal } from "../refusal.ts";
import type { Side } from "../../facts/side.ts";
import { freeAmount, type Decision } from "../decision.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { findSecurity } from "../../state/margin.ts";
import { noOpenOrders, type OpenOrderSums } from "../../state/margin-amount.ts";
import { exactMargin, marginBasisOf, marginMaxPaise } from "./margining.ts";
import { groupedRupees, pricePaise } from "../../facts/units.ts";

/** What an order on margin would add to what its account has open. Null: no price. */
type Exposure = Holder & {
  readonly side: Side;
  readonly quantity: number;
  readonly pricePaise: number | null;
};

/**
 * The refusal of an order that would need more margin than is free, or undefined. One that lowers
 * the margin passes, however short the account is. `firstPaise`: what it would trade at first; null
 * where it would not.
 */
export function findMarginFault(
  decision: Decision,
  instrument: Instrument,
  order: Exposure,
  firstPaise: number | null,
): Refusal | undefined {
  const { participant, client } = order;
  const { margins } = decision.market.clearing;
  const key = accountKey(participant, client);
  const first = order.pricePaise ?? firstPaise;
  const basis = marginBasisOf(decision, instrument, first === null ? null : pricePaise(first));
  if (basis === null)
    return refuse(
      "PRICE_MISSING",
      `price is missing: no price of ${instrument.symbol} is known to count a margin by; send one`,
    );
  const account = margins.accounts.get(key);
  const open = findSecurity(margins, key, instrument.symbol);
  const orders = withOrder(open?.orders ?? noOpenOrders(), order);
  const positions = open?.positions ?? new Map();
  const exact = exactMargin(decision, instrument, basis, { positions, orders });
  const before = open?.requiredPaise ?? 0;
  if (exact <= before) return undefined;
  if (exact > marginMaxPaise)
    return refuse(
      "VALUE_OUT_OF_RANGE",
      `quantity ${order.quantity} would lift the margin above Rs ${groupedRupees(marginMaxPaise)}; send less`,
    );
  const requiredPaise = (account?.requiredPaise ?? 0) - before + Number(exact);
  const blockedPaise = account?.blockedPaise ?? 0;
  const freePaise = freeAmount(decision, participant, client, "INR");
  if (requiredPaise - blockedPaise <= freePaise) return undefined;
  return refuse(
    "INSUFFICIENT_MARGIN",
    `the order lifts the margin required to Rs ${groupedRupees(requiredPaise)}; Rs ${groupedRupees(blockedPaise)} is blocked for it and Rs ${groupedRupees(freePaise)} is free; send less`,
  );
}

function withOrder(orders: OpenOrderSums, { side, quantity, pricePaise: price }: Exposure) {
  const shares = BigInt(quantity);
  if (price === null) return { ...orders, unpricedShares: orders.unpricedShares + shares };
  const paise = shares * BigInt(price);
  return side === "BUY"
    ? { ...orders, buyShares: orders.buyShares + shares, buyPaise: orders.buyPaise + paise }
    : { ...orders, sellShares: orders.sellShares + shares, sellPaise: orders.sellPaise + paise };
}
