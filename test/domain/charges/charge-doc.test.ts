import { equal } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { rateText, roundingText } from "../../../src/domain/charges/rate.ts";
import type { DatedRows } from "../../../src/domain/charges/tables.ts";
import { nseChargeTables } from "../../../src/domain/charges/tables-nse.ts";
import { rupees } from "../../../src/domain/facts/units.ts";

const path = join(import.meta.dirname, "../../../docs/charges.md");

test("docs/charges.md has the tables that charges are computed by", async () => {
  const now = await readFile(path, "utf8");
  const told = now.replace(
    /<!-- tables -->[\s\S]*<!-- \/tables -->/,
    () => `<!-- tables -->\n${tables().join("\n")}\n<!-- /tables -->`,
  );
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(path, told);
  equal(
    await readFile(path, "utf8"),
    told,
    "run UPDATE_DOCS=1 npx node --test test/domain/charges/charge-doc.test.ts",
  );
});

function tables(): string[] {
  const { rates, roundings, plans, gstBase, depository } = nseChargeTables;
  return [
    "| what | from | value | source | verified |",
    "|---|---|---|---|---|",
    ...Object.entries(rates).flatMap(([name, rows]) => lines(name, rows, rateText)),
    ...Object.entries(roundings).flatMap(([name, rows]) =>
      lines(`rounding: ${name}`, rows, roundingText),
    ),
    ...Object.entries(plans).flatMap(([name, rows]) =>
      lines(
        `brokerage: ${name}`,
        rows,
        ({ rate, maxPaise }) => `${rateText(rate)}, at most Rs ${rupees(maxPaise)} an order`,
      ),
    ),
    ...lines("GST is on", gstBase, (charges) => charges.join(", ")),
    ...lines(
      "demat charge",
      depository,
      ({ depositoryPaise, participantPaise }) =>
        `Rs ${rupees(depositoryPaise)} and Rs ${rupees(participantPaise)}`,
    ),
  ];
}

function lines<Value>(
  name: string,
  rows: DatedRows<Value>,
  say: (value: Value) => string,
): string[] {
  return rows.map(
    ({ from, value, source, verified }) =>
      `| ${name} | ${from} | ${say(value)} | ${source} | ${verified ? "yes" : "**no**"} |`,
  );
}
