import type { SettlementType } from "../facts/calendar.ts";
import type { ClearingTerms } from "../facts/clearing-terms.ts";
import type { Decision } from "./decision.ts";
import type { Instrument } from "../facts/instrument.ts";
import { failInvariant } from "../facts/units.ts";

/**
 * The terms of clearing. Breaks where there are none: an instrument with a cycle is listed by them.
 */
export function clearingTerms({ terms }: Decision): ClearingTerms {
  return (
    terms.clearing ?? failInvariant("an instrument has a cycle, and the market's terms no clearing")
  );
}

/**
 * The settlements that an instrument's trades join. Series BE is trade for trade. Source:
 * NSE Clearing.
 */
export function settlementTypeOf({ settlement, series }: Instrument): SettlementType {
  if (settlement === "T+0") return "5";
  return series === "BE" ? "Z" : "M";
}
