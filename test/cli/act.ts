import { PassThrough, Readable } from "node:stream";
import { CommanderError } from "commander";
import { actorLoaders } from "../../src/cli/actors/actors.ts";
import { addCommands } from "../../src/cli/lazy-commands.ts";
import type { GatewayDoor } from "../../src/cli/client/gateway-client.ts";
import type { Door, OpenDoor } from "../../src/cli/door.ts";
import { Failure, exitCode } from "../../src/cli/output.ts";
import { newProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** What a command said and how it ended. */
export type Acted = { readonly code: number; readonly out: string[]; readonly err: string };

/** How a command is run: what is piped into it; for a prompt, keys are written to `input` instead. */
type ActOptions = { readonly piped?: string; readonly terminal?: TestTerminal };

/** A terminal whose output a test reads and whose keys it presses. */
type TestTerminal = Terminal & {
  readonly keys: PassThrough;
  readonly said: { out: string; err: string; code: number };
};

/** A terminal with a person at it. */
export function personAtTerminal(): TestTerminal {
  const keys = Object.assign(new PassThrough(), { isTTY: true });
  return { ...testTerminal(keys), keys };
}

/** Runs a command line on an open door, a log's or a gateway's, as `main.ts` does. */
export async function act(
  door: Door | GatewayDoor,
  words: string[],
  options: ActOptions = {},
): Promise<Acted> {
  const piped = Readable.from(options.piped === undefined ? [] : [Buffer.from(options.piped)]);
  const terminal = options.terminal ?? { ...testTerminal(piped), keys: new PassThrough() };
  const { said } = terminal;
  const program = newProgram().configureOutput({
    writeOut: (text) => (said.out += text),
    writeErr: (text) => (said.err += text),
  });
  const open: OpenDoor = {
    log: async () => {
      if ("http" in door) throw new Failure("this test has no log");
      return { ...door, close: async () => {} };
    },
    gateway: async () => ("http" in door ? door : null),
    asksLog: !("http" in door),
  };
  await addCommands(program, actorLoaders({ program, open, terminal }), words);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    said.code = explain(error, said);
  }
  const out = said.out.split("\n").filter((line) => line !== "");
  return { code: said.code, out, err: said.err };
}

function explain(error: unknown, said: { err: string }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (!(error instanceof Failure)) throw error;
  said.err += error.message;
  return error.code;
}

function testTerminal(input: Readable): Omit<TestTerminal, "keys"> {
  const said = { out: "", err: "", code: 0 };
  const interrupted = new AbortController();
  const collect = (into: "out" | "err"): PassThrough =>
    new PassThrough().on("data", (bytes: Buffer) => (said[into] += bytes.toString()));
  return {
    input,
    out: collect("out"),
    err: collect("err"),
    said,
    interruptible: <Value>(work: (signal: AbortSignal) => Promise<Value>) =>
      work(interrupted.signal),
    interrupt: () => interrupted.abort(),
    setExitCode(code: number) {
      said.code = Math.max(said.code, code);
    },
  };
}
