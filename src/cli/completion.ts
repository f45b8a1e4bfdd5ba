import { Argument, type Command, type Option } from "commander";
import { newCommand } from "./program.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

/**
 * `sauda completion bash|zsh|fish`: the script by which a shell completes our commands, made from
 * them; `whole` brings the program with all of them.
 */
export function registerCompletion(
  program: Command,
  whole: () => Promise<Command>,
  terminal: Terminal = processTerminal,
): void {
  newCommand(program, {
    name: "completion",
    examples: [
      "alias sauda='npx sauda'; source <(npx sauda completion bash)     # in ~/.bashrc",
      "alias sauda='npx sauda'; source <(npx sauda completion zsh)      # in ~/.zshrc, after compinit",
      "npx sauda completion fish > ~/.config/fish/completions/sauda.fish",
    ],
  })
    .addArgument(new Argument("<shell>").choices(shells))
    .action(async (shell: Shell) => {
      const commandLines = listCommandLines(await whole());
      const script = shell === "fish" ? fishScript(commandLines) : posixScript(commandLines, shell);
      terminal.out.write(script);
    });
}

/**
 * A command by the words that lead to it, each with a space before it: `" dlq list"`; the program's
 * is empty.
 */
type CommandLine = { readonly words: string; readonly command: Command };

function listCommandLines(command: Command, words = ""): CommandLine[] {
  const inner = command.commands.map((one) => listCommandLines(one, `${words} ${one.name()}`));
  return [{ words, command }, ...inner.flat()];
}

/** Options by their long names; `--help` is commander's own. */
function flagsOf(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => long ?? []), "--help"];
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** Bash of version 3.2 on, and zsh: what may follow is looked up by the words before. */
function posixScript(commandLines: readonly CommandLine[], shell: "bash" | "zsh"): string {
  const cases = (list: (line: CommandLine) => readonly string[]): string[] =>
    commandLines
      .map((line) => ({ words: line.words, all: list(line) }))
      .filter(({ all }) => all.length > 0)
      .map(({ words, all }) => `    "${words}") echo "${all.join(" ")}" ;;`);
  const values = commandLines.flatMap(({ words, command }) =>
    command.options.filter(takesValue).map(({ long, argChoices }) => {
      return `    "${words} ${long}") echo "${argChoices?.join(" ") ?? ""}" ;;`;
    }),
  );
  const choices = ({ command }: CommandLine): string[] =>
    command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [
    `# ${shell} completion for sauda, made by: npx sauda completion ${shell}`,
    "_sauda_commands() {",
    '  case "$1" in',
    ...cases(({ command }) => command.commands.map((one) => one.name())),
    "  esac",
    "}",
    "_sauda_words() {",
    '  _sauda_commands "$1"',
    '  case "$1" in',
    ...cases((line) => [...choices(line), ...flagsOf(line.command)]),
    "  esac",
    "}",
    "# What may be the value of an option; fails where the word is no option with a value.",
    "_sauda_values() {",
    '  case "$1 $2" in',
    ...values,
    "    *) return 1 ;;",
    "  esac",
    "}",
    ...(shell === "bash" ? bashEnd : zshEnd),
    "",
  ].join("\n");
}

const bashEnd = [
  "_sauda() {",
  '  local here="" word i found',
  "  for ((i = 1; i < COMP_CWORD; i++)); do",
  '    word="${COMP_WORDS[i]}"',
  '    case " $(_sauda_commands "$here" | tr "\\n" " ") " in *" $word "*) here="$here $word" ;; esac',
  "  done",
  '  found="$(_sauda_values "$here" "${COMP_WORDS[COMP_CWORD - 1]}")" || found="$(_sauda_words "$here")"',
  '  COMPREPLY=($(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}"))',
  "}",
  "complete -o default -F _sauda sauda",
];

const zshEnd = [
  "_sauda() {",
  '  local here="" word i found',
  "  for ((i = 2; i < CURRENT; i++)); do",
  '    word="${words[i]}"',
  '    case " $(_sauda_commands "$here" | tr "\\n" " ") " in *" $word "*) here="$here $word" ;; esac',
  "  done",
  '  found="$(_sauda_values "$here" "${words[CURRENT - 1]}")" || found="$(_sauda_words "$here")"',
  '  if [[ -n "$found" ]]; then compadd -- ${=found}; else _files; fi',
  "}",
  "compdef _sauda sauda",
];

function fishScript(commandLines: readonly CommandLine[]): string {
  const lines = commandLines.flatMap(({ words, command }) => {
    const when = words === "" ? "__fish_use_subcommand" : `__sauda_at${words}`;
    const names = command.commands.map(
      (one) => `complete -c sauda -f -n '${when}' -a ${one.name()} -d ${quoted(one.summary())}`,
    );
    const options = command.options.flatMap((option) => {
      const { long, description, argChoices } = option;
      if (long === undefined) return [];
      const value = takesValue(option) ? " -r" : "";
      const choices = argChoices === undefined ? "" : ` -f -a '${argChoices.join(" ")}'`;
      const name = long.replace(/^--/, "");
      return `complete -c sauda -n '${when}' -l ${name}${value}${choices} -d ${quoted(description)}`;
    });
    const choices = command.registeredArguments
      .flatMap(({ argChoices }) => argChoices ?? [])
      .map((choice) => `complete -c sauda -f -n '${when}' -a ${choice}`);
    return [...names, ...choices, ...options];
  });
  return [
    "# fish completion for sauda, made by: npx sauda completion fish",
    "function __sauda_at",
    "  set -l words (string match -v -- '-*' (commandline -opc)[2..])",
    "  set -l n (count $argv)",
    '  test (count $words) -ge $n; and test "$words[1..$n]" = "$argv"',
    "end",
    ...lines,
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
