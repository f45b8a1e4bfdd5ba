import { PassThrough, Readable } from "node:stream";
import { CommanderError } from "commander";
import { actorLoaders } from "../../src/cli/actors/actors.ts";
import { addCommands } from "../../src/cli/lazy-commands.ts";
import type { GatewayEndpoint } from "../../src/cli/client/gateway-client.ts";
import type { LogClient, OpenMarket } from "../../src/cli/log-client.ts";
import { Failure, exitCode } from "../../src/cli/output.ts";
import { newProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** What a command said and how it ended. */
export type Acted = { readonly code: number; readonly out: string[]; readonly err: string };

/**
 * How a command is run: what is piped into it; for a prompt, keys are written to `input` instead.
 */
type ActOptions = { readonly piped?: string; readonly terminal?: TestTerminal };

/** A terminal whose output a test reads and whose keys it presses. */
type TestTerminal = Terminal & {
  readonly keys: PassThrough;
  readonly output: { out: string; err: string; code: number };
};

/** A terminal with a person at it. */
export function personAtTerminal(): TestTerminal {
  const keys = Object.assign(new PassThrough(), { isTTY: true });
  return { ...testTerminal(keys), keys };
}

/** Runs a command line on an open market, by its log or its gateway, as `main.ts` does. */
export async function act(
  market: LogClient | GatewayEndpoint,
  words: string[],
  options: ActOptions = {},
): Promise<Acted> {
  const piped = Readable.from(options.piped === undefined ? [] : [Buffer.from(options.piped)]);
  const terminal = options.terminal ?? { ...testTerminal(piped), keys: new PassThrough() };
  const { output } = terminal;
  const program = newProgram().configureOutput({
    writeOut: (text) => (output.out += text),
    writeErr: (text) => (output.err += text),
  });
  const open: OpenMarket = {
    log: async () => {
      if ("http" in market) throw new Failure("this test has no log");
      return { ...market, close: async () => {} };
    },
    gateway: async () => ("http" in market ? market : null),
    asksLog: !("http" in market),
  };
  await addCommands(program, actorLoaders({ program, open, terminal }), words);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    output.code = explain(error, output);
  }
  const out = output.out.split("\n").filter((line) => line !== "");
  return { code: output.code, out, err: output.err };
}

function explain(error: unknown, output: { err: string }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (!(error instanceof Failure)) throw error;
  output.err += error.message;
  return error.code;
}

function testTerminal(input: Readable): Omit<TestTerminal, "keys"> {
  const output = { out: "", err: "", code: 0 };
  const interrupted = new AbortController();
  const collect = (into: "out" | "err"): PassThrough =>
    new PassThrough().on("data", (bytes: Buffer) => (output[into] += bytes.toString()));
  return {
    input,
    out: collect("out"),
    err: collect("err"),
    output,
    interruptible: <Value>(work: (signal: AbortSignal) => Promise<Value>) =>
      work(interrupted.signal),
    interrupt: () => interrupted.abort(),
    setExitCode(code: number) {
      output.code = Math.max(output.code, code);
    },
  };
}
