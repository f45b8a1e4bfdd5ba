import assert from "node:assert/strict";
import { test } from "node:test";

import { everything, files, findLines, type File } from "./our-files.ts";

test("comments are wrapped at 100 columns", () => {
  assert.deepEqual(everything.flatMap(findWideComments), []);
});

test("a wide comment is found", () => {
  const wide = "word ".repeat(20);
  const lines = [`  // ${wide}`, ` * ${wide}`, `  call(); // ${wide}`, `"${wide}";`, "// short"];
  assert.equal(findWideComments({ path: "x.ts", folder: "x", lines }).length, 3);
});

test("in the domain -ing names what decides and emits, a noun what is or is asked", () => {
  const domain = files.filter(({ folder }) => folder === "domain");
  assert.deepEqual(domain.flatMap(findMisnamed), []);
});

test("a file of the domain that is named for what it is not is found", () => {
  const emits = ['  emit(decision, { type: "OrderExpired" });'];
  const count = (path: string, lines: readonly string[]): number =>
    findMisnamed({ path, folder: "domain", lines }).length;
  assert.equal(count("domain/decide/tick/end.ts", emits), 1);
  assert.equal(count("domain/decide/tick/ending.ts", []), 1);
  assert.equal(count("domain/state/keeping.ts", []), 1);
  assert.equal(count("domain/decide/tick/ending.ts", emits), 0);
  assert.equal(count("domain/facts/clearing-event.ts", []), 0);
});

test("nothing is called `said`: a name is the noun that is meant", () => {
  const named = /\b(const|let|function) said\b|\(said[:,)]|\bsaid\) =>|[{,] said[,: }].*\} = /;
  const others = everything.filter(({ path }) => path !== "test/words.test.ts");
  assert.deepEqual(
    others.flatMap((file) => findLines(file, named)),
    [],
  );
});

/** Comments that pass the column where the formatter wraps code; it leaves them alone. */
function findWideComments({ path, lines }: File): string[] {
  const comment = /^\s*(\/\/|\/?\*|<!--)|[^:] \/\/ [^"'`]*$/;
  return lines.flatMap((line, index) =>
    line.length > 100 && comment.test(line) ? [`${path}:${index + 1}`] : [],
  );
}

/**
 * In the rooms of `decide` work is named in -ing, and emits; elsewhere in the domain nothing is.
 */
function findMisnamed({ path, lines }: File): string[] {
  const words = (path.split("/").at(-1) ?? "").replace(".ts", "").split("-");
  const isWork = words.some((word) => word.endsWith("ing") && word !== "clearing");
  const emits = lines.some((line) => /\b(emit|post|endOrder|expireOrder)\(/.test(line));
  if (/^domain\/decide\/\w+\//.test(path)) return isWork === emits ? [] : [path];
  return isWork && !path.startsWith("domain/decide/") ? [path] : [];
}
