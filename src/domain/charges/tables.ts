import type { DateText } from "../facts/calendar.ts";
import type { Rate, Rounding } from "./rate.ts";
import { failInvariant } from "../facts/units.ts";

/**
 * A value in force from a date on, until the next row's. `verified`: the rule's own text, the
 * exchange's own page, or two independent reports that name it were read; else somebody should
 * before relying on it.
 */
export type DatedRow<Value> = {
  readonly from: DateText;
  readonly value: Value;
  readonly source: string;
  readonly verified: boolean;
};

/** Rows of one table, oldest first. */
export type DatedRows<Value> = readonly DatedRow<Value>[];

/** The charges that are a part of something. Delivery and intraday are two rates of one charge. */
type RateName =
  | "sttDelivery"
  | "sttIntraday"
  | "transaction"
  | "ipft"
  | "sebi"
  | "stampDelivery"
  | "stampIntraday"
  | "cgst"
  | "sgst"
  | "utgst"
  | "igst";

/** What is rounded: the average price that STT is taken of, and each charge by itself. */
type RoundingName =
  | "vwap"
  | "brokerage"
  | "stt"
  | "transaction"
  | "ipft"
  | "sebi"
  | "stamp"
  | "gst";

/** What a member may ask of a client: a rate of each executed order's value, at most `maxPaise`. */
type BrokerageTerms = { readonly rate: Rate; readonly maxPaise: number };

/**
 * The brokerage plans that are built in: none, Rs 20 an order, 0.03 % but at most Rs 20 an order.
 */
export const brokeragePlans = ["zero", "flat20", "capped20"] as const;

/** A plan's name. */
export type BrokeragePlan = (typeof brokeragePlans)[number];

/**
 * What a seller's demat account pays for each ISIN and day: to the depository, and to
 * the participant.
 */
type DepositoryFee = { readonly depositoryPaise: number; readonly participantPaise: number };

/** Charges that may bear GST. */
type TaxableCharge = "brokerage" | "transaction" | "sebi" | "ipft";

/** Everything that charges are computed by, as tables with dates. */
export type ChargeTables = {
  readonly rates: Readonly<Record<RateName, DatedRows<Rate>>>;
  readonly roundings: Readonly<Record<RoundingName, DatedRows<Rounding>>>;
  readonly plans: Readonly<Record<BrokeragePlan, DatedRows<BrokerageTerms>>>;
  readonly gstBase: DatedRows<readonly TaxableCharge[]>;
  readonly depository: DatedRows<DepositoryFee>;
};

/** What is in force on one day. */
export type ChargeTerms = {
  readonly date: DateText;
  readonly rates: Readonly<Record<RateName, DatedRow<Rate>>>;
  readonly roundings: Readonly<Record<RoundingName, DatedRow<Rounding>>>;
  readonly plan: DatedRow<BrokerageTerms>;
  readonly gstBase: DatedRow<readonly TaxableCharge[]>;
  readonly depository: DatedRow<DepositoryFee>;
};

/** Why charges cannot be computed. The text names the field, the value and the fix. */
export type ChargeFault = {
  readonly reason: "DATE_OUT_OF_RANGE" | "VALUE_OUT_OF_RANGE";
  readonly text: string;
};

/** What is in force on the date; a fault before the first row of any table. */
export function chargeTermsOn(
  tables: ChargeTables,
  plan: BrokeragePlan,
  date: DateText,
): ChargeTerms | ChargeFault {
  const first = firstChargeDate(tables, plan);
  // Against text that is no date: "2026-2-3" would compare as text and find a wrong row.
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || date < first) return tooEarly(date, first);
  return {
    date,
    rates: allInForce(tables.rates, date),
    roundings: allInForce(tables.roundings, date),
    plan: inForce(tables.plans[plan], date),
    gstBase: inForce(tables.gstBase, date),
    depository: inForce(tables.depository, date),
  };
}

/** The first day that every table has a row for. */
export function firstChargeDate(tables: ChargeTables, plan: BrokeragePlan): DateText {
  const { rates, roundings, plans, gstBase, depository } = tables;
  const all: readonly DatedRows<unknown>[] = [
    ...Object.values(rates),
    ...Object.values(roundings),
    plans[plan],
    gstBase,
    depository,
  ];
  return (
    all
      .map((rows) => rows[0]?.from ?? failInvariant("a table of charges has no row"))
      .toSorted()
      .at(-1) ?? ""
  );
}

function inForce<Value>(rows: DatedRows<Value>, date: DateText): DatedRow<Value> {
  return (
    rows.findLast(({ from }) => from <= date) ??
    failInvariant(`no row of a table is in force on ${date}`)
  );
}

function allInForce<Name extends string, Value>(
  tables: Readonly<Record<Name, DatedRows<Value>>>,
  date: DateText,
): Record<Name, DatedRow<Value>> {
  const rows = Object.entries<DatedRows<Value>>(tables);
  const found = rows.map(([name, each]) => [name, inForce(each, date)]);
  return Object.fromEntries(found) as Record<Name, DatedRow<Value>>;
}

function tooEarly(date: string, first: DateText): ChargeFault {
  const text = `date ${date}: the tables of charges begin on ${first}; give a day from then on, as in 2026-11-20`;
  return { reason: "DATE_OUT_OF_RANGE", text };
}
