import { exitCode } from "./output.ts";

/**
 * Why a command is asked to end; `GONE`: nobody reads what it says (`| head`, a closed terminal).
 */
type EndCause = NodeJS.Signals | "GONE";

/** What Ctrl-C ends every command with, as a shell shows it. */
const interruptedCode = 130;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const goneCodes: readonly (string | undefined)[] = ["EPIPE", "EIO"];

/** Those who have things to put in order before the process ends. */
const ends = new Set<(cause: EndCause) => void>();
let isInterrupted = false;
let isReaderGone = false;
let isLossTold = false;

/**
 * Calls `end` each time this process is asked to end, until the function that is returned is
 * called. A process in which nobody asked for this ends at once.
 */
export function onEnd(end: (cause: EndCause) => void): () => void {
  const tell = (signal: NodeJS.Signals): void => {
    if (signal === "SIGINT") isInterrupted = true;
    end(signal);
  };
  for (const signal of signals) process.on(signal, tell);
  ends.add(end);
  return () => {
    for (const signal of signals) process.off(signal, tell);
    ends.delete(end);
  };
}

/**
 * From now on a reader who has had enough ends this process without a word and with exit code 0.
 */
export function endWithReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!goneCodes.includes(error.code)) {
        process.exitCode = exitCode.failed; // a full disk, say: the market must not end of it
        if (stream === process.stdout && !isLossTold)
          process.stderr.write(`sauda: not all that was said is on stdout: ${error.message}\n`);
        isLossTold = true;
        return;
      }
      if (isReaderGone) return;
      isReaderGone = true;
      if (ends.size === 0) process.exit();
      for (const end of ends) end("GONE");
    });
}

/**
 * Ends this process by SIGINT itself if Ctrl-C was pressed: the shell sees 130 and ends its loop
 * too, and npm says nothing of a failure.
 */
export function dieIfInterrupted(): void {
  if (!isInterrupted) return;
  process.exitCode = interruptedCode; // as a container's first process, which no signal ends by default
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}
