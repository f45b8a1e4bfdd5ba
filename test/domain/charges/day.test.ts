import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { chargesOfDay, type ChargeDay } from "../../../src/domain/charges/day.ts";
import { gstKind, isStateCode } from "../../../src/domain/charges/gst.ts";
import type { ChargeName } from "../../../src/domain/charges/line.ts";
import { nseChargeTables } from "../../../src/domain/charges/tables-nse.ts";
import { amounts, bought, charged, sold } from "./charged-trade.ts";

// research/domain.md 3.3, to the paisa.
test("the worked example: a buyer of 100 at 985.00 pays 98,617.68", () => {
  const charges = charged([bought(100, 98_500)]);
  deepEqual(
    charges.lines.map(({ charge, rawRupees, amountPaise }) => [charge, rawRupees, amountPaise]),
    [
      ["brokerage", "0.00", 0],
      ["stt", "98.50", 99_00],
      ["transaction", "3.0238515", 3_02],
      ["ipft", "0.0000985", 0],
      ["sebi", "0.0985", 10],
      ["stamp", "14.775", 15_00],
      ["cgst", "0.2808", 28],
      ["sgst", "0.2808", 28],
    ],
  );
  equal(charges.chargesPaise, 117_68);
  equal(charges.netPaise, -98_617_68);
  deepEqual(charges.ledgerLines, []);
});

test("the worked example: its seller gets 98,397.32, and 98,381.98 after the demat account's charge", () => {
  const charges = charged([sold(100, 98_500)]);
  deepEqual([charges.chargesPaise, charges.netPaise], [102_68, 98_397_32]);
  deepEqual([charges.ledgerPaise, charges.netAfterLedgerPaise], [15_34, 98_381_98]);
  deepEqual(amounts(charges, "stamp"), []);
});

test("the worked example with Rs 20 brokerage: 98,641.28 and 98,373.72, in one state or between two", () => {
  for (const gst of ["sgst", "utgst", "igst"] as const) {
    const over = { plan: "flat20", gst } as const;
    equal(charged([bought(100, 98_500)], over).netPaise, -98_641_28);
    equal(charged([sold(100, 98_500)], over).netPaise, 98_373_72);
  }
});

// One share at the price, below, at and above each rule's half: [charge, price, amount], all
// in paise.
const halves: readonly (readonly [ChargeName, number, number, Partial<ChargeDay>?])[] = [
  ["stt", 98_499_99, 98_00],
  ["stt", 98_500_00, 99_00],
  ["stt", 98_500_01, 99_00],
  ["stamp", 9_999_99, 1_00],
  ["stamp", 10_000_00, 2_00],
  ["stamp", 10_000_01, 2_00],
  ["transaction", 49_99_999_99, 153_49],
  ["transaction", 50_00_000_00, 153_50],
  ["transaction", 50_00_000_01, 153_50],
  ["ipft", 49_99_999_99, 0],
  ["ipft", 50_00_000_00, 1],
  ["ipft", 50_00_000_01, 1],
  ["sebi", 4_999_99, 0],
  ["sebi", 5_000_00, 1],
  ["sebi", 5_000_01, 1],
  ["cgst", 15_400_00, 4],
  ["cgst", 15_773_00, 5],
  ["cgst", 16_000_00, 5],
  ["igst", 7_500_00, 4, { gst: "igst" }],
  ["igst", 7_886_00, 5, { gst: "igst" }],
  ["igst", 8_200_00, 5, { gst: "igst" }],
  ["brokerage", 49_99, 1, { plan: "capped20" }],
  ["brokerage", 50_00, 2, { plan: "capped20" }],
  ["brokerage", 50_01, 2, { plan: "capped20" }],
  ["brokerage", 66_666_66, 20_00, { plan: "capped20" }],
  ["brokerage", 99_999_99, 20_00, { plan: "capped20" }],
  ["brokerage", 799_99, 20_00, { plan: "flat20" }],
  ["brokerage", 799_00, 19_98, { plan: "flat20" }],
];

for (const [name, price, amount, over] of halves) {
  const [rupees, paise] = [Math.trunc(price / 100), price % 100];
  test(`${name} of a purchase of ${rupees}.${String(paise).padStart(2, "0")} is ${amount} paise`, () => {
    deepEqual(amounts(charged([bought(1, price)], over), name), [amount]);
  });
}

// Shares at 985.00, shares at 985.01, the VWAP that STT counts.
const averages = [
  [101, 100, 98_500],
  [100, 100, 98_501],
  [100, 101, 98_501],
] as const;

for (const [low, high, vwap] of averages)
  test(`STT counts ${low} at 985.00 and ${high} at 985.01 as ${vwap} paise each`, () => {
    const [, stt] = charged([bought(low, 98_500), sold(high, 98_501)]).lines;
    const [bigger = 0] = [high, low].toSorted((one, other) => other - one);
    equal(stt?.basePaise, bigger * vwap);
  });

test("a rounding and a rate are settings: another table, another amount", () => {
  const rounding = { from: "2004-10-01", source: "a test", verified: true };
  const roundings = {
    ...nseChargeTables.roundings,
    stt: [{ ...rounding, value: { stepPaise: 100, half: "down" } as const }],
    stamp: [{ ...rounding, value: { stepPaise: 1, half: "up" } as const }],
  };
  const charges = charged([bought(100, 98_500)], {}, { ...nseChargeTables, roundings });
  deepEqual([amounts(charges, "stt"), amounts(charges, "stamp")], [[98_00], [14_78]]);
  equal(charged([bought(100, 98_500)], { date: "2025-01-01" }).lines[2]?.rawRupees, "2.92545");
});

test("the lesser of bought and sold on one day is intraday, the rest is delivered", () => {
  const charges = charged([bought(300, 10_000), sold(100, 10_000)]);
  const stt = charges.lines.find(({ charge }) => charge === "stt");
  deepEqual(
    stt?.parts.map(({ what, basePaise }) => [what, basePaise]),
    [
      ["200 bought and delivered at VWAP 100.00", 20_000_00],
      ["100 sold intraday at VWAP 100.00", 10_000_00],
    ],
  );
  deepEqual(amounts(charges, "stt"), [23_00]);
  deepEqual(amounts(charges, "stamp"), [3_00]);
  deepEqual(charges.ledgerLines, []);
});

test("bought and sold alike: intraday both ways, no delivery STT, no demat charge", () => {
  const charges = charged([bought(100, 98_500), sold(100, 98_500)]);
  deepEqual(amounts(charges, "stt"), [25_00]);
  deepEqual(amounts(charges, "stamp"), [3_00]);
  equal(charges.ledgerPaise, 0);
  equal(charges.netPaise + charges.chargesPaise, 0);
});

test("trade for trade all is delivered, each trade at its own price", () => {
  const over = { settledAs: "delivery" } as const;
  const charges = charged([bought(100, 98_500, over), sold(100, 98_501, over)]);
  deepEqual(amounts(charges, "stt"), [197_00]);
  equal(charges.lines[1]?.basePaise, 98_500_00 + 98_501_00);
  equal(charges.ledgerPaise, 15_34);
});

test("one leg of a round trip: the buyer pays no STT, the seller the intraday rate and no demat charge", () => {
  const over = { settledAs: "intraday" } as const;
  deepEqual(amounts(charged([bought(100, 98_500, over)]), "stt"), []);
  deepEqual(amounts(charged([bought(100, 98_500, over)]), "stamp"), [3_00]);
  const seller = charged([sold(100, 98_500, over)]);
  deepEqual(amounts(seller, "stt"), [25_00]);
  deepEqual(seller.ledgerLines, []);
});

test("STT is taken for each security, the demat charge once for each ISIN, stamp duty once for the note", () => {
  const other = { symbol: "TCS", isin: "INE467B01029", orderId: "O-2" };
  const charges = charged([
    sold(1, 40_000, { orderId: "O-1" }),
    sold(1, 60_000),
    sold(1, 40_000, other),
    bought(1, 200_000, { symbol: "INFY", isin: "INE009A01021", orderId: "O-3" }),
    bought(1, 200_000, { symbol: "ITC", isin: "INE154A01025", orderId: "O-4" }),
  ]);
  deepEqual(
    charges.lines
      .filter(({ charge }) => charge === "stt")
      .map((line) => [line.symbol, line.amountPaise]),
    [
      ["SBIN", 1_00],
      ["TCS", 0],
      ["INFY", 2_00],
      ["ITC", 2_00],
    ],
  );
  deepEqual(amounts(charges, "depository"), [7_00]);
  deepEqual(amounts(charges, "participant"), [19_00]);
  equal(charges.ledgerPaise, 30_68);
  // 4000.00 at 0.015 % is 0.60, by security it would be twice 0.30.
  deepEqual(amounts(charges, "stamp"), [1_00]);
});

test("an ISIN sold both netted and trade for trade bears one demat charge", () => {
  const charges = charged([sold(1, 98_500), sold(1, 98_500, { settledAs: "delivery" })]);
  equal(charges.ledgerPaise, 15_34);
});

test("a purchase that is intraday in part counts that part at the average price, to the paisa, half up", () => {
  const { lines } = charged([bought(1, 1_00), bought(1, 1_01), sold(1, 5_00)]);
  const stamp = lines.find(({ charge }) => charge === "stamp");
  deepEqual(
    stamp?.parts.map(({ what, basePaise }) => [what, basePaise]),
    [
      ["bought and delivered", 1_00],
      ["bought intraday", 1_01],
    ],
  );
});

test("brokerage is asked once for each executed order, however many fills it had", () => {
  const fills = [1, 2, 3].map((n) => bought(100, 98_500, { tradeId: `T-${n}` }));
  deepEqual(amounts(charged(fills, { plan: "flat20" }), "brokerage"), [20_00]);
  const own = fills.map((trade) => ({ ...trade, orderId: trade.tradeId }));
  deepEqual(amounts(charged(own, { plan: "flat20" }), "brokerage"), [60_00]);
  const none = fills.map((trade) => ({ ...trade, orderId: null }));
  deepEqual(amounts(charged(none, { plan: "flat20" }), "brokerage"), [60_00]);
});

test("GST is taken of brokerage, transaction charge and SEBI fee as charged, and says so", () => {
  const { lines } = charged([bought(100, 98_500)], { plan: "flat20", gst: "igst" });
  const gst = lines.at(-1);
  deepEqual([gst?.charge, gst?.basePaise, gst?.rawRupees], ["igst", 23_12, "4.1616"]);
  equal(
    gst?.why,
    "Brokerage 20.00 + Exchange transaction charge 3.02 + SEBI turnover fee 0.10: 23.12 x 18 " +
      "%; nearest paisa, half up",
  );
});

test("the client's state decides between the state's, the Union territory's and the integrated tax", () => {
  deepEqual(
    [gstKind("MH", "MH"), gstKind("MH", null), gstKind("MH", "KA"), gstKind("CH", "CH")],
    ["sgst", "sgst", "igst", "utgst"],
  );
  deepEqual(["MH", "DL", "LA", "XX", "mh", ""].map(isStateCode), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("a day without trades costs nothing", () => {
  const { lines, ledgerLines, chargesPaise, netPaise } = charged([]);
  deepEqual([lines, ledgerLines, chargesPaise, netPaise], [[], [], 0, 0]);
});

test("what cannot be computed is a fault: a day before the tables, a value beyond exact numbers", () => {
  const day: ChargeDay = { date: "2020-12-31", plan: "zero", gst: "sgst", trades: [] };
  const early = chargesOfDay(day);
  ok("reason" in early);
  equal(early.reason, "DATE_OUT_OF_RANGE");
  const huge = Array.from({ length: 5 }, () => bought(1e9, 1_000_000));
  const much = chargesOfDay({ ...day, date: "2026-11-20", trades: huge });
  ok("reason" in much);
  equal(much.reason, "VALUE_OUT_OF_RANGE");
  match(much.text, /^trades of 2026-11-20: their value of 5000000000000000 paise is above/);
});

test("every line names its rate, its rounding and where they are from", () => {
  const charges = charged([sold(100, 98_500), bought(300, 98_400)], { plan: "capped20" });
  for (const { charge, rules, why, basePaise } of [...charges.lines, ...charges.ledgerLines]) {
    ok(rules.some(({ about }) => about === "rate") && why !== "" && basePaise > 0, charge);
    for (const { from, source } of rules) ok(from <= "2026-11-20" && source !== "", charge);
  }
});
