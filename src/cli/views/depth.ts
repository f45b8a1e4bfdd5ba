import { Option } from "commander";
import { addGatewayCommand, onGateway } from "../client/market-context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** How deep to look. */
export type DepthOptions = MarketOptions & { readonly levels: "5" | "20" };

/** `sauda depth SYMBOL`: the order book of a symbol. */
export function registerDepth(registry: Registry): void {
  addGatewayCommand(registry, {
    name: "depth",
    examples: ["npx sauda depth SBIN", "npx sauda depth SBIN --levels 20 --json"],
    more: "Best price first on both sides. npx sauda tail depth SBIN shows how it changes.",
  })
    .argument("<symbol>", "what is traded, as in SBIN")
    .addOption(new Option("--levels <n>", "prices of each side").choices(["5", "20"]).default("5"))
    .action((symbol: string, options: DepthOptions) =>
      onGateway(registry, options, async (context) =>
        (await import("./depth-rows.ts")).runDepth(context, symbol, options),
      ),
    );
}
