import { Command, InvalidArgumentError, type Argument, type Option } from "commander";
import { summaries, type CommandName } from "./summaries.ts";

/** What a command is for. `examples` are the first thing its help shows. */
type Help = {
  readonly summary: string;
  readonly examples: readonly string[];
  /** What else there is to say. */
  readonly more?: string;
};

/** What a command is called, and its help; one that `sauda --help` lists has its summary there. */
export type CommandHelp = Omit<Help, "summary"> &
  (
    | { readonly name: CommandName; readonly summary?: undefined }
    | { readonly name: string; readonly summary: string }
  );

/** Adds a command to a program, or to one of its commands. */
export function newCommand(program: Command, help: CommandHelp): Command {
  const summary = help.summary ?? summaries[help.name];
  return withHelp(program.command(help.name), { ...help, summary });
}

/** Gives a command its help, which starts with examples. */
export function withHelp(command: Command, { summary, examples, more }: Help): Command {
  const title = examples.length === 1 ? "Example" : "Examples";
  return command
    .summary(summary)
    .description(more === undefined ? summary : `${summary}\n\n${more}`)
    .addHelpText("before", [`${title}:`, ...examples.map((line) => `  ${line}`), ""].join("\n"));
}

/**
 * The program or one of its commands: commander's, but for what it says to a line that it
 * cannot use.
 */
class SaudaCommand extends Command {
  override createCommand(name?: string): SaudaCommand {
    return new SaudaCommand(name);
  }

  /** A word of no letters is a variable that nobody set, and no path, name or id. */
  override addOption(option: Option): this {
    if (!option.isBoolean() && option.parseArg === undefined) option.argParser(readGiven);
    return super.addOption(option);
  }

  override addArgument(argument: Argument): this {
    if (argument.parseArg !== undefined) return super.addArgument(argument);
    if (argument.variadic) argument.argParser(collect);
    else argument.argParser(readGiven);
    return super.addArgument(argument);
  }

  /** Commander names the first that is missing, and the next only when that is there. */
  missingMandatoryOptionValue(): void {
    this.error(
      `error: missing ${[...this.missingArguments(), ...this.missingOptions()].join(", ")}`,
    );
  }

  missingArgument(): void {
    this.missingMandatoryOptionValue();
  }

  /** A word after a command that has commands of its own is a misspelled one. */
  _excessArguments(words: readonly string[]): void {
    const word = words[this.registeredArguments.length] ?? "";
    const named = this.commands.map((command) => command.name()).join(", ");
    const instead = named === "" ? "it takes no more words" : `it has ${named}`;
    this.error(`error: ${this.name()} ${word}: there is no such thing; ${instead}`);
  }

  private missingOptions(): string[] {
    const isMissing = (option: Option): boolean =>
      option.mandatory && this.getOptionValue(option.attributeName()) === undefined;
    return this.options.filter(isMissing).map(({ flags }) => flags);
  }

  private missingArguments(): string[] {
    return this.registeredArguments
      .slice(this.args.length)
      .filter(({ required }) => required)
      .map((argument) => `<${argument.name()}>`);
  }
}

/** Reads any word for an option or an argument, but one of no letters. */
function readGiven(text: string): string {
  if (text === "") throw new InvalidArgumentError("give a value that is not empty");
  return text;
}

/** Takes one more value of an option or an argument that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, readGiven(value)];
}

/** A program without commands. Breaks with CommanderError instead of ending the process. */
export function newProgram(): Command {
  return new SaudaCommand("sauda")
    .configureHelp({
      optionDescription: describeOption,
      subcommandTerm: (command) => command.name(),
    })
    .showHelpAfterError("(add --help to see examples)")
    .exitOverride();
}

/** A list that starts empty has no default to show. */
function describeOption(option: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = option;
  const extra: string[] = [];
  if (argChoices !== undefined) extra.push(`choices: ${argChoices.join(", ")}`);
  const isShown = defaultValue !== undefined && !Array.isArray(defaultValue) && !option.negate;
  if (isShown) extra.push(`default: ${defaultValueDescription ?? String(defaultValue)}`);
  return extra.length === 0 ? description : `${description} (${extra.join("; ")})`;
}
