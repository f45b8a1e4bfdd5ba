import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readGood, runScenarioText } from "./run-text.ts";

const library = join(import.meta.dirname, "..", "..", "examples", "scenarios");

for (const file of readdirSync(library)) {
  const source = readFileSync(join(library, file), "utf8");

  test(`${file}: everything it expects comes, and every asset sums to zero`, () => {
    const { unmet, expectations, balances } = runScenarioText(source);
    deepEqual(unmet, []);
    ok(expectations >= 5, "it expects little");
    for (const { asset, total } of balances) equal(total, 0n, asset);
  });

  test(`${file}: begins with what to look at`, () => {
    const header = source.split("\n").filter((line) => line.startsWith("#"));
    ok(header.some((line) => line.startsWith("# Look at: ")));
  });
}

/**
 * Each expectation of the small scenarios with one figure changed: the file, its line, and the
 * new text.
 */
const wrongFigures = readdirSync(library).flatMap((file) => {
  const lines = readFileSync(join(library, file), "utf8").split("\n");
  if (lines.some((line) => line.startsWith("flow:"))) return [];
  return lines.flatMap((line, index) => {
    const figure = /^ {10}- \{.*\b(?:free|cash|shares|total|filled|times): (-?\d+)/.exec(line);
    if (figure?.[1] === undefined) return [];
    const at = (figure.index ?? 0) + figure[0].length - figure[1].length;
    const rest = line.slice(at + figure[1].length);
    const changed = `${line.slice(0, at)}${Number(figure[1]) + 1}${rest}`;
    const source = lines.map((each, other) => (other === index ? changed : each)).join("\n");
    return [{ file, line: index + 1, source }];
  });
});

test("an expectation with a wrong figure fails, and names its line", () => {
  ok(wrongFigures.length >= 20);
  for (const { file, line, source } of wrongFigures) {
    const { unmet } = runScenarioText(source);
    deepEqual(
      unmet.map((each) => each.line),
      [line],
      `${file}:${line}`,
    );
  }
});

test("what was bought in is neither settled nor closed out", () => {
  const source = readFileSync(join(library, "short-bought-in.yaml"), "utf8");
  for (const status of ["Settled", "ClosedOut", "Failing"]) {
    const { unmet } = runScenarioText(
      source.replace("shares: 1000, status: BoughtIn", `shares: 0, status: ${status}`),
    );
    deepEqual(
      unmet.map(({ was }) => was),
      ["instruction of HDFC/asha in M2026100: BoughtIn 1000 TATASTEEL"],
    );
  }
});

test("docs/scenarios.md lists the library, with what each file teaches", () => {
  const path = join(library, "..", "..", "docs", "scenarios.md");
  const rows = readdirSync(library).map((file) => {
    const { name, teaches } = readGood(readFileSync(join(library, file), "utf8"));
    return `| ${name} | [${file}](../examples/scenarios/${file}) | ${teaches} |`;
  });
  const list = ["| scenario | file | what it teaches |", "|---|---|---|", ...rows].join("\n");
  const told = readFileSync(path, "utf8");
  const filled = told.replace(
    /<!-- library -->\n[\s\S]*?\n## The file/,
    () => `<!-- library -->\n\n${list}\n\n## The file`,
  );
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, filled);
  equal(
    readFileSync(path, "utf8"),
    filled,
    "run UPDATE_DOCS=1 npx node --test test/scenario/library.test.ts",
  );
});
