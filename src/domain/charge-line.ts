import { rateText, rawCharge, rawRupees, roundRaw, roundingText } from "./charge-rate.ts";
import type { Rate, Rounding } from "./charge-rate.ts";
import type { Dated } from "./charge-tables.ts";
import { paise, rupees } from "./units.ts";
import type { Paise, Ticker } from "./units.ts";

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
export type ChargePart = {
  readonly what: string;
  readonly basePaise: Paise;
  readonly rate: Rate | null;
};

/** A rule that a charge follows, and whether somebody has read it where it is made. */
export type ChargeRule = Omit<Dated<unknown>, "value"> & {
  readonly about: "rate" | "rounding" | "base";
};

/**
 * One charge, explained. `rawRupees` is the exact amount before rounding, in rupees; `amountPaise` what is
 * charged, never below zero; `why` the whole sum in words. `symbol` null: of all securities together.
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
  readonly rate: Dated<Rate>;
};

/** A charge by rates: the parts' raw amounts are added, then rounded once. */
export function ratedLine(
  charge: ChargeName,
  symbol: Ticker | null,
  rated: readonly RatedPart[],
  rounding: Dated<Rounding>,
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
    rules: [...rated.map(({ rate }) => ruleOf("rate", rate)), ruleOf("rounding", rounding)],
  };
}

/** A charge that is an amount by itself. */
export function fixedLine(
  charge: ChargeName,
  what: string,
  basePaise: bigint,
  rule: Dated<unknown>,
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
    rules: [ruleOf("rate", rule)],
  };
}

/** The row as the rule that it states. */
export function ruleOf(about: ChargeRule["about"], row: Dated<unknown>): ChargeRule {
  const { from, source, verified } = row;
  return { about, from, source, verified };
}

/** An amount in paise as a number. Breaks above the safe integers: a day's value is checked before. */
export function wholePaise(amount: bigint): Paise {
  return paise(Number(amount));
}

/** The amounts' sum. */
export function sumPaise(amounts: readonly Paise[]): Paise {
  return wholePaise(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n));
}
