import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { Command } from "commander";
import { readyProgram } from "../../src/cli/commands.ts";
import { readConfig } from "../../src/cli/config.ts";
import { everyCommand as every } from "../../src/cli/lazy-commands.ts";
import { root, sauda } from "../acceptance/market-process.ts";

const run = promisify(execFile);
const program = await readyProgram(readConfig(), every);

/** Every command with the words that lead to it. */
function everyCommand(command: Command, words: readonly string[] = []): [string, Command][] {
  const inner = command.commands.flatMap((one) => everyCommand(one, [...words, one.name()]));
  return [[words.join(" "), command], ...inner];
}
const commands = everyCommand(program);

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help;
}

describe("help", () => {
  test("starts with examples, of every command", () => {
    ok(commands.length > 45, String(commands.length));
    for (const [words, command] of commands)
      match(helpOf(command), /^Examples?:\n {2}\S/, `sauda ${words} --help`);
  });

  test("shows each default as it would be typed", () => {
    let seen = 0;
    for (const [words, command] of commands)
      for (const {
        long,
        description,
        defaultValue,
        defaultValueDescription,
        parseArg,
      } of command.options) {
        if (defaultValue === undefined || Array.isArray(defaultValue)) continue;
        if (typeof defaultValue === "boolean") continue;
        seen += 1;
        const shown = defaultValueDescription ?? String(defaultValue);
        const help = helpOf(command).replaceAll(/\s+/g, " ");
        ok(help.includes(`default: ${shown}`), `sauda ${words} ${long}: ${description}`);
        const typed: unknown = parseArg === undefined ? shown : parseArg(shown, undefined);
        deepStrictEqual(typed, defaultValue, `sauda ${words} ${long} ${shown}`);
      }
    ok(seen > 20, String(seen));
    ok(commands.every(([, command]) => !helpOf(command).includes("default: [")));
  });

  test("--version says what package.json says", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    deepStrictEqual(await sauda(["--version"]), { code: 0, out: [version], err: [] });
  });
});

describe("a line that cannot be used", () => {
  test("all that is missing is named at once", async () => {
    for (const [words, missing] of [
      [["order"], "--participant <name>, --symbol <symbol>, --side <side>, --quantity <shares>"],
      [["order", "--side", "BUY"], "--participant <name>, --symbol <symbol>, --quantity <shares>"],
      [
        ["pay-in"],
        "<settlement-number>, --participant <name>, --symbol <symbol>, --quantity <shares>",
      ],
      [["charges", "100"], "<symbol>, <price>"],
      [["keys", "add"], "<id>"],
    ] as const) {
      const { code, err } = await sauda(words);
      strictEqual(code, 2);
      strictEqual(err[0], `error: missing ${missing}`);
    }
  });

  test("a word of no letters is no value of any option and no argument: a path would be this folder", async () => {
    for (const [words, { options, registeredArguments }] of commands) {
      for (const option of options.filter((one) => one.required || one.optional))
        throws(() => option.parseArg?.("", option.defaultValue), `${words} ${option.flags}`);
      for (const argument of registeredArguments)
        throws(() => argument.parseArg?.("", undefined), `${words} <${argument.name()}>`);
    }
    const { code, err } = await sauda(["archive", ""]);
    strictEqual(code, 2);
    match(String(err[0]), /argument 'folder'\. give a value that is not empty/);
  });

  test("a misspelled command is told the right one", async () => {
    for (const [words, right] of [
      ["oders", "orders"],
      ["counterpary", "counterparty"],
      ["dlq lst", "list"],
      ["books verfy", "verify"],
      ["kafka stat", "start"],
      ["scenario rn x.yaml", "run"],
    ] as const) {
      const { code, err } = await sauda(words.split(" "));
      strictEqual(code, 2, words);
      ok(err.join("\n").includes(right), `${words}: ${err.join("\n")}`);
    }
  });
});

test("a mode that is none is refused: it would open a market that was to be strict", async () => {
  for (const command of ["up", "exchange"]) {
    const { code, out, err } = await sauda([command, "--mode", "strcit"]);
    deepStrictEqual([code, out], [2, []]);
    match(String(err[0]), /--mode <mode>.*strcit.*open, strict/);
  }
});

test("notes have colours at a terminal alone, whatever else a machine sets, or where they are asked for", async () => {
  const notesOf = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const { code, err } = await sauda(["scenario", "run", "examples/scenarios/happy-trade.yaml"], {
      env,
    });
    deepStrictEqual(code, 0);
    return err.join("\n");
  };
  const plain = await notesOf({ CI: "true", COLORTERM: "truecolor" });
  ok(plain.length > 0 && !plain.includes("\x1B["), plain);
  const coloured = await notesOf({ FORCE_COLOR: "1" });
  ok(coloured.includes("\x1B["), coloured);
});

describe("completion", () => {
  let script: string;
  let folder: string;
  after(() => rm(folder, { recursive: true, force: true }));
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sauda-completion-"));
    script = (await sauda(["completion", "bash"])).out.join("\n");
  });

  /** What bash offers for the last of these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const line = words.map((word) => `'${word}'`).join(" ");
    const ask =
      `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sauda; ` +
      `printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["-c", `${script}\n${ask}`]);
    return stdout.split("\n").filter((word) => word !== "");
  }

  test("bash completes commands, options and values of every command", async () => {
    deepStrictEqual(await offered("sauda", "count"), ["counterparty"]);
    deepStrictEqual(await offered("sauda", "dlq", "s"), ["show"]);
    deepStrictEqual(await offered("sauda", "order", "--s"), ["--symbol", "--side"]);
    deepStrictEqual(await offered("sauda", "order", "--side", ""), ["BUY", "SELL"]);
    deepStrictEqual(await offered("sauda", "order", "--quantity", ""), []);
    deepStrictEqual(await offered("sauda", "completion", "f"), ["fish"]);
    for (const [words, command] of commands) {
      const found = await offered("sauda", ...words.split(" ").filter((word) => word !== ""), "");
      for (const { long } of command.options)
        ok(found.includes(long ?? ""), `sauda ${words} ${long}`);
      for (const inner of command.commands)
        ok(found.includes(inner.name()), `${words} ${inner.name()}`);
    }
  });

  for (const shell of ["bash", "zsh", "fish"])
    test(`${shell} can read its script`, async (context) => {
      const isThere = await run(shell, ["-c", "true"]).then(
        () => true,
        () => false,
      );
      if (!isThere) return context.skip(`there is no ${shell} here`);
      const file = join(folder, shell);
      await writeFile(file, (await sauda(["completion", shell])).out.join("\n"));
      await run(shell, ["-n", file]);
      if (shell === "bash") return;
      const ask = shell === "fish" ? askFish(file) : askZsh(file);
      const { stdout, stderr } = await run(shell, ask);
      deepStrictEqual([stdout.replaceAll(/\t.*$/gm, ""), stderr], ["show\nBUY\nSELL\n", ""]);
    });

  const askFish = (file: string): string[] => [
    "--no-config",
    "-c",
    `source ${file}; complete -C "sauda dlq s"; complete -C "sauda order --side "`,
  ];
  /** Zsh completes at a keyboard only: its function is called as zsh calls it. */
  const askZsh = (file: string): string[] => [
    "-fc",
    [
      'compdef() { : }; compadd() { shift; print -rl -- "${(M)@:#$words[CURRENT]*}" }',
      `source ${file}`,
      'words=(sauda dlq s); CURRENT=3; _sauda; words=(sauda order --side ""); CURRENT=4; _sauda',
    ].join("\n"),
  ];
});
