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

test("a word of the glossary names one thing in code", () => {
  const others = everything.filter(({ path }) => path !== "test/words.test.ts");
  assert.deepEqual(others.flatMap(findSecondMeanings), []);
});

test("a second meaning of a word is found", () => {
  const count = (path: string, ...lines: string[]): number =>
    findSecondMeanings({ path, folder: "", lines }).length;
  assert.equal(count("src/cli/context.ts", "const door = await open.log(options);"), 1);
  assert.equal(count("src/cli/client/found.ts", "export type GatewayDoor = {"), 1);
  assert.equal(count("src/cli/actors/outcome.ts", "if (isAtDoor(source)) return;"), 0);
  assert.equal(count("src/http/door.ts", "export type DoorParts = {"), 0);
  assert.equal(count("web/src/orders/CancelAll.svelte", "let stage = $state(null);"), 1);
  assert.equal(count("src/domain/state/settlement-stage.ts", "const stage = nextStage(of);"), 0);
  assert.equal(count("src/kafka/connection.ts", "const lane = lanes[0];"), 1);
  assert.equal(count("src/domain/state/queue.ts", "export type Place<Value> = {"), 1);
  assert.equal(count("web/src/frame/theme.svelte.ts", 'const place = "sauda.theme";'), 1);
  assert.equal(count("src/services/step-place.ts", "export type StepPlace = {"), 0);
  assert.equal(count("src/cli/actors/ask-market.ts", "export type Request = {"), 1);
  assert.equal(count("src/domain/decide/request.ts", "export type Request = Omit<"), 0);
  assert.equal(count("src/cli/actors/outcome.ts", "export type Answer = DecidedStep & {"), 1);
  assert.equal(count("src/domain/facts/origin.ts", "export type DoorRequest = {"), 1);
  assert.equal(count("src/services/trouble.ts", "type Refusal = Trouble;"), 1);
  assert.equal(count("src/cli/context.ts", '"the door", `stage`'), 0);
});

/** Where a word of the glossary of ARCHITECTURE.md, as a name or a line of code, is at home. */
const glossary: readonly { readonly names: RegExp; readonly home: RegExp }[] = [
  {
    names: partOf("door"),
    home: /^(src\/(domain|protocol|services|scenario|http)|test\/(?!cli\/))/,
  },
  { names: partOf("lane"), home: /(^|\/)journey(\/|\.)|^test\// },
  {
    names: partOf("stage"),
    home: /^(src\/(domain|protocol|services|http|scenario)|web\/src\/clearing|test)\//,
  },
  { names: typed("Places?"), home: /^$/ },
  { names: /^const place = ""/, home: /^(?!web\/)/ },
  { names: typed("Request"), home: /^src\/domain\/decide\/request\.ts$/ },
  { names: typed("(Door|Control)Request"), home: /^$/ },
  { names: typed("Answer"), home: /^src\/(domain\/facts\/command|memory\/request)\.ts$|^bench/ },
  { names: typed("Refusal"), home: /^src\/(domain\/decide\/refusal\.ts$|http\/)|^test\/http\// },
];

/** The gateway's own words that the terminal, which asks it, may use. */
const ofGateway = new Set(["isAtDoor", "DoorAnswer"]);

function partOf(word: string): RegExp {
  const capital = word.replace(/^./, (first) => first.toUpperCase());
  return new RegExp(`^(${word}|\\w*${capital})s?([A-Z]\\w*)?$`);
}

function typed(name: string): RegExp {
  return new RegExp(`^(export )?(type|class) ${name}[ <]`);
}

function findSecondMeanings(file: File): string[] {
  const elsewhere = glossary.filter(({ home }) => !home.test(file.path));
  const isSecond = (name: string): boolean => elsewhere.some(({ names }) => names.test(name));
  return findLines(file, /\w/).filter((found) =>
    namesIn(found.slice(found.indexOf(": ") + 2)).some(isSecond),
  );
}

/** The line of code without what stands in its texts, and each name in it. */
function namesIn(line: string): string[] {
  const code = line.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""').replace(/\/\/.*/, "");
  return [code, ...(code.match(/[A-Za-z]\w*/g) ?? [])].filter((name) => !ofGateway.has(name));
}

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
