import { gstLines, type GstKind } from "./gst.ts";
import { fixedLine, ruleOf, type ChargeLine } from "./line.ts";
import { deliveredShares, type SecurityDay } from "./security.ts";
import type { ChargeTerms } from "./tables.ts";
import { groupedRupees } from "../facts/units.ts";

/**
 * What the seller's demat account pays for each ISIN that it delivers on a day, however many
 * shares: the depository's fee, the participant's, and GST on both. Goes to the client's ledger,
 * never on the contract note. No lines where nothing is delivered.
 */
export function depositoryLines(
  securities: readonly SecurityDay[],
  gst: GstKind,
  terms: ChargeTerms,
): readonly ChargeLine[] {
  const delivered = securities.filter((day) => deliveredShares(day, "sold") > 0n);
  // By ISIN: a security may be sold both netted and trade for trade.
  const names = new Map(delivered.map(({ symbol, isin }) => [isin ?? symbol, symbol]));
  if (names.size === 0) return [];
  const { depositoryPaise, participantPaise } = terms.depository.value;
  const what = `${[...names.values()].join(", ")}: sold and delivered, for each ISIN and day`;
  const fee = (charge: "depository" | "participant", amountPaise: number): ChargeLine => {
    const rule = ruleOf("rate", `Rs ${groupedRupees(amountPaise)} for each ISIN`, terms.depository);
    return fixedLine(charge, what, BigInt(names.size) * BigInt(amountPaise), rule);
  };
  const fees = [fee("depository", depositoryPaise), fee("participant", participantPaise)];
  return [...fees, ...gstLines(fees, gst, terms)];
}
