import { ratedLine, type ChargeLine, type RatedPart } from "./line.ts";
import { roundedQuotient } from "./rate.ts";
import { deliveredShares, intradayShares, type SecurityDay } from "./security.ts";
import type { ChargeTerms } from "./tables.ts";
import { rupees } from "../facts/units.ts";

/**
 * Securities transaction tax of one security and day: delivered shares, bought and sold, and
 * intraday sales, each at the average price of all the day's trades in it; rounded once. Trade for
 * trade, each trade counts at its own price. Undefined where nothing is taxed. Sources: STT Rules
 * 2004, rule 3(a) and (b); NSE/CMTR/5588 of 10 November 2004.
 */
export function sttLine(day: SecurityDay, terms: ChargeTerms): ChargeLine | undefined {
  const parts = (day.settledAs === "netted" ? nettedParts : ownPriceParts)(day, terms).filter(
    ({ basePaise }) => basePaise > 0n,
  );
  if (parts.length === 0) return undefined;
  return ratedLine("stt", day.symbol, parts, terms.roundings.stt);
}

function nettedParts(day: SecurityDay, { rates, roundings }: ChargeTerms): RatedPart[] {
  const { bought, sold } = day;
  const shares = bought.shares + sold.shares;
  const { half, stepPaise } = roundings.vwap.value;
  const step = BigInt(stepPaise);
  const vwap = roundedQuotient(bought.paise + sold.paise, shares * step, half) * step;
  const part = (what: string, count: bigint, rate: RatedPart["rate"]): RatedPart => ({
    what: `${count} ${what} at VWAP ${rupees(Number(vwap))}`,
    basePaise: count * vwap,
    rate,
  });
  return [
    part("bought and delivered", deliveredShares(day, "bought"), rates.sttDelivery),
    part("sold and delivered", deliveredShares(day, "sold"), rates.sttDelivery),
    part("sold intraday", intradayShares(day, "sold"), rates.sttIntraday),
  ];
}

function ownPriceParts(
  { settledAs, bought, sold }: SecurityDay,
  { rates }: ChargeTerms,
): RatedPart[] {
  if (settledAs === "intraday")
    return [
      { what: `${sold.shares} sold intraday`, basePaise: sold.paise, rate: rates.sttIntraday },
    ];
  const rate = rates.sttDelivery;
  return [
    { what: `${bought.shares} bought trade for trade`, basePaise: bought.paise, rate },
    { what: `${sold.shares} sold trade for trade`, basePaise: sold.paise, rate },
  ];
}
