import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rupees } from "../../src/domain/facts/units.ts";
import { readRupees, rupeesAsPythonFloat, rupeesForPeople } from "../../src/protocol/rupees.ts";

const decimals = { ok: false, problem: "PRICE_DECIMALS" } as const;
const outOfRange = { ok: false, problem: "PRICE_OUT_OF_RANGE" } as const;

test("a price is read exactly from its source text", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["985", 98500],
    ["985.0", 98500],
    ["985.05", 98505],
    ["9.85e2", 98500],
    ["9.8505E+2", 98505],
    ["98505e-2", 98505],
    ["1e-2", 1],
    ["985.0500000000000000000000000000", 98505],
    ["0", 0],
    ["-0.0", 0],
    ["0e999999999999", 0],
    ["-985.5", -98550],
    ["90071992547409.91", Number.MAX_SAFE_INTEGER],
    ["-90071992547409.91", -Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, paise] of cases)
    deepStrictEqual(readRupees(text), { ok: true, value: paise }, text);
});

test("more than two decimals that are not zeros are PRICE_DECIMALS", () => {
  const cases = ["985.001", "985.0500000000000000000000000001", "1e-3", "1e-999999999999", "0.005"];
  for (const text of cases) deepStrictEqual(readRupees(text), decimals, text);
});

test("an amount beyond the safe integers is PRICE_OUT_OF_RANGE", () => {
  for (const text of ["90071992547409.92", "1e15", "-1e15", "1e999999999999", "9".repeat(60000)])
    deepStrictEqual(readRupees(text), outOfRange, text.slice(0, 30));
});

test("64 KiB of digits take no quadratic time", () => {
  const zeros = "0".repeat(65_000);
  const startedMs = performance.now();
  readRupees(`0.${zeros}1`);
  readRupees(`1${zeros}`);
  readRupees(`1.${zeros}`);
  readRupees(`1e${"9".repeat(65_000)}`);
  readRupees(`1e-${"9".repeat(65_000)}`);
  readRupees(`0.${`${"0".repeat(9)}1`.repeat(6_500)}`);
  ok(performance.now() - startedMs < 1000);
});

const digits = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 })
  .map((list) => list.join(""));
const numberText = fc
  .record({
    sign: fc.constantFrom("", "-"),
    whole: digits.map((text) => text.replace(/^0+(?=\d)/, "")),
    decimals: fc.option(digits, { nil: null }),
    exponent: fc.option(fc.integer({ min: -25, max: 25 }), { nil: null }),
  })
  .map((parts) => ({
    ...parts,
    text: [
      parts.sign,
      parts.whole,
      parts.decimals === null ? "" : `.${parts.decimals}`,
      parts.exponent === null ? "" : `e${parts.exponent}`,
    ].join(""),
  }));

test("property: what is read is what exact arithmetic says", () => {
  fc.assert(
    fc.property(numberText, ({ text, sign, whole, decimals: rest, exponent }) => {
      // As a fraction: units / scale is the amount in paise.
      const places = BigInt(rest?.length ?? 0) - BigInt(exponent ?? 0) - 2n;
      const units = BigInt(`${whole}${rest ?? ""}`);
      const scale = places > 0n ? 10n ** places : 1n;
      const paise = places > 0n ? units : units * 10n ** -places;
      const read = readRupees(text);
      if (paise % scale !== 0n) return deepStrictEqual(read, decimals);
      const exact = paise / scale;
      if (exact > BigInt(Number.MAX_SAFE_INTEGER)) return deepStrictEqual(read, outOfRange);
      const value = sign === "-" && exact > 0n ? -Number(exact) : Number(exact);
      deepStrictEqual(read, { ok: true, value });
    }),
    { numRuns: 3000 },
  );
});

test("amounts are printed as Python writes a float", () => {
  deepStrictEqual(
    [9850000, 9850050, 9850005, 1, 10, 0, -9850005, Number.MAX_SAFE_INTEGER].map(
      rupeesAsPythonFloat,
    ),
    ["98500.0", "98500.5", "98500.05", "0.01", "0.1", "0.0", "-98500.05", "90071992547409.91"],
  );
});

test("amounts for people have paise only where there are any", () => {
  deepStrictEqual([9850000, 9850050, 9381000, 93810, 5].map(rupeesForPeople), [
    "98500",
    "98500.50",
    "93810",
    "938.10",
    "0.05",
  ]);
});

const amount = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

test("property: what is printed reads back as the same amount", () => {
  fc.assert(
    fc.property(amount, (paise) => {
      const value = paise + 0;
      deepStrictEqual(readRupees(rupeesAsPythonFloat(value)), { ok: true, value });
      deepStrictEqual(readRupees(rupeesForPeople(value)), { ok: true, value });
    }),
  );
});

test("property: the printed text is the shortest of its float, as Python's repr is", () => {
  // Above 2^46 rupees floats are further apart than a paisa, and repr would drop a digit.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 46 * 100 }), (paise) => {
      const text = rupeesAsPythonFloat(paise);
      strictEqual(String(Number(text)), text.replace(/\.0$/, ""));
    }),
  );
});

test("rupees are exact at any size, with two decimals", () => {
  for (const [paise, text] of [
    [98_500, "985.00"],
    [5, "0.05"],
    [-5, "-0.05"],
    [-0, "0.00"],
    [Number.MAX_SAFE_INTEGER, "90071992547409.91"],
    [-123_456_789_012_345_678_901n, "-1234567890123456789.01"],
  ] as const)
    strictEqual(rupees(paise), text);
});
