import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** `sauda topics`: the market's topics in the order of the trade. */
export function registerTopics(registry: Registry): void {
  addMarketCommand(registry, {
    name: "topics",
    examples: ["npx sauda topics", "npx sauda topics --json"],
    more:
      "RECORDS is the last offset minus the first: on topics written in transactions it counts their " +
      "marks too. Exit code 1 if a topic is missing.",
  }).action((options: MarketOptions) =>
    onMarket(registry, options, {
      gateway: async (context) => {
        const { printTopics } = await import("./topic-rows.ts");
        return printTopics(context, await context.market.get("/v1/topics"));
      },
      log: async (context) => {
        const { printTopics } = await import("./topic-rows.ts");
        const { topicsJson } = await import("../../http/routes/topic-routes.ts");
        return printTopics(context, await topicsJson(context.logClient.log));
      },
    }),
  );
}
