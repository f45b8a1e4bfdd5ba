import type { MarketStage } from "../client/market-stage.ts";
import { followStream } from "../client/stream-of-gateway.ts";
import { Failure, exitCode } from "../output.ts";
import { streamLine } from "./stream-lines.ts";
import type { TailOptions } from "./tail.ts";

/** Shows what the stream tells until the count, the timeout or Ctrl-C. Returns the exit code. */
export async function runTail(
  stage: MarketStage,
  channel: string,
  symbol: string | undefined,
  { participant, count = Infinity, timeout }: TailOptions,
): Promise<number> {
  if (symbol === undefined && (channel === "prints" || channel === "depth"))
    throw new Failure(`${channel} needs a symbol: npx sauda tail ${channel} SBIN`, exitCode.usage);
  const { clock, output } = stage;
  const named = channel === "all" ? ["orders", "trades", "settlements"] : [channel];
  const late = new AbortController();
  const done = new AbortController();
  if (timeout !== undefined)
    void clock.sleep(timeout, done.signal).then(() => {
      late.abort();
    });
  const signal = AbortSignal.any([stage.signal, late.signal]);
  let shown = 0;
  let subscribed = 0;
  try {
    const subscriptions = named.map((each) => ({ channel: each, symbol }));
    for await (const message of followStream({ ...stage, signal }, participant, subscriptions)) {
      if (message.type === "resync") output.warn(message.why);
      if (message.type === "subscribed" && ++subscribed === named.length)
        output.note(`following ${named.join(", ")} from now on`);
      if (!("n" in message)) continue;
      output.fact(output.isJson ? "" : streamLine(message), message);
      shown += 1;
      if (shown >= count) break;
    }
  } finally {
    done.abort();
  }
  const wanted = count === Infinity ? 1 : count;
  if (!late.signal.aborted || shown >= wanted) return exitCode.done;
  output.warn(`${shown} messages within ${(timeout ?? 0) / 1000} s, not ${wanted}`);
  return exitCode.failed;
}
