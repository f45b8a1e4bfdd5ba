import { Readable } from "node:stream";
import { CommanderError } from "commander";
import { actorLoaders } from "./actors.ts";
import type { OpenMarket } from "../log-client.ts";
import { Failure } from "../output.ts";
import { addCommands } from "../lazy-commands.ts";
import { newProgram } from "../program.ts";
import type { LineOutcome } from "./prompt-lines.ts";
import type { Context } from "../context.ts";
import type { Terminal } from "../terminal.ts";

/** Runs the words of a line at a prompt as a command. A failure is told, and the prompt goes on. */
export async function runWords(
  context: Pick<Context, "output" | "signal" | "terminal">,
  open: OpenMarket,
  words: readonly string[],
): Promise<LineOutcome> {
  const { output } = context;
  const codes: number[] = [];
  const program = newProgram().usage("<command> [options]");
  await addCommands(
    program,
    actorLoaders({ program, open, terminal: innerTerminal(context, codes) }),
    words,
  );
  try {
    await program.parseAsync(output.isJson ? [...words, "--json"] : words, { from: "user" });
    return Math.max(0, ...codes) === 0 ? "done" : "failed";
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? "done" : "bad";
    if (!(error instanceof Failure)) throw error;
    output.warn(error.message);
    return "failed";
  }
}

/** Words at spaces; "what is quoted" is one. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/**
 * The command speaks where the prompt speaks, ends when the prompt ends, and gets no input of
 * its own.
 */
function innerTerminal(
  { signal, terminal }: Pick<Context, "signal" | "terminal">,
  codes: number[],
): Terminal {
  return {
    ...terminal,
    input: Readable.from([]),
    interruptible: (work) => work(signal),
    setExitCode: (code) => {
      codes.push(code);
    },
  };
}
