import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { readyProgram } from "../src/cli/commands.ts";
import { readConfig } from "../src/cli/config.ts";
import { everyCommand } from "../src/cli/lazy-commands.ts";
import { root, startProgram } from "./acceptance/market-process.ts";

/** A line that a document shows, up to what a shell or a sentence makes of its end. */
type Line = { readonly file: string; readonly of: string; readonly words: readonly string[] };

const begins = /(?:(?:npx |bin\/|`|\$ |^)sauda(?:\.js)?|npm start --|npm run ([\w:]+) --)/;
const lineShown = new RegExp(`${begins.source} ([^\\n\`#|;&)(>"]+)`, "gm");

function linesIn(file: string): Line[] {
  const shown = readFileSync(join(root, file), "utf8").matchAll(lineShown);
  return [...shown].map(([whole, script = "", rest = ""]) => {
    const words = rest.trim().split(/\s+/);
    const ofUp = whole.startsWith("npm start") ? ["up"] : [];
    return { file, of: script || "sauda", words: [...ofUp, ...words] };
  });
}

const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
const lines = ["README.md", "ARCHITECTURE.md", ...inFolder("docs"), ...inFolder("docs/decisions")]
  .flatMap(linesIn)
  .map((line) => ({ ...line, words: line.words.map((word) => word.replace(/[.,:]+$/, "")) }));

const program = await readyProgram(readConfig(), everyCommand);

/** What of a line's words the program does not have. */
function unknownIn(words: readonly string[]): string[] {
  let command: Command = program;
  let next = 0;
  for (; ; next += 1) {
    const inner = command.commands.find((one) => one.name() === words[next]);
    if (inner === undefined) break;
    command = inner;
  }
  const [word = "", ...rest] = words.slice(next);
  const isCommand = command.commands.length > 0 && /^[a-z]/.test(word);
  const options = [word, ...rest].filter((each) => /^--?[a-z]/.test(each));
  const unknown = options.filter((each) => !isOption(command, each));
  return isCommand ? [word, ...unknown] : unknown;
}

function isOption(command: Command, word: string): boolean {
  const [name] = word.split("=");
  if (name === "--help" || name === "--version") return true;
  return command.options.some(({ long, short }) => name === long || name === short);
}

test("every line of sauda that the documents show is of a command, with options, that there is", () => {
  const shown = lines.filter(({ of }) => of === "sauda");
  ok(shown.length > 120, `${shown.length} lines`);
  for (const { file, words } of shown)
    deepEqual(unknownIn(words), [], `${file}: sauda ${words.join(" ")}`);
});

test("every npm line that the documents show is of a script, with words and options, that there is", async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const shown = lines.filter(({ of }) => of !== "sauda");
  ok(shown.length > 20, `${shown.length} lines`);
  for (const name of new Set(shown.map(({ of }) => of))) {
    const [node, ...words] = (scripts[name] ?? "").split(" ");
    equal(node, "node", `npm run ${name}`);
    const asked = startProgram(process.execPath, [...words, "--help"], { cwd: root }, name);
    equal((await asked.ended()).code, 0);
    const help = asked.out.join("\n");
    for (const { file, words: given } of shown.filter(({ of }) => of === name))
      for (const word of given.filter((each) => /^(--)?[a-z][a-z-]+$/.test(each)))
        ok(
          new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(help),
          `${file}: npm run ${name} -- ${given.join(" ")}`,
        );
  }
});
