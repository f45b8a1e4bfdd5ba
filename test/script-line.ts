import { CommanderError, InvalidArgumentError, type Command } from "commander";
import { exitCode } from "../src/cli/output.ts";
import { newProgram, withHelp } from "../src/cli/program.ts";
import { nearest } from "./nearest.ts";

/** A program that npm starts, such as `npm run bench`; its help begins with examples. */
export function newScript(name: string, help: Parameters<typeof withHelp>[1]): Command {
  return withHelp(newProgram().name(`${name} --`), help);
}

/** Takes one more of the known words; says of another which one it is nearest to. */
export function oneOf(known: readonly string[]) {
  return (word: string, before: readonly string[] = []): string[] => {
    if (known.includes(word)) return [...before, word];
    const near = nearest(word, known);
    const meant = near === null ? "" : `Did you mean ${near}? `;
    throw new InvalidArgumentError(`${meant}There are ${known.join(", ")}.`);
  };
}

/**
 * Reads the line of this process. Ends the process before anything is started: with 0 where help
 * was asked for, with 2 where there is no such word, option or value.
 */
export function readLine(script: Command): Command {
  try {
    return script.parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage);
  }
}
