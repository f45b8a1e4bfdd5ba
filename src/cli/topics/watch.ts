import { onReading } from "../client/log-of-gateway.ts";
import { addMarketCommand, type MarketOptions } from "../client/market-context.ts";
import { addCounting, type Counted } from "../counted.ts";
import type { Registry } from "../registry.ts";

/** How long and from where to watch. */
export type WatchOptions = MarketOptions & Counted & { readonly fromBeginning?: boolean };

/** `sauda watch`: what settles, as lines. */
export function registerWatch(registry: Registry): void {
  const command = addMarketCommand(registry, {
    name: "watch",
    examples: [
      "npx sauda watch",
      "npx sauda watch --from-beginning",
      "npx sauda watch --from-beginning --count 2 --timeout 10   (in a script)",
    ],
    more:
      "Shows both flows alike, each leg once, in the records' order per topic. Uses no consumer group, so " +
      "it takes nothing away from anybody. In a market with T+1 each step on a trade's way is a line, as " +
      "SHORT 60 of 100 SBIN, and its legs come at its end. With --json each line is the record as it is on the wire.",
  }).option("--from-beginning", "from the first record on (default: from now on)");
  addCounting(command, "lines").action((options: WatchOptions) =>
    onReading(registry, options, async (context) =>
      (await import("./watching.ts")).runWatch(context, options),
    ),
  );
}
