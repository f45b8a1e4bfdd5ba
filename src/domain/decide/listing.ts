import type { Decision } from "./decision.ts";
import type { Instrument } from "../facts/instrument.ts";
import { findListable } from "../facts/terms.ts";
import type { Ticker } from "../facts/units.ts";
import { shown, refuse, type Refusal } from "./refusal.ts";

/** Most symbols that settle in a cycle: a day's close of all of them is one event (rule R10). */
export const cycleSymbolsMax = 10_000;

/** The instrument of a symbol that is listed, or as it would be listed; else the refusal. */
export function admitSymbol(
  decision: Decision,
  symbol: Ticker,
  symbolAsSent: string,
): Instrument | Refusal {
  const { market, terms } = decision;
  const instrument = market.instruments.get(symbol) ?? findListable(terms, symbol);
  if (instrument === undefined)
    return refuse(
      "UNKNOWN_SYMBOL",
      `symbol ${shown(symbolAsSent)} is not listed and cannot be; send a listed one of 1 to 20 of A-Z 0-9 & -`,
    );
  return hasRoomToList(decision, instrument) ? instrument : tooManySymbols;
}

function hasRoomToList({ market }: Decision, { symbol, settlement }: Instrument): boolean {
  if (settlement === undefined || market.instruments.has(symbol)) return true;
  return market.instruments.size < cycleSymbolsMax;
}

const tooManySymbols = refuse(
  "UNKNOWN_SYMBOL",
  `symbol is not listed, and ${cycleSymbolsMax} are, the most that one day's close may hold; send a listed one`,
);
