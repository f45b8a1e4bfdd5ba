import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import { readCount, readSince } from "../option-values.ts";
import type { Registry } from "../registry.ts";

/** Which orders to show. `since`: ms since 1970 UTC. */
export type OrdersOptions = MarketOptions & {
  readonly participant?: string;
  readonly symbol?: string;
  readonly all?: boolean;
  readonly limit?: number;
  readonly since?: number;
};

/** `sauda orders`: the orders of the market. */
export function registerOrders(registry: Registry): void {
  addMarketCommand(registry, {
    name: "orders",
    examples: [
      "npx sauda orders",
      "npx sauda orders --participant HDFC --all",
      "npx sauda orders --all --since 30m --limit 1000 --json",
    ],
    more:
      "Asks the running market, newest last. It keeps 50,000 orders that ended; --kafka reads those before " +
      "them too, from the whole log.",
  })
    .option("--participant <name>", "only this member's")
    .option("--symbol <symbol>", "only of this symbol, as NSE names it (SBIN)")
    .option("--all", "also filled, canceled, expired and rejected ones")
    .option("--limit <n>", "at most so many, the newest (default: 100; of the log all)", readCount)
    .option(
      "--since <time>",
      "only those that came since: 30m, 2h, 7d, a date, or a time",
      readSince,
    )
    .action((options: OrdersOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          (await import("./orders-of-market.ts")).runOrders(context, options),
        log: async (context) => (await import("./orders-of-log.ts")).runOrders(context, options),
      }),
    );
}
