import { once } from "node:events";
import type { Context } from "./context.ts";
import { exitCode } from "./output.ts";

/** How many to wait for, and how long, in ms; absent: without end. */
type Counted = { readonly count?: number; readonly timeout?: number };

/**
 * Shows what comes until there are so many, the time is over or the signal comes. `show` says whether it counts.
 * Returns the exit code: 1 where the time was over before there were as many as wanted, one without a count.
 */
export async function showCounted<Item>(
  { clock, output, signal, terminal }: Omit<Context, "door">,
  { count = Infinity, timeout }: Counted,
  noun: string,
  items: (signal: AbortSignal) => AsyncIterable<Item>,
  show: (item: Item) => boolean,
): Promise<number> {
  const late = new AbortController();
  const done = new AbortController();
  const until = AbortSignal.any([signal, late.signal]);
  if (timeout !== undefined) void clock.sleep(timeout, done.signal).then(() => late.abort());
  let shown = 0;
  try {
    for await (const item of items(until)) {
      if (show(item)) shown += 1;
      if (shown >= count || until.aborted) break;
      // A slow reader is waited for, so that what it has not read does not pile up here.
      const { out } = terminal;
      if (out.writableNeedDrain) await once(out, "drain", { signal: until }).catch(() => {});
    }
  } finally {
    done.abort();
  }
  const wanted = count === Infinity ? 1 : count;
  if (!late.signal.aborted || shown >= wanted) return exitCode.done;
  output.warn(`${shown} ${noun} within ${(timeout ?? 0) / 1000} s, not ${wanted}`);
  return exitCode.failed;
}
