import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  chartSeconds,
  formatCountdown,
  formatSpan,
  formatTime,
} from "../../web/src/format/moments.ts";
import {
  formatChange,
  formatRupees,
  formatShortRupees,
  groupIndian,
  priceText,
  readRupees,
  readShares,
} from "../../web/src/format/rupees.ts";

test("paise are rupees in lakh and crore groups", () => {
  assert.equal(formatRupees(0), "0.00");
  assert.equal(formatRupees(5), "0.05");
  assert.equal(formatRupees(98_500), "985.00");
  assert.equal(formatRupees(9_850_000), "98,500.00");
  assert.equal(formatRupees(12_345_678), "1,23,456.78");
  assert.equal(formatRupees(123_456_789_012), "1,23,45,67,890.12");
  assert.equal(formatRupees(-100_000), "\u22121,000.00");
});

test("every amount of a safe integer of paise is exact", () => {
  const paise = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(paise, (amount) => {
      const digits = formatRupees(amount).replace(/[,.]/g, "").replace("\u2212", "-");
      assert.equal(Number(digits), amount);
    }),
  );
});

test("groups are those of India's own locale", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (whole) => {
      assert.equal(groupIndian(whole), whole.toLocaleString("en-IN"));
    }),
  );
});

test("short amounts are cut, never rounded up to money that is not there", () => {
  assert.equal(formatShortRupees(999_999), "₹9,999.99");
  assert.equal(formatShortRupees(19_999_999), "₹1.99 lakh");
  assert.equal(formatShortRupees(1_999_999_999), "₹1.99 crore");
  assert.equal(formatShortRupees(-10_000_000), "\u2212₹1.00 lakh");
});

test("what people type as a price is read to the paisa, or not at all", () => {
  assert.equal(readRupees("985"), 98_500);
  assert.equal(readRupees(" ₹1,250.5 "), 125_050);
  assert.equal(readRupees("985.05"), 98_505);
  for (const wrong of ["", "985.055", "-1", "1e3", "abc", "9.8.5"])
    assert.equal(readRupees(wrong), null, wrong);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), (paise) => {
      assert.equal(readRupees(priceText(paise)), paise);
      assert.equal(readRupees(formatRupees(paise)), paise);
    }),
  );
});

test("shares are whole", () => {
  assert.equal(readShares("1,00,000"), 100_000);
  for (const wrong of ["", "1.5", "-3", "ten"]) assert.equal(readShares(wrong), null, wrong);
});

test("a change against the close has its sign", () => {
  assert.equal(formatChange(99_500, 98_500), "+1.02%");
  assert.equal(formatChange(97_500, 98_500), "\u22121.02%");
  assert.equal(formatChange(98_500, 98_500), "0.00%");
});

test("times are India's, spans and countdowns short", () => {
  assert.equal(formatTime("2026-01-05T18:30:00.123Z"), "00:00:00.123");
  assert.equal(chartSeconds(0), 19_800);
  assert.equal(formatSpan(0.44), "0.4 ms");
  assert.equal(formatSpan(1_250), "1.25 s");
  assert.equal(formatSpan(200_000), "3 min 20 s");
  assert.equal(formatSpan(999.7), "1 s");
  assert.equal(formatSpan(59_998), "1 min 0 s");
  assert.equal(formatSpan(119_700), "2 min 0 s");
  assert.equal(formatCountdown(9_000), "0:09");
  assert.equal(formatCountdown(-5), "0:00");
  assert.equal(formatCountdown(86_105_000), "23:55:05");
});
