import { addGatewayCommand, onGateway } from "../client/market-context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** `sauda positions`: what accounts bought and sold of each symbol. */
export function registerPositions(registry: Registry): void {
  addGatewayCommand(registry, {
    name: "positions",
    examples: ["npx sauda positions", "npx sauda positions HDFC --json"],
    more:
      "Since the market began, by account and symbol; VALUE is the net at the last price of the book. What an " +
      "account has now is told by npx sauda accounts.",
  })
    .argument("[name]", "only this member's and its clients'")
    .action((name: string | undefined, options: MarketOptions) =>
      onGateway(registry, options, async (context) =>
        (await import("./position-rows.ts")).runPositions(context, name),
      ),
    );
}
