import { ratedLine, type ChargeLine, type RatedPart } from "./line.ts";
import { roundedQuotient } from "./rate.ts";
import { intradayShares, type SecurityDay } from "./security.ts";
import type { ChargeTerms } from "./tables.ts";

/**
 * Stamp duty: the buyer's alone, on the value of what is bought, by whether it is delivered;
 * rounded once for the contract note. Undefined where nothing was bought. Source: Indian Stamp Act,
 * section 9A.
 */
export function stampLine(
  securities: readonly SecurityDay[],
  { rates, roundings }: ChargeTerms,
): ChargeLine | undefined {
  let delivered = 0n;
  let intraday = 0n;
  for (const day of securities) {
    const part = intradayValue(day);
    intraday += part;
    delivered += day.bought.paise - part;
  }
  const all: readonly RatedPart[] = [
    { what: "bought and delivered", basePaise: delivered, rate: rates.stampDelivery },
    { what: "bought intraday", basePaise: intraday, rate: rates.stampIntraday },
  ];
  const parts = all.filter(({ basePaise }) => basePaise > 0n);
  return parts.length === 0 ? undefined : ratedLine("stamp", null, parts, roundings.stamp);
}

/**
 * The intraday shares at the average price bought at, to the paisa; the rest of the value
 * is delivered.
 */
function intradayValue(day: SecurityDay): bigint {
  const { shares, paise } = day.bought;
  if (shares === 0n) return 0n;
  return roundedQuotient(paise * intradayShares(day, "bought"), shares, "up");
}
