import { Option } from "commander";
import {
  addGatewayCommand,
  onGateway,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import type { Registry } from "../registry.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { DepthJson } from "../../http/schemas.ts";
import { exitCode } from "../output.ts";
import { printTable, type Column } from "../table.ts";

/** How deep to look. */
type DepthOptions = MarketOptions & { readonly levels: "5" | "20" };

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
      onGateway(registry, options, (context) => runDepth(context, symbol, options)),
    );
}

type Level = DepthJson["bids"][number];
/** The prices that are as good on either side. */
type Rung = { readonly bid: Level | undefined; readonly ask: Level | undefined };

const columns: readonly Column<Rung>[] = [
  { name: "ORDERS", align: "right", cell: ({ bid }) => count(bid?.orders) },
  { name: "BUY", align: "right", cell: ({ bid }) => count(bid?.quantity) },
  { name: "BID Rs", align: "right", cell: ({ bid }) => price(bid) },
  { name: "ASK Rs", align: "right", cell: ({ ask }) => price(ask) },
  { name: "SELL", align: "right", cell: ({ ask }) => count(ask?.quantity) },
  { name: "ORDERS", align: "right", cell: ({ ask }) => count(ask?.orders) },
];

function count(number: number | undefined): string {
  return number === undefined ? "" : groupedWhole(number);
}

function price(level: Level | undefined): string {
  return level === undefined ? "" : groupedRupees(level.price_paise);
}

/** Prints the book of a symbol. Returns the exit code. */
async function runDepth(
  context: MarketContext,
  symbol: string,
  { levels }: DepthOptions,
): Promise<number> {
  const { market, output } = context;
  const path = `/v1/depth/${encodeURIComponent(symbol)}`;
  const depth = await market.get<DepthJson>(path, { query: { levels } });
  if (output.isJson) {
    output.fact("", depth);
    return exitCode.done;
  }
  const { bids, asks } = depth;
  const deep = Math.max(bids.length, asks.length);
  const rungs = Array.from({ length: deep }, (_, at) => ({ bid: bids[at], ask: asks[at] }));
  printTable(context, columns, rungs, (rung) => rung);
  const last =
    depth.last_price_paise === null ? "none" : `Rs ${groupedRupees(depth.last_price_paise)}`;
  const unpriced =
    depth.unpriced_quantity === 0
      ? ""
      : `, ${count(depth.unpriced_quantity)} offered without a price`;
  output.fact(
    `${depth.symbol}  last ${last}  volume ${count(depth.volume)}  to buy ${count(depth.total_buy_quantity)}  to sell ${count(depth.total_sell_quantity)}${unpriced}`,
    {},
  );
  return exitCode.done;
}
