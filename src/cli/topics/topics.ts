import { addMarketCommand, onMarket } from "../client/market-context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import { summaries } from "../summaries.ts";
import type { Registry } from "../registry.ts";

/** `sauda topics`: the market's topics in the order of the trade. */
export function registerTopics({ program, open, terminal }: Registry): void {
  addMarketCommand(program, {
    name: "topics",
    summary: summaries.topics,
    examples: ["npx sauda topics", "npx sauda topics --json"],
    more:
      "RECORDS is the last offset minus the first: on topics written in transactions it counts their " +
      "marks too. Exit code 1 if a topic is missing.",
  }).action((options: MarketOptions) =>
    onMarket(open, terminal, options, {
      gateway: async (context) => (await import("./topic-rows.ts")).runTopicsOfMarket(context),
      log: async (context) => (await import("./topics-of-log.ts")).runTopics(context),
    }),
  );
}
