import { deepEqual } from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

import { everything, type File } from "./our-files.ts";

/** What only tests call, and why it stands in `src` all the same. */
const madeForTests: Readonly<Record<string, string>> = {
  "src/memory/memory-cluster.ts: committedRecords": "the log in memory, as a test reads it",
  "src/memory/seeded-faults.ts: seededFaults": "the log in memory, with a storm's faults",
  "src/memory/virtual-clock.ts: VirtualClock": "the log in memory, on a storm's clock",
  "src/protocol/carriage.ts: deadLetterBytesMax": "a limit of R22, held by real records",
  "src/protocol/carriage.ts: defaultBatchBytesMax": "a limit of R22, held by real records",
  "src/protocol/carriage.ts: publicRecordBytesMax": "a limit of R22, held by real records",
  "src/protocol/carriage.ts: stepBytesMax": "a limit of R22, held by real records",
  "src/protocol/documents/protocol-doc.ts: protocolDoc": "a document, written by its test",
  "src/protocol/documents/schema-files.ts: schemaFiles": "documents, written by their test",
};

type Export = { readonly file: File; readonly name: string; readonly isDocumented: boolean };

/** What users run. */
const product = /^(src|web|build)\//;

test("no export is for nobody: another file imports it", () => {
  deepEqual(findDead(everything), []);
});

test("no code of the product is for tests alone: what only they import, its own file uses", () => {
  deepEqual(findTestsOnly(everything), Object.keys(madeForTests));
});

test("every export of the product says what it is", () => {
  const silent = exportsOf(everything).filter(
    ({ file, isDocumented }) => product.test(file.path) && !isDocumented,
  );
  deepEqual(silent.map(name), []);
});

test("an export for nobody, one for tests alone and a silent one are found", () => {
  const planted = [
    fileOf("src/a.ts", "export const used = 1;", "export type Dead = 1;", "const x: Dead = 1;"),
    fileOf("src/b/b.ts", "/** Only called by a test. */", "export function run() {}"),
    fileOf("web/src/c.ts", "import {", "  used,", '} from "../../src/a.ts";'),
    fileOf("test/b.test.ts", 'const { run } = await import("../src/b/b.ts");'),
  ];
  deepEqual(findDead(planted), ["src/a.ts: Dead"]);
  deepEqual(findTestsOnly(planted), ["src/b/b.ts: run"]);
  const silent = exportsOf(planted).filter(({ isDocumented }) => !isDocumented);
  deepEqual(silent.map(name), ["src/a.ts: used", "src/a.ts: Dead"]);
});

function fileOf(path: string, ...lines: readonly string[]): File {
  return { path, folder: dirname(path), lines };
}

function textOf({ lines }: File): string {
  return lines.join("\n");
}

function name(one: Export): string {
  return `${one.file.path}: ${one.name}`;
}

function findDead(all: readonly File[]): string[] {
  const imports = importsOf(all);
  return exportsOf(all)
    .filter((one) => !imports.has(name(one)))
    .map(name);
}

function findTestsOnly(all: readonly File[]): string[] {
  const imports = importsOf(all);
  return exportsOf(all)
    .filter((one) => {
      const importers = imports.get(name(one)) ?? [];
      const uses = [...textOf(one.file).matchAll(new RegExp(`\\b${one.name}\\b`, "g"))];
      return (
        product.test(one.file.path) &&
        importers.length > 0 &&
        !importers.some((path) => product.test(path)) &&
        uses.length === 1
      );
    })
    .map(name)
    .toSorted();
}

/** What files export: declared or passed on. */
function exportsOf(all: readonly File[]): Export[] {
  const declared =
    /^\s*export (?:async |abstract |declare )*(?:function\*?|const|let|class|type|interface|enum) (\w+)/;
  return all.flatMap((file) => {
    const { lines } = file;
    const own = lines.flatMap((line, at) => {
      const found = declared.exec(line)?.[1];
      const isDocumented = /\*\/\s*$/.test(lines[at - 1] ?? "");
      return found === undefined ? [] : [{ file, name: found, isDocumented }];
    });
    const passedOn = [...textOf(file).matchAll(/\bexport (?:type )?\{([^}]*)\}/g)]
      .flatMap(([, list = ""]) => namesIn(list, 1))
      .map((one) => ({ file, name: one, isDocumented: true }));
    return [...own, ...passedOn];
  });
}

/**
 * Who imports an export: paths, by `path: name`. Of a module that is loaded as one value, every
 * name that is written.
 */
function importsOf(all: readonly File[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const statement = /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s+"(\.[^"]+)"/g;
  const loading = /\bimport\(\s*"(\.[^"]+)"|\* as \w+ from "(\.[^"]+)"/g;
  for (const file of all) {
    const [path, text] = [file.path, textOf(file)];
    const named = [...text.matchAll(statement)].map(
      ([, list = "", target = ""]) => [target, namesIn(list, 0)] as const,
    );
    const loaded = [...text.matchAll(loading)].map(
      ([, one, two = ""]) => [one ?? two, text.match(/\w+/g) ?? []] as const,
    );
    for (const [target, names] of [...named, ...loaded])
      for (const each of new Set(names)) {
        const key = `${normalize(join(dirname(path), target))}: ${each}`;
        found.set(key, [...(found.get(key) ?? []), path]);
      }
  }
  return found;
}

/** The names of a list in braces; of `a as b` the one before (0) or behind it (1). */
function namesIn(list: string, side: 0 | 1): string[] {
  return list.split(",").flatMap((part) => {
    const [before = "", behind = before] = part
      .trim()
      .replace(/^type /, "")
      .split(" as ");
    return before === "" ? [] : [side === 0 ? before : behind];
  });
}
