import { addMarketCommand, type MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** `sauda repl`: commands one after the other, without `npx sauda` before each. */
export function registerRepl(registry: Registry): void {
  addMarketCommand(registry, {
    name: "repl",
    examples: [
      "npx sauda repl",
      'printf "orders\\naccounts HDFC\\n" | npx sauda repl',
      "npx sauda repl --url http://127.0.0.1:8080 --key sauda_HDFC_...",
    ],
    more:
      "Each line is a command that asks the market, as it would be typed after npx sauda: orders, depth SBIN, " +
      "order ..., tail. help lists them. Ctrl-C ends what runs, and at an empty prompt the whole; so do exit and " +
      "Ctrl-D. Exit code of piped lines: 2 if one was not understood, 1 if one failed.",
  }).action(async (options: MarketOptions) => {
    const { runRepl } = await import("./repl-lines.ts");
    await runRepl(registry, options);
  });
}
