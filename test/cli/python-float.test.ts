import { equal } from "node:assert/strict";
import test from "node:test";
import { pythonFloat } from "../../src/cli/actors/python-float.ts";

// Each right side is what python3 prints for float(left).
const printed = [
  ["985", "985.0"],
  ["985.0", "985.0"],
  ["985.05", "985.05"],
  ["985.50", "985.5"],
  ["9.85e2", "985.0"],
  ["+985", "985.0"],
  ["-3", "-3.0"],
  ["-0", "-0.0"],
  ["0", "0.0"],
  [".5", "0.5"],
  ["5.", "5.0"],
  ["007", "7.0"],
  ["0.0001", "0.0001"],
  ["0.00001", "1e-05"],
  ["0.000012345", "1.2345e-05"],
  ["1e-7", "1e-07"],
  ["1e15", "1000000000000000.0"],
  ["1e16", "1e+16"],
  ["123456789012345678", "1.2345678901234568e+17"],
  ["1e22", "1e+22"],
  ["1.5e300", "1.5e+300"],
  ["0.1", "0.1"],
  ["0.30000000000000004", "0.30000000000000004"],
  ["10000000.01", "10000000.01"],
] as const;

test("a number is printed as Python prints its float", () => {
  for (const [text, python] of printed) equal(pythonFloat(text), python, text);
});

test("what is no number, or too large for a float, is no price", () => {
  const texts = [
    "",
    "abc",
    "1,5",
    "1_000",
    "0x10",
    "NaN",
    "inf",
    "Infinity",
    "1e999",
    "1e",
    "--1",
    ".",
  ];
  for (const text of texts) equal(pythonFloat(text), null, text);
});
