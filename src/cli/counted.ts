import { once } from "node:events";
import type { Command } from "commander";
import type { TerminalContext } from "./context.ts";
import { readCount, readSeconds } from "./option-values.ts";
import { exitCode } from "./output.ts";
import { firstToAbort } from "../services/until-aborted.ts";

/** How many to wait for, and how long, in ms; absent: without end. */
export type Counted = { readonly count?: number; readonly timeout?: number };

/** Adds the options that say so; `noun`: what is counted. */
export function addCounting(command: Command, noun: string): Command {
  return command
    .option("-n, --count <n>", `end after so many ${noun}`, readCount)
    .option(
      "--timeout <seconds>",
      `end then; exit code 1 if fewer than --count ${noun} (or none) came`,
      readSeconds,
    );
}

/**
 * Shows what comes until there are so many, the time is over or the signal comes. `show` says
 * whether it counts. Returns the exit code: 1 where the time was over before there were as many as
 * wanted, one without a count.
 */
export async function showCounted<Item>(
  { output, signal, terminal }: TerminalContext,
  { count = Infinity, timeout }: Counted,
  noun: string,
  items: (signal: AbortSignal) => AsyncIterable<Item>,
  show: (item: Item) => boolean,
): Promise<number> {
  const late = timeout === undefined ? null : AbortSignal.timeout(timeout);
  const until = late === null ? signal : firstToAbort([signal, late]);
  let shown = 0;
  for await (const item of items(until)) {
    if (show(item)) shown += 1;
    if (shown >= count || until.aborted) break;
    // A slow reader is waited for, so that what it has not read does not pile up here.
    const { out } = terminal;
    if (out.writableNeedDrain) await once(out, "drain", { signal: until }).catch(() => {});
  }
  const wanted = count === Infinity ? 1 : count;
  if (late?.aborted !== true || shown >= wanted) return exitCode.done;
  output.warn(`${shown} ${noun} within ${(timeout ?? 0) / 1000} s, not ${wanted}`);
  return exitCode.failed;
}
