import type { LogReading } from "../client/log-of-gateway.ts";
import { exitCode } from "../output.ts";
import type { Stage } from "../stage.ts";
import { followLegs, printLeg } from "./legs.ts";
import type { TailStart } from "./topic-tail.ts";
import type { WatchOptions } from "./watch.ts";

/** Shows legs until the count, the timeout or Ctrl-C. Returns the exit code. */
export async function runWatch(
  stage: Omit<Stage, "door">,
  log: LogReading,
  options: WatchOptions,
): Promise<number> {
  const { clock, output } = stage;
  const { count = Infinity, timeout } = options;
  const from: TailStart = options.fromBeginning === true ? "beginning" : "now";
  const late = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([stage.signal, late.signal]);
  if (timeout !== undefined)
    void clock.sleep(timeout, done.signal).then(() => {
      late.abort();
    });
  const onTrouble = (what: string): void => output.warn(what);
  const onReady = (): void =>
    output.note(`watching from ${from === "now" ? "now on" : "the beginning"}`);
  let shown = 0;
  try {
    for await (const leg of followLegs(
      { log, clock, from, onTrouble, onReady, withWay: true },
      signal,
    )) {
      printLeg(output, leg);
      shown += 1;
      if (shown >= count || signal.aborted) break;
    }
  } finally {
    done.abort();
  }
  const wanted = count === Infinity ? 1 : count;
  if (!late.signal.aborted || shown >= wanted) return exitCode.done;
  output.warn(`${shown} lines within ${(timeout ?? 0) / 1000} s, not ${wanted}`);
  return exitCode.failed;
}
