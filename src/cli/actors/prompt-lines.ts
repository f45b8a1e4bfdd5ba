import type { Readable } from "node:stream";
import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { Failure, exitCode } from "../output.ts";
import { isLeaving } from "./seed-lines.ts";
import {
  withContext,
  type Context,
  type ContextOptions,
  type TerminalContext,
} from "../context.ts";
import type { Registry } from "../registry.ts";
import { withSender, type Sender } from "./send-record.ts";

/** What became of a line: done, not understood, or understood and failed. */
export type LineOutcome = "done" | "bad" | "failed";

/** Where lines come from, and what to do with one. */
type LineWork = {
  /** Lines given as arguments. None: what is piped in, and at a terminal a prompt. */
  readonly lines: readonly string[];
  readonly prompt: string;
  /** Said once, before the prompt. */
  readonly hint: string;
  /** What is shown before a prompt. */
  readonly begin?: () => Promise<unknown>;
  readonly handle: (line: string) => Promise<LineOutcome>;
  /** Hears of each line that is not blank, `exit` too. */
  readonly heard?: () => void;
  /**
   * Ctrl-C at the prompt: ends the line that runs and says true, or says that none does. Absent: it
   * ends all.
   */
  readonly interrupt?: () => boolean;
  /** Runs beside the prompt; prints by `above`, so that what is being typed stays. */
  readonly beside?: (above: (print: () => void) => void, signal: AbortSignal) => Promise<void>;
};

/**
 * Handles lines until their end, `exit`, `quit`, Ctrl-C or Ctrl-D. Blank lines are ignored.
 * Returns the exit code: 2 if a line was bad (not at a prompt, where a person has seen it), 1 if
 * one failed.
 */
export async function handleLines(context: TerminalContext, work: LineWork): Promise<number> {
  const { input } = context.terminal;
  if (work.lines.length > 0) return handleAll(context, work, work.lines);
  if (input.isTTY !== true) return handlePiped(context, work);
  await work.begin?.();
  return handlePrompted(context, work);
}

/**
 * Opens the market, and handles lines by writing to it: those that are given, else what is piped in
 * or typed at a prompt; sets the exit code.
 */
export function sendLines(
  registry: Registry,
  options: ContextOptions,
  lines: readonly string[],
  work: (context: Context, sender: Sender) => Omit<LineWork, "lines">,
): Promise<void> {
  return withContext(registry, options, (context) =>
    withSender(context, (sender) => handleLines(context, { ...work(context, sender), lines })),
  );
}

/** Breaks with Failure where several lines would get the one id that an option gives. */
export function refuseManyLines(lines: readonly string[], option: string): void {
  if (lines.length > 1)
    throw new Failure(
      `${option} names one record: give one line, not ${lines.length}`,
      exitCode.usage,
    );
}

/** There is a stdin, and nothing can be read from it. */
export class NoInput extends Failure {
  constructor(code: string) {
    super(
      `stdin cannot be read (${code}): give lines as arguments, or pipe them in`,
      exitCode.usage,
    );
  }
}

async function handlePiped(context: TerminalContext, work: LineWork): Promise<number> {
  if (context.signal.aborted) return exitCode.done; // a signal that has been is not heard again
  const { input } = context.terminal;
  const lines = createInterface({ input, crlfDelay: Infinity });
  const close = (): void => lines.close();
  context.signal.addEventListener("abort", close, { once: true });
  const uncount = refuseEndless(input);
  const faults: unknown[] = [];
  const note = (error: NodeJS.ErrnoException): void => void faults.push(error);
  input.once("error", note);
  try {
    return await handleAll(context, work, lines);
  } catch (error) {
    // Under nohup at a terminal, say: a stdin that is open and cannot be read.
    if (error instanceof Failure || !faults.includes(error)) throw error;
    throw new NoInput((error as NodeJS.ErrnoException).code ?? "");
  } finally {
    input.off("error", note);
    uncount();
    context.signal.removeEventListener("abort", close);
    close();
  }
}

/** No order is as long; a line without an end (/dev/zero, say) would fill the memory. */
const lineBytesMax = 64 * 1024;

/** Ends the input with a `Failure` at a line that is too long. Returns what takes the look away. */
function refuseEndless(input: Readable): () => void {
  let length = 0;
  const count = (chunk: Buffer): void => {
    // A carriage return ends a line by itself too, as it does for who reads them.
    const end = Math.max(chunk.lastIndexOf("\n"), chunk.lastIndexOf("\r"));
    length = end === -1 ? length + chunk.length : chunk.length - end - 1;
    if (length <= lineBytesMax) return;
    const what = `a line of more than ${lineBytesMax} bytes on stdin`;
    input.destroy(new Failure(`${what}: one order a line is read`, exitCode.usage));
  };
  input.on("data", count);
  return () => input.off("data", count);
}

async function handleAll(
  context: TerminalContext,
  { handle, heard }: LineWork,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  let code: number = exitCode.done;
  for await (const line of lines) {
    if (context.signal.aborted) break;
    if (line.trim() === "") continue;
    heard?.();
    if (isLeaving(line)) break;
    const outcome = await handle(line);
    if (outcome === "bad") code = exitCode.usage;
    if (outcome === "failed") code = Math.max(code, exitCode.failed);
  }
  return code;
}

async function handlePrompted(context: TerminalContext, work: LineWork): Promise<number> {
  const { input, err } = context.terminal;
  const lines = createInterface({ input, output: err, terminal: true, prompt: work.prompt });
  const ended = new AbortController();
  const close = (): void => lines.close();
  lines.once("close", () => ended.abort());
  // The prompt takes Ctrl-C away from the process, which must hear of it: a line may be running.
  lines.on("SIGINT", () => {
    if (work.interrupt?.() === true) return;
    context.terminal.interrupt();
    close();
  });
  context.signal.addEventListener("abort", close, { once: true });
  if (context.signal.aborted) close();
  const ask = (): void => {
    if (!ended.signal.aborted) lines.prompt(true);
  };
  const above = (print: () => void): void => {
    cursorTo(err, 0);
    clearLine(err, 0);
    print();
    ask();
  };
  context.output.note(work.hint);
  try {
    // Both are waited for: what runs beside ends with the prompt, and when it fails the
    // prompt ends.
    const [code] = await Promise.all([
      askLines(lines, ask, work).finally(close),
      work.beside?.(above, ended.signal).finally(close),
    ]);
    return code;
  } finally {
    context.signal.removeEventListener("abort", close);
    err.write("\n");
  }
}

async function askLines(lines: Interface, ask: () => void, work: LineWork): Promise<number> {
  let code: number = exitCode.done;
  ask();
  for await (const line of lines) {
    if (isLeaving(line)) break;
    if (line.trim() !== "" && (await work.handle(line)) === "failed") code = exitCode.failed;
    ask();
  }
  return code;
}
