import type { MarketEvent } from "../../domain/facts/event.ts";
import { groupedRupees, rupees } from "../../domain/facts/units.ts";

/** How events are told, by type: the lines of each. */
export type Tellers = {
  readonly [Type in MarketEvent["type"]]?: (
    event: Extract<MarketEvent, { readonly type: Type }>,
  ) => readonly string[];
};

/** An amount of an asset: rupees, or shares. */
export function amountWords(asset: string, amount: number): string {
  return asset === "INR" ? `Rs ${groupedRupees(amount)}` : `${amount} ${asset}`;
}

/** `1 trade`, `2 trades`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A share of a whole in hundredths of a percent: `81.03 %`. */
export function percentWords(basisPoints: number): string {
  return `${rupees(basisPoints)} %`;
}

/** `TradeSettled` as `TRADE SETTLED`. */
export function titleOf(type: string): string {
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
}
