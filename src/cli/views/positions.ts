import {
  addGatewayCommand,
  onGateway,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import type { Registry } from "../registry.ts";
import type { z } from "zod";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { positionSchema } from "../../http/schemas.ts";
import { allRows } from "../client/pages.ts";
import { exitCode } from "../output.ts";
import { printTable, type Column } from "../table.ts";

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
      onGateway(registry, options, (context) => runPositions(context, name)),
    );
}

type PositionJson = z.infer<typeof positionSchema>;

const columns: readonly Column<PositionJson>[] = [
  { name: "ACCOUNT", cell: ({ account }) => account },
  { name: "SYMBOL", cell: ({ symbol }) => symbol },
  { name: "BOUGHT", align: "right", cell: ({ bought }) => groupedWhole(bought) },
  { name: "FOR Rs", align: "right", cell: ({ bought_paise: paise }) => groupedRupees(paise) },
  { name: "SOLD", align: "right", cell: ({ sold }) => groupedWhole(sold) },
  { name: "FOR Rs", align: "right", cell: ({ sold_paise: paise }) => groupedRupees(paise) },
  { name: "NET", align: "right", cell: ({ net }) => groupedWhole(net) },
  { name: "LAST Rs", align: "right", cell: ({ last_price_paise: paise }) => rupeesOrNone(paise) },
  { name: "VALUE Rs", align: "right", cell: (row) => rupeesOrNone(valuePaise(row)) },
];

/** Prints the positions. Returns the exit code. */
async function runPositions(context: MarketContext, name: string | undefined): Promise<number> {
  const asked = { participant: name };
  const rows = await allRows<PositionJson>(context.market, "/v1/positions", "positions", asked);
  const sorted = rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  printTable(context, columns, sorted, (row) => row);
  if (rows.length === 0)
    context.output.note(
      `${name ?? "nobody"} has not traded yet: npx sauda orders shows what waits`,
    );
  return exitCode.done;
}

function keyOf({ account, symbol }: PositionJson): string {
  return `${account} ${symbol}`;
}

/** Exact: a product of two safe integers need not be one. */
function valuePaise({ net, last_price_paise: paise }: PositionJson): bigint | null {
  return paise === null ? null : BigInt(net) * BigInt(paise);
}

function rupeesOrNone(paise: number | bigint | null): string {
  return paise === null ? "-" : groupedRupees(paise);
}
