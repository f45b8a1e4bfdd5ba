import type { Command } from "commander";
import type { OpenDoor } from "../door.ts";
import { followLegs, printLeg } from "./legs.ts";
import type { TailStart } from "./topic-tail.ts";
import { readCount, readSeconds } from "../option-values.ts";
import { exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** How long and from where to watch. `timeout` in ms. */
export type WatchOptions = StageOptions & {
  readonly fromBeginning?: boolean;
  readonly count?: number;
  readonly timeout?: number;
};

/** `sauda watch`: what settles, as lines. */
export function registerWatch(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "watch",
    summary: summaries.watch,
    examples: [
      "npx sauda watch",
      "npx sauda watch --from-beginning",
      "npx sauda watch --from-beginning --count 2 --timeout 10   (in a script)",
    ],
    more:
      "Shows both flows alike, each leg once, in the records' order per topic. Uses no consumer group, so " +
      "it takes nothing away from anybody. In a market with T+1 each step on a trade's way is a line, as " +
      "SHORT 60 of 100 SBIN, and its legs come at its end. With --json each line is the record as it is on the wire.",
  })
    .option("--from-beginning", "from the first record on (default: from now on)")
    .option("-n, --count <n>", "end after so many lines", readCount)
    .option(
      "--timeout <seconds>",
      "end then; exit code 1 if fewer than --count lines (or none) came",
      readSeconds,
    )
    .action((options: WatchOptions) =>
      onStage(open, terminal, options, (stage) => runWatch(stage, options)),
    );
}

/** Shows legs until the count, the timeout or Ctrl-C. Returns the exit code. */
export async function runWatch(stage: Stage, options: WatchOptions): Promise<number> {
  const { door, clock, output } = stage;
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
      { log: door.log, clock, from, onTrouble, onReady, withWay: true },
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
