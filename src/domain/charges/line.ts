import {
  rateText,
  rawCharge,
  rawRupees,
  roundRaw,
  roundingText,
  type Rate,
  type Rounding,
} from "./rate.ts";
import type { DatedRow } from "./tables.ts";
import { paise, rupees, type Paise, type Ticker } from "../facts/units.ts";

/** Every charge there is. The last two are the demat account's and never on a contract note. */
export type ChargeName =
  | "brokerage"
  | "stt"
  | "transaction"
  | "ipft"
  | "sebi"
  | "stamp"
  | "cgst"
  | "sgst"
  | "utgst"
  | "igst"
  | "depository"
  | "participant";

/** What each charge is called on a contract note. */
export const chargeTitles: Readonly<Record<ChargeName, string>> = {
  brokerage: "Brokerage",
  stt: "STT",
  transaction: "Exchange transaction charge",
  ipft: "IPFT",
  sebi: "SEBI turnover fee",
  stamp: "Stamp duty",
  cgst: "CGST",
  sgst: "SGST",
  utgst: "UTGST",
  igst: "IGST",
  depository: "Depository's fee",
  participant: "Depository participant's fee",
};

/** What a rate is taken of. `rate` null: the base is the charge. */
type ChargePart = {
  readonly what: string;
  readonly basePaise: Paise;
  readonly rate: Rate | null;
};

/**
 * A rule that a charge follows: what it says, since when, and whether somebody has read it where it
 * is made.
 */
export type ChargeRule = Omit<DatedRow<unknown>, "value"> & {
  readonly about: "rate" | "rounding" | "base";
  readonly says: string;
};

/**
 * One charge, explained. `rawRupees` is the exact amount before rounding, in rupees; `amountPaise`
 * what is charged, never below zero; `why` the whole sum in words. `symbol` null: of all
 * securities together.
 */
export type ChargeLine = {
  readonly charge: ChargeName;
  readonly symbol: Ticker | null;
  readonly parts: readonly ChargePart[];
  readonly basePaise: Paise;
  readonly rawRupees: string;
  readonly amountPaise: Paise;
  readonly why: string;
  readonly rules: readonly ChargeRule[];
};

/** A part as it is computed: its base in paise, and the row of the table that has its rate. */
export type RatedPart = {
  readonly what: string;
  readonly basePaise: bigint;
  readonly rate: DatedRow<Rate>;
};

/** A charge by rates: the parts' raw amounts are added, then rounded once. */
export function ratedLine(
  charge: ChargeName,
  symbol: Ticker | null,
  rated: readonly RatedPart[],
  rounding: DatedRow<Rounding>,
): ChargeLine {
  const parts = rated.map(({ what, basePaise, rate }) => ({
    what,
    basePaise: wholePaise(basePaise),
    rate: rate.value,
  }));
  const raw = rated.reduce((sum, part) => sum + rawCharge(part.basePaise, part.rate.value), 0n);
  const terms = parts.map(
    ({ what, basePaise, rate }) => `${what}: ${rupees(basePaise)} x ${rateText(rate)}`,
  );
  return {
    charge,
    symbol,
    parts,
    basePaise: sumPaise(parts.map(({ basePaise }) => basePaise)),
    rawRupees: rawRupees(raw),
    amountPaise: wholePaise(roundRaw(raw, rounding.value)),
    why: `${terms.join(" + ")}; ${roundingText(rounding.value)}`,
    rules: [...rated.map(({ rate }) => rateRule(rate)), roundingRule(rounding)],
  };
}

/** A charge that is an amount by itself. */
export function fixedLine(
  charge: ChargeName,
  what: string,
  basePaise: bigint,
  rule: ChargeRule,
): ChargeLine {
  const base = wholePaise(basePaise);
  return {
    charge,
    symbol: null,
    parts: [{ what, basePaise: base, rate: null }],
    basePaise: base,
    rawRupees: rupees(base),
    amountPaise: base,
    why: what,
    rules: [rule],
  };
}

/** The line's rates in words, one for each part: `0.1 %`, or `2.5 %, at most Rs 20.00 an order`. */
export function ratesOf({ rules }: ChargeLine): readonly string[] {
  return rules.filter(({ about }) => about === "rate").map(({ says }) => says);
}

/** The row as the rule that it states in words. */
export function ruleOf(
  about: ChargeRule["about"],
  says: string,
  { from, source, verified }: DatedRow<unknown>,
): ChargeRule {
  return { about, says, from, source, verified };
}

/** The rule that a row of rates states. */
function rateRule(row: DatedRow<Rate>): ChargeRule {
  return ruleOf("rate", rateText(row.value), row);
}

/** The rule that a row of roundings states. */
export function roundingRule(row: DatedRow<Rounding>): ChargeRule {
  return ruleOf("rounding", roundingText(row.value), row);
}

/**
 * An amount in paise as a number. Breaks above the safe integers: a day's value is checked before.
 */
export function wholePaise(amount: bigint): Paise {
  return paise(Number(amount));
}

/** The amounts' sum. */
export function sumPaise(amounts: readonly Paise[]): Paise {
  return wholePaise(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n));
}
