import type { MarketContext } from "../client/market-context.ts";
import { followStream } from "../client/stream-of-gateway.ts";
import { Failure, exitCode } from "../output.ts";
import { streamLine } from "./stream-lines.ts";
import type { TailOptions } from "./tail.ts";
import { showCounted } from "../counted.ts";

/** Shows what the stream tells until the count, the timeout or Ctrl-C. Returns the exit code. */
export async function runTail(
  context: MarketContext,
  channel: string,
  symbol: string | undefined,
  options: TailOptions,
): Promise<number> {
  if (symbol === undefined && (channel === "prints" || channel === "depth"))
    throw new Failure(`${channel} needs a symbol: npx sauda tail ${channel} SBIN`, exitCode.usage);
  const { output } = context;
  const named = channel === "all" ? ["orders", "trades", "settlements"] : [channel];
  const subscriptions = named.map((each) => ({ channel: each, symbol }));
  let subscribed = 0;
  return showCounted(
    context,
    options,
    "messages",
    (signal) => followStream({ ...context, signal }, options.participant, subscriptions),
    (message) => {
      if (message.type === "resync") output.warn(message.why);
      if (message.type === "subscribed" && ++subscribed === named.length)
        output.note(`following ${named.join(", ")} from now on`);
      if (!("n" in message)) return false;
      output.fact(output.isJson ? "" : streamLine(message), message);
      return true;
    },
  );
}
