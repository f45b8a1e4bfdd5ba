import {
  addGatewayCommand,
  onGateway,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import { readCount, readSince } from "../option-values.ts";
import type { Registry } from "../registry.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { StandingJson } from "../../http/journey/trade-standing.ts";
import { firstRows, moreNote } from "../client/pages.ts";
import { exitCode } from "../output.ts";
import { printTable, type Column } from "../table.ts";

/** Which trades to show. `since`: ms since 1970 UTC. */
type TradesOptions = MarketOptions & {
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
    more: "The newest last; the gateway keeps 50,000. npx sauda journey shows one of them whole.",
  })
    .option("--participant <name>", "only this member's")
    .option("--symbol <symbol>", "only of this symbol, as NSE names it (SBIN)")
    .option("--limit <n>", "at most so many, the newest", readCount, 100)
    .option("--since <time>", "only those since then: 30m, 2h, 7d, a date, or a time", readSince)
    .action((options: TradesOptions) =>
      onGateway(registry, options, (context) => runTrades(context, options)),
    );
}

const columns: readonly Column<StandingJson>[] = [
  { name: "TRADE", cell: ({ trade_id: id }) => id },
  { name: "AT", cell: ({ executed_at: at }) => at },
  { name: "SYMBOL", cell: ({ symbol }) => symbol },
  { name: "QUANTITY", align: "right", cell: ({ quantity }) => groupedWhole(quantity) },
  { name: "PRICE Rs", align: "right", cell: ({ price_paise: paise }) => groupedRupees(paise) },
  { name: "BUYER", cell: ({ buyer }) => buyer },
  { name: "SELLER", cell: ({ seller }) => seller },
  { name: "STATE", cell: ({ state, reason }) => [state, reason ?? ""].join(" ").trim() },
  { name: "SETTLEMENT", cell: ({ settlement_number: number }) => number ?? "" },
];

/** Prints the trades that the running market keeps, the newest last. Returns the exit code. */
async function runTrades(context: MarketContext, options: TradesOptions): Promise<number> {
  const { participant, symbol, limit, since: since_ms } = options;
  const asked = { participant, query: { symbol, since_ms } };
  const found = await firstRows<StandingJson>(context.market, "/v1/trades", "trades", limit, asked);
  const rows = found.rows.toReversed();
  printTable(context, columns, rows, (row) => row);
  if (found.isMore) context.output.note(moreNote(rows.length, "trades"));
  if (rows.length === 0) context.output.note("no such trade");
  return exitCode.done;
}
