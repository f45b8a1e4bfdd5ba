import { styleText } from "node:util";

/** Exit codes of every command; documented in the README. */
export const exitCode = { done: 0, failed: 1, usage: 2, stopped: 3 } as const;

/**
 * Where a command speaks: facts on stdout, one per line (with `--json` one JSON object per line);
 * notes on stderr. Nothing else in the project prints.
 */
export type Output = {
  readonly isJson: boolean;
  readonly fact: (text: string, json: object) => void;
  readonly note: (text: string) => void;
  readonly warn: (text: string) => void;
};

/** Speaks on the given streams. Facts as text, or as NDJSON. */
export function makeOutput(
  isJson: boolean,
  streams: { out: NodeJS.WritableStream; err: NodeJS.WritableStream } = {
    out: process.stdout,
    err: process.stderr,
  },
): Output {
  return {
    isJson,
    fact: (text, json) => {
      streams.out.write(`${isJson ? printableJson(json) : printableLines(text)}\n`);
    },
    note: (text) => {
      streams.err.write(`${styleText("dim", printableLines(text), { stream: streams.err })}\n`);
    },
    warn: (text) => {
      streams.err.write(`${styleText("yellow", printableLines(text), { stream: streams.err })}\n`);
    },
  };
}

/** What strangers wrote may hold marks that move a terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "\uFFFD");
}

/** The same for what may have several lines. */
export function printableLines(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, "\uFFFD");
}

/** JSON leaves marks above the ASCII ones as they are; some terminals obey them. */
function printableJson(json: object): string {
  return JSON.stringify(json).replaceAll(
    /[\u007f-\u009f]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * A failure that was expected: its message names what is wrong and what to do. `code` is the exit
 * code. Anything else that is thrown is our bug and shows its stack.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: number;

  constructor(message: string, code: number = exitCode.failed) {
    super(message);
    this.code = code;
  }
}

/** A problem is a fact for programs (`--json`), and a warning for people. */
export function reportProblem(output: Output, text: string, json: object): void {
  if (output.isJson) output.fact(text, json);
  else output.warn(text);
}
