import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** Which accounts to show. */
export type AccountsOptions = MarketOptions & { readonly openings?: boolean };

/** `sauda accounts`: cash and shares. */
export function registerAccounts(registry: Registry): void {
  addMarketCommand(registry, {
    name: "accounts",
    examples: ["npx sauda accounts", "npx sauda accounts HDFC"],
    more: "An account is opened by the first order that touches it; until then it is not shown.",
  })
    .argument("[name]", "only this member's accounts")
    .option(
      "--openings",
      "also the accounts that openings and deposits came from, which make the sums zero",
    )
    .action((name: string | undefined, options: AccountsOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          (await import("./accounts-of-market.ts")).runAccounts(context, name, options),
        log: async (context) =>
          (await import("./accounts-of-log.ts")).runAccounts(context, name, options),
      }),
    );
}
