import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrayText, type Column } from "../../src/postgres/column.ts";

const integers: Column<number> = { name: "n", type: "bigint", of: (value) => value };
const texts: Column<string | null> = { name: "t", type: "text", of: (value) => value };

/** As PostgreSQL's manual has it, in the plainest way. */
function plainText(values: readonly (number | string | null)[]): string {
  const parts = values.map((value) => {
    if (typeof value !== "string") return value === null ? "NULL" : String(value);
    return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return `{${parts.join(",")}}`;
}

test("an array of integers is their digits, at every power of ten and to the last safe one", () => {
  const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
  const edges = [0, ...powers.flatMap((power) => [power - 1, power, power + 1])];
  const all = [...edges, ...edges.map((edge) => -edge || 0), Number.MAX_SAFE_INTEGER];
  equal(arrayText(integers, all), plainText(all));
  equal(arrayText(integers, []), "{}");
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger()), (values) => {
      equal(arrayText(integers, values), plainText(values.map((value) => value || 0)));
    }),
  );
});

test("no text ends its array, whatever is in it, and none is cut where memory must grow", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: "grapheme" }))), (values) => {
      equal(arrayText(texts, values), plainText(values));
    }),
  );
  const long = Array.from({ length: 40 }, (_, each) => `${"x".repeat(99_999)}${each}é"\\`);
  equal(arrayText(texts, long), plainText(long));
});
