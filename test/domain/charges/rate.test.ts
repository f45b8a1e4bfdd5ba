import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  perCrore,
  percent,
  rateText,
  rawCharge,
  rawPaisa,
  rawRupees,
  roundRaw,
  roundedQuotient,
  roundingText,
  type Rounding,
} from "../../../src/domain/charges/rate.ts";

const rupee: Rounding = { stepPaise: 100, half: "up" };
const paisa: Rounding = { stepPaise: 1, half: "up" };

// Raw amount in billionths of a paisa, rounding, paise.
const roundings: readonly (readonly [bigint, Rounding, bigint])[] = [
  [50n * rawPaisa - 1n, rupee, 0n],
  [50n * rawPaisa, rupee, 100n],
  [50n * rawPaisa + 1n, rupee, 100n],
  [50n * rawPaisa, { ...rupee, half: "down" }, 0n],
  [50n * rawPaisa + 1n, { ...rupee, half: "down" }, 100n],
  [rawPaisa / 2n - 1n, paisa, 0n],
  [rawPaisa / 2n, paisa, 1n],
  [rawPaisa / 2n + 1n, paisa, 1n],
  [rawPaisa / 2n, { ...paisa, half: "down" }, 0n],
  [7n * rawPaisa, { stepPaise: 5, half: "up" }, 5n],
  [8n * rawPaisa, { stepPaise: 5, half: "up" }, 10n],
];

for (const [raw, rounding, amount] of roundings)
  test(`${rawRupees(raw)} to the ${roundingText(rounding)} is ${amount} paise`, () => {
    equal(roundRaw(raw, rounding), amount);
  });

test("a rate takes its part exactly, whatever the size", () => {
  equal(rawRupees(rawCharge(98_500_00n, percent(100))), "98.50");
  equal(rawRupees(rawCharge(98_500_00n, perCrore(306_99))), "3.0238515");
  equal(rawRupees(rawCharge(98_500_00n, perCrore(1))), "0.0000985");
  equal(rawRupees(rawCharge(98_500_00n, percent(15))), "14.775");
  equal(rawRupees(rawCharge(10n ** 20n, perCrore(306_99))), "30699000000000.00");
});

test("rates and roundings are said as people write them", () => {
  deepEqual(
    [percent(100), percent(25), percent(18_000), percent(0), perCrore(306_99), perCrore(1)].map(
      rateText,
    ),
    ["0.1 %", "0.025 %", "18 %", "0 %", "Rs 306.99 per crore", "Rs 0.01 per crore"],
  );
  deepEqual([rupee, paisa, { stepPaise: 5, half: "down" } as const].map(roundingText), [
    "nearest rupee, half up",
    "nearest paisa, half up",
    "nearest 5 paise, half down",
  ]);
});

test("property: rounding moves an amount by half a step at most, and never out of order", () => {
  const raws = fc.bigInt({ min: 0n, max: 10n ** 24n });
  const steps = fc.record({
    stepPaise: fc.constantFrom(1, 5, 100),
    half: fc.constantFrom("up" as const, "down" as const),
  });
  fc.assert(
    fc.property(raws, raws, steps, (one, other, rounding) => {
      const rounded = roundRaw(one, rounding);
      const moved = rounded * rawPaisa - one;
      const half = (BigInt(rounding.stepPaise) * rawPaisa) / 2n;
      equal(rounded % BigInt(rounding.stepPaise), 0n);
      equal(moved <= half && -moved <= half, true);
      if (one <= other) equal(rounded <= roundRaw(other, rounding), true);
    }),
  );
});

test("a quotient is rounded at its half", () => {
  const quotients = [149n, 150n, 151n].map((numerator) => roundedQuotient(numerator, 100n, "up"));
  deepEqual(quotients, [1n, 2n, 2n]);
  equal(roundedQuotient(150n, 100n, "down"), 1n);
});
