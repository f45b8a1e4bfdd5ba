import type { Command } from "commander";
import { realClock, type Clock } from "../services/clock.ts";
import { Stop } from "../services/stop.ts";
import type { LogClient } from "./log-client.ts";
import { Failure, exitCode, makeOutput, type Output } from "./output.ts";
import { newCommand, type CommandHelp } from "./program.ts";
import type { Registry } from "./registry.ts";
import type { Terminal } from "./terminal.ts";

/** What every command works with at its terminal. */
export type TerminalContext = {
  readonly terminal: Terminal;
  readonly output: Output;
  readonly clock: Clock;
  /** Aborted by Ctrl-C: end cleanly. */
  readonly signal: AbortSignal;
};

/** All that a command works with that has the log itself. */
export type Context = TerminalContext & { readonly logClient: LogClient };

/** Options that every command at the terminal has. */
export type ContextOptions = { readonly kafka?: string; readonly json?: boolean };

/** Adds a command with the options that all have. */
export function addCommand({ program }: Pick<Registry, "program">, help: CommandHelp): Command {
  return newCommand(program, help)
    .option("--kafka <host:port>", "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)")
    .option("--json", "facts as JSON, one object a line");
}

/** Runs a command at its terminal until its end or Ctrl-C; its result is the exit code. */
export async function atTerminal(
  terminal: Terminal,
  { json = false }: Pick<ContextOptions, "json">,
  run: (context: TerminalContext) => Promise<number>,
): Promise<void> {
  const output = makeOutput(json, terminal);
  const code = await terminal.interruptible((signal) =>
    run({ terminal, output, clock: realClock, signal }),
  );
  terminal.setExitCode(code);
}

/** Opens the log, runs the command, closes the log; its result is the exit code. */
export function withContext(
  { open, terminal }: Omit<Registry, "program">,
  options: ContextOptions,
  run: (context: Context) => Promise<number>,
): Promise<void> {
  return atTerminal(terminal, options, async (context) => {
    const logClient = await open.log(options.kafka === undefined ? {} : { kafka: options.kafka });
    try {
      return await run({ ...context, logClient });
    } catch (error) {
      if (error instanceof Stop) throw new Failure(`stopped: ${error.message}`, exitCode.stopped);
      throw error;
    } finally {
      await logClient.close();
    }
  });
}
