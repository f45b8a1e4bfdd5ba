import type { Readable, Writable } from "node:stream";
import { onEnd } from "./ending.ts";

/** Where a command listens and speaks: the process's streams, or those of a test or a prompt. */
export type Terminal = {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly out: Writable & { readonly isTTY?: boolean };
  readonly err: Writable & { readonly isTTY?: boolean };
  /** Runs the work with a signal that Ctrl-C aborts, and the end of whoever reads `out`. */
  interruptible<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
  /** Does what Ctrl-C does; called by a prompt, which gets the key instead of the process. */
  interrupt(): void;
  /** Notes how the command ended. The highest code of several wins. */
  setExitCode(code: number): void;
};

/** The process's own streams and signals. */
export const processTerminal: Terminal = {
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  async interruptible(work) {
    const interrupted = new AbortController();
    const endListening = onEnd(() => interrupted.abort());
    try {
      return await work(interrupted.signal);
    } finally {
      endListening();
    }
  },
  interrupt() {
    process.emit("SIGINT", "SIGINT");
  },
  setExitCode(code) {
    process.exitCode = Math.max(Number(process.exitCode ?? 0), code);
  },
};
