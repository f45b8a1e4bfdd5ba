import type { Command } from "commander";
import { realClock } from "../services/clock.ts";
import type { Clock } from "../services/clock.ts";
import { Stop } from "../services/stop.ts";
import type { Door, OpenDoor } from "./door.ts";
import { Failure, exitCode, makeOutput } from "./output.ts";
import type { Output } from "./output.ts";
import { withHelp } from "./program.ts";
import type { Help } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/** All that a command at the terminal works with. */
export type Context = {
  readonly door: Door;
  readonly terminal: Terminal;
  readonly output: Output;
  readonly clock: Clock;
  /** Aborted by Ctrl-C: end cleanly. */
  readonly signal: AbortSignal;
};

/** Options that every command at the terminal has. */
export type ContextOptions = { readonly kafka?: string; readonly json?: boolean };

/** What a command is called and for, and its help's examples. */
export type CommandHelp = Help & { readonly name: string };

/** Adds a command with the options that all have. */
export function addCommand(program: Command, help: CommandHelp): Command {
  return withHelp(program.command(help.name), help)
    .option("--kafka <host:port>", "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)")
    .option("--json", "facts as JSON, one object a line");
}

/** Opens the door, runs the command, closes the door; its result is the exit code. */
export async function withContext(
  open: OpenDoor,
  terminal: Terminal,
  options: ContextOptions,
  run: (context: Context) => Promise<number>,
): Promise<void> {
  const output = makeOutput(options.json === true, terminal);
  const code = await terminal.interruptible(async (signal) => {
    const door = await open.log(options.kafka === undefined ? {} : { kafka: options.kafka });
    try {
      return await run({ door, terminal, output, clock: realClock, signal });
    } catch (error) {
      if (error instanceof Stop) throw new Failure(`stopped: ${error.message}`, exitCode.stopped);
      throw error;
    } finally {
      await door.close();
    }
  });
  terminal.setExitCode(code);
}
