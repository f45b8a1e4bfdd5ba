import type { Command } from "commander";
import { summaries, type CommandName } from "./summaries.ts";

/** Commands by name: each loads its file, which adds the command to the program. */
export type Loaders = Readonly<Partial<Record<CommandName, () => Promise<void>>>>;

/** Instead of a line's words, for whoever looks at all commands. */
export const everyCommand = "every command";

/**
 * Adds commands to a program that is to read `words`, in the order of the summaries: whole the one
 * that is named, and of all others the name and what they are for. So a line loads the file of its
 * own command alone.
 */
export async function addCommands(
  program: Command,
  loaders: Loaders,
  words: readonly string[] | typeof everyCommand,
): Promise<void> {
  const named = words === everyCommand ? everyCommand : namedCommand(words);
  for (const name of Object.keys(summaries) as CommandName[]) {
    const load = loaders[name];
    if (load === undefined) continue;
    if (named === name || named === everyCommand) await load();
    else program.command(name).summary(summaries[name]);
  }
}

/** The word that commander takes for the command: no option of the program itself has a value. */
function namedCommand(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
}
