import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { StandingJson } from "../../http/journey/trade-standing.ts";
import { firstRows, moreNote } from "../client/pages.ts";
import type { MarketContext } from "../client/market-context.ts";
import { exitCode } from "../output.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";
import type { TradesOptions } from "./trades.ts";

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
export async function runTrades(context: MarketContext, options: TradesOptions): Promise<number> {
  const { participant, symbol, limit, since: since_ms } = options;
  const asked = { participant, query: { symbol, since_ms } };
  const found = await firstRows<StandingJson>(context.market, "/v1/trades", "trades", limit, asked);
  const rows = found.rows.toReversed();
  printTable(context, columns, rows, (row) => row);
  if (found.isMore) context.output.note(moreNote(rows.length, "trades"));
  if (rows.length === 0) context.output.note("no such trade");
  return exitCode.done;
}
