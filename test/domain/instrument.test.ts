import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  canonicalSymbol,
  isListableSymbol,
  nearestOnTick,
  tickPaise,
} from "../../src/domain/facts/instrument.ts";
import { nseInstruments } from "../../src/domain/facts/nse-instruments.ts";
import { pricePaise, rupees } from "../../src/domain/facts/units.ts";

// Close in rupees, tick in paise. Source: NSE's table of April 2025.
const ticks = [
  [0.01, 1],
  [249.99, 1],
  [250, 5],
  [985, 5],
  [1_000, 5],
  [1_000.05, 10],
  [5_000, 10],
  [5_000.1, 50],
  [10_000, 50],
  [10_000.5, 100],
  [20_000, 100],
  [20_001, 500],
  [99_999, 500],
] as const;

for (const [close, tick] of ticks)
  test(`the tick of a close of ${close} is ${tick} paise`, () => {
    equal(tickPaise(pricePaise(Math.round(close * 100))), tick);
  });

/**
 * Two letters, nine letters or digits, a check digit: letters count as two digits (A = 10), then
 * Luhn. Source: ISO 6166.
 */
function isIsin(text: string): boolean {
  if (!/^[A-Z]{2}[A-Z0-9]{9}[0-9]$/.test(text)) return false;
  const digits = text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let sum = 0;
  for (let fromRight = 0; fromRight < digits.length; fromRight += 1) {
    const digit = Number(digits[digits.length - 1 - fromRight]);
    const weighed = fromRight % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

test("the check of ISINs below finds a wrong one", () => {
  const right = ["INE062A01020", "INE040A01034", "INE002A01018", "INE467B01029", "US0378331005"];
  deepEqual(right.filter(isIsin), right);
  const wrong = ["INE062A01021", "INE062A10020", "INE026A01020", "ine062a01020", "INE062A0102", ""];
  deepEqual(wrong.filter(isIsin), []);
});

test("the built-in list holds fifty right instruments, each once, and SBIN as the seeds trade it", () => {
  equal(nseInstruments.length, 50);
  equal(new Set(nseInstruments.map(({ symbol }) => symbol)).size, 50);
  equal(new Set(nseInstruments.map(({ isin }) => isin)).size, 50);
  for (const {
    symbol,
    isin,
    lot,
    series,
    referenceClosePaise,
    tickPaise: tick,
  } of nseInstruments) {
    equal(isIsin(isin ?? ""), true, symbol);
    equal(isListableSymbol(symbol), true, symbol);
    deepEqual([lot, series, (referenceClosePaise ?? Number.NaN) % tick], [1, "EQ", 0], symbol);
  }
  deepEqual(
    nseInstruments.find(({ symbol }) => symbol === "SBIN"),
    {
      symbol: "SBIN",
      series: "EQ",
      isin: "INE062A01020",
      faceValuePaise: 100,
      lot: 1,
      referenceClosePaise: 98_500,
      tickPaise: 5,
    },
  );
});

test("SBI is another name of SBIN; other names are their own", () => {
  deepEqual(["SBI", "SBIN", "M&M", "sbi"].map(canonicalSymbol), ["SBIN", "SBIN", "M&M", "sbi"]);
});

test("a symbol to list is 1 to 20 of A-Z 0-9 & -, and never the cash", () => {
  const good = ["M&M", "BAJAJ-AUTO", "20MICRONS", "A".repeat(20)];
  deepEqual(good.filter(isListableSymbol), good);
  deepEqual(["", "A".repeat(21), "sbin", "A B", "A/B", "INR", "É"].filter(isListableSymbol), []);
});

test("the nearest prices on tick lie on both sides, where there are two", () => {
  deepEqual(nearestOnTick(pricePaise(98_503), pricePaise(5)), [98_500, 98_505]);
  deepEqual(nearestOnTick(pricePaise(3), pricePaise(5)), [5]);
});

test("rupees are said with both decimals", () => {
  deepEqual([98_500, 5, -50, 0, 100_000_005].map(rupees), [
    "985.00",
    "0.05",
    "-0.50",
    "0.00",
    "1000000.05",
  ]);
});
