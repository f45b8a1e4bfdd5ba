import type { MarketJson } from "../client/gateway-client.ts";
import type { MarketContext } from "../client/market-context.ts";
import { allRows } from "../client/pages.ts";
import type { AccountsOptions } from "./accounts.ts";
import { printHoldings, type Holding } from "./holdings.ts";

/** Prints what accounts have in the running market. Returns the exit code. */
export async function runAccounts(
  context: MarketContext,
  name: string | undefined,
  { openings = false }: AccountsOptions,
): Promise<number> {
  const asked = { participant: name, query: { openings: String(openings) } };
  const shown = await allRows<Holding>(context.market, "/v1/accounts", "accounts", asked);
  const isEmpty = shown.length === 0 && (await hasNone(context));
  return printHoldings(context, shown, name, isEmpty);
}

async function hasNone({ market }: MarketContext): Promise<boolean> {
  const { participants } = await market.get<MarketJson>("/v1/market");
  return participants.length === 0;
}
