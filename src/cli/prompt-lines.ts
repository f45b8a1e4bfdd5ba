import { clearLine, createInterface, cursorTo } from "node:readline";
import type { Interface } from "node:readline";
import { Failure, exitCode } from "./output.ts";
import { isLeaving } from "./seed-lines.ts";
import type { Stage } from "./stage.ts";

/** What became of a line: done, not understood, or understood and failed. */
export type LineOutcome = "done" | "bad" | "failed";

/** Where lines come from, and what to do with one. */
export type LineWork = {
  /** Lines given as arguments. None: what is piped in, and at a terminal a prompt. */
  readonly lines: readonly string[];
  readonly prompt: string;
  /** Said once, before the prompt. */
  readonly hint: string;
  readonly handle: (line: string) => Promise<LineOutcome>;
  /** Runs beside the prompt; prints by `above`, so that what is being typed stays. */
  readonly beside?: (above: (print: () => void) => void, signal: AbortSignal) => Promise<void>;
  /** Ctrl-C at the prompt: stops the line that runs and says true; false ends the prompt. */
  readonly interrupt?: () => boolean;
};

/**
 * Handles lines until their end, `exit`, `quit`, Ctrl-C or Ctrl-D. Blank lines are ignored. Returns the
 * exit code: 2 if a line was bad (not at a prompt, where a person has seen it), 1 if one failed.
 */
export async function handleLines(stage: Stage, work: LineWork): Promise<number> {
  const { input } = stage.terminal;
  if (work.lines.length > 0) return handleAll(stage, work, work.lines);
  if (input.isTTY !== true) return handlePiped(stage, work);
  return handlePrompted(stage, work);
}

/** Breaks with Failure where several lines would get the one id that an option gives. */
export function refuseManyLines(lines: readonly string[], option: string): void {
  if (lines.length > 1)
    throw new Failure(
      `${option} names one record: give one line, not ${lines.length}`,
      exitCode.usage,
    );
}

async function handlePiped(stage: Stage, work: LineWork): Promise<number> {
  const lines = createInterface({ input: stage.terminal.input, crlfDelay: Infinity });
  const close = (): void => lines.close();
  stage.signal.addEventListener("abort", close, { once: true });
  try {
    return await handleAll(stage, work, lines);
  } finally {
    stage.signal.removeEventListener("abort", close);
    close();
  }
}

async function handleAll(
  stage: Stage,
  { handle }: LineWork,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  let code: number = exitCode.done;
  for await (const line of lines) {
    if (stage.signal.aborted || isLeaving(line)) break;
    if (line.trim() === "") continue;
    const outcome = await handle(line);
    if (outcome === "bad") code = exitCode.usage;
    if (outcome === "failed") code = Math.max(code, exitCode.failed);
  }
  return code;
}

async function handlePrompted(stage: Stage, work: LineWork): Promise<number> {
  const { input, err } = stage.terminal;
  const prompt = createInterface({ input, output: err, terminal: true, prompt: work.prompt });
  const ended = new AbortController();
  const close = (): void => prompt.close();
  prompt.on("SIGINT", () => {
    if (work.interrupt?.() !== true) close();
  });
  stage.signal.addEventListener("abort", close, { once: true });
  stage.output.note(work.hint);
  const beside = work.beside?.((print) => printAbove(prompt, err, print), ended.signal);
  try {
    // Waiting for both: a watcher that fails ends the prompt too, and is told.
    const [code] = await Promise.all([
      askLines(prompt, work).finally(() => ended.abort()),
      beside?.finally(close),
    ]);
    return code;
  } finally {
    stage.signal.removeEventListener("abort", close);
    close();
    err.write("\n");
  }
}

async function askLines(prompt: Interface, { handle }: LineWork): Promise<number> {
  let code: number = exitCode.done;
  prompt.prompt();
  for await (const line of prompt) {
    if (isLeaving(line)) break;
    if (line.trim() !== "" && (await handle(line)) === "failed") code = exitCode.failed;
    prompt.prompt();
  }
  return code;
}

function printAbove(prompt: Interface, err: NodeJS.WritableStream, print: () => void): void {
  cursorTo(err, 0);
  clearLine(err, 0);
  print();
  prompt.prompt(true);
}
