import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { rateText, roundingText } from "../../../src/domain/charges/rate.ts";
import {
  chargeTermsOn,
  firstChargeDate,
  type ChargeTerms,
  type DatedRows,
} from "../../../src/domain/charges/tables.ts";
import { nseChargeTables } from "../../../src/domain/charges/tables-nse.ts";

function termsOn(date: string): ChargeTerms {
  const terms = chargeTermsOn(nseChargeTables, "zero", date);
  if ("reason" in terms) throw new Error(terms.text);
  return terms;
}

const dated = [
  ["transaction", "2021-01-01", "Rs 345.00 per crore"],
  ["transaction", "2023-03-31", "Rs 345.00 per crore"],
  ["transaction", "2023-04-01", "Rs 325.00 per crore"],
  ["transaction", "2024-03-31", "Rs 325.00 per crore"],
  ["transaction", "2024-04-01", "Rs 322.00 per crore"],
  ["transaction", "2024-09-30", "Rs 322.00 per crore"],
  ["transaction", "2024-10-01", "Rs 297.00 per crore"],
  ["transaction", "2026-02-28", "Rs 297.00 per crore"],
  ["transaction", "2026-03-01", "Rs 306.99 per crore"],
  ["transaction", "2040-01-01", "Rs 306.99 per crore"],
  ["ipft", "2023-03-31", "Rs 0.01 per crore"],
  ["ipft", "2023-04-01", "Rs 10.00 per crore"],
  ["ipft", "2026-03-01", "Rs 0.01 per crore"],
  ["sebi", "2021-03-31", "Rs 5.00 per crore"],
  ["sebi", "2021-04-01", "Rs 10.00 per crore"],
  ["sttDelivery", "2026-11-20", "0.1 %"],
  ["sttIntraday", "2026-11-20", "0.025 %"],
  ["stampDelivery", "2026-11-20", "0.015 %"],
  ["stampIntraday", "2026-11-20", "0.003 %"],
  ["cgst", "2026-11-20", "9 %"],
  ["sgst", "2026-11-20", "9 %"],
  ["utgst", "2026-11-20", "9 %"],
  ["igst", "2026-11-20", "18 %"],
] as const;

for (const [name, date, rate] of dated)
  test(`on ${date} the rate of ${name} is ${rate}`, () => {
    equal(rateText(termsOn(date).rates[name].value), rate);
  });

test("STT and stamp duty are rounded to the rupee, all else to the paisa, halves up", () => {
  const { roundings } = termsOn("2026-11-20");
  const texts = Object.entries(roundings).map(([name, { value }]) => [name, roundingText(value)]);
  deepEqual(Object.fromEntries(texts), {
    vwap: "nearest paisa, half up",
    stt: "nearest rupee, half up",
    stamp: "nearest rupee, half up",
    brokerage: "nearest paisa, half up",
    transaction: "nearest paisa, half up",
    ipft: "nearest paisa, half up",
    sebi: "nearest paisa, half up",
    gst: "nearest paisa, half up",
  });
});

test("a day before the tables, or text that is no day, is a fault that says from when on", () => {
  equal(firstChargeDate(nseChargeTables, "zero"), "2021-01-01");
  for (const date of ["2020-12-31", "1999-01-01", "", "2026-2-3", "tomorrow"]) {
    const fault = chargeTermsOn(nseChargeTables, "zero", date);
    ok("reason" in fault, date);
    equal(fault.reason, "DATE_OUT_OF_RANGE");
    match(
      fault.text,
      /^date .*: the tables of charges begin on 2021-01-01; give a day from then on/,
    );
  }
});

test("every table's rows have days in order, and each says where it is from", () => {
  const { rates, roundings, plans, gstBase, depository } = nseChargeTables;
  const tables: readonly DatedRows<unknown>[] = [
    ...Object.values(rates),
    ...Object.values(roundings),
    ...Object.values(plans),
    gstBase,
    depository,
  ];
  for (const rows of tables) {
    const days = rows.map(({ from }) => from);
    deepEqual(days, [...new Set(days)].toSorted());
    for (const { from, source } of rows) {
      match(from, /^\d{4}-\d\d-\d\d$/);
      ok(source.length > 5, from);
    }
  }
});

test("what nobody has read at its source is marked, and nothing else", () => {
  const { rates, roundings, gstBase, depository } = nseChargeTables;
  const rounded = Object.entries(roundings).map(([name, rows]) => [`rounding ${name}`, rows]);
  const tables = { ...rates, ...Object.fromEntries(rounded), gstBase, depository };
  const unsure = Object.entries<DatedRows<unknown>>(tables).flatMap(([name, rows]) =>
    rows.filter(({ verified }) => !verified).map(({ from }) => `${name} ${from}`),
  );
  deepEqual(unsure.toSorted(), [
    "depository 2021-01-01",
    "gstBase 2017-07-01",
    "rounding brokerage 2017-07-01",
    "rounding gst 2017-07-01",
    "rounding ipft 2017-07-01",
    "rounding sebi 2017-07-01",
    "rounding stt 2004-10-01",
    "rounding transaction 2017-07-01",
    "transaction 2021-01-01",
    "transaction 2024-04-01",
  ]);
});
