import { addGatewayCommand, onGateway } from "../client/market-context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import { readCount, readSince } from "../option-values.ts";
import type { Registry } from "../registry.ts";

/** Which trades to show. `since`: ms since 1970 UTC. */
export type TradesOptions = MarketOptions & {
  readonly participant?: string;
  readonly symbol?: string;
  readonly limit: number;
  readonly since?: number;
};

/** `sauda trades`: what was traded, and how far each trade is on its way. */
export function registerTrades(registry: Registry): void {
  addGatewayCommand(registry, {
    name: "trades",
    examples: [
      "npx sauda trades",
      "npx sauda trades --participant HDFC --symbol SBIN --since 1d",
      "npx sauda trades --limit 1000 --json",
    ],
    more: "The newest last; the market keeps 100,000. npx sauda journey shows one of them whole.",
  })
    .option("--participant <name>", "only this member's")
    .option("--symbol <symbol>", "only of this symbol, as NSE names it (SBIN)")
    .option("--limit <n>", "at most so many, the newest", readCount, 100)
    .option("--since <time>", "only those since then: 30m, 2h, 7d, or a time", readSince)
    .action((options: TradesOptions) =>
      onGateway(registry, options, async (context) =>
        (await import("./trade-rows.ts")).runTrades(context, options),
      ),
    );
}
