import type { Command } from "commander";
import { accountKey } from "../../domain/facts/account.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { OpenDoor } from "../door.ts";
import { isLive, listOrders } from "./order-list.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { printTable } from "../table.ts";
import type { Column } from "../table.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** Which orders to show. */
export type OrdersOptions = StageOptions & {
  readonly participant?: string;
  readonly symbol?: string;
  readonly all?: boolean;
};

/** `sauda orders`: the orders of the market, from its log. */
export function registerOrders(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "orders",
    summary: summaries.orders,
    examples: ["npx sauda orders", "npx sauda orders --participant HDFC --all"],
  })
    .option("--participant <name>", "only this member's")
    .option("--symbol <symbol>", "only of this symbol, as NSE names it (SBIN)")
    .option("--all", "also filled, canceled, expired and rejected ones")
    .action((options: OrdersOptions) =>
      onStage(open, terminal, options, (stage) => runOrders(stage, options)),
    );
}

/** An order's line in a list. */
export const orderColumns: readonly Column<OrderRecord>[] = [
  { name: "ORDER", cell: ({ orderId }) => orderId },
  { name: "CLIENT ID", cell: ({ clientOrderId }) => clientOrderId },
  { name: "PARTICIPANT", cell: ({ participant, client }) => accountKey(participant, client) },
  { name: "SIDE", cell: ({ side }) => side },
  { name: "QUANTITY", align: "right", cell: ({ quantity }) => groupedWhole(quantity) },
  { name: "FILLED", align: "right", cell: ({ cumQuantity }) => groupedWhole(cumQuantity) },
  { name: "SYMBOL", cell: ({ symbol }) => symbol },
  {
    name: "PRICE Rs",
    align: "right",
    cell: ({ pricePaise }) => (pricePaise === null ? "-" : groupedRupees(pricePaise)),
  },
  {
    name: "STATUS",
    cell: ({ status, reason }) => (reason === null ? status : `${status} ${reason}`),
  },
  { name: "COUNTERPARTY", cell: ({ counterparty }) => counterparty ?? "" },
];

/** Prints the orders. Returns the exit code. */
export async function runOrders(stage: Stage, options: OrdersOptions): Promise<number> {
  const { participant, symbol, all = false } = options;
  const every = [...(await listOrders(stage.door)).values()];
  const wanted = every.filter(
    (order) =>
      (participant === undefined || order.participant === participant) &&
      (symbol === undefined || order.symbol === symbol) &&
      (all || isLive(order)),
  );
  printTable(stage, orderColumns, wanted, orderJson);
  if (wanted.length > 0) return exitCode.done;
  if (every.length === 0)
    stage.output.note("no orders yet: npx sauda broker 100,SBI,985 places one");
  else stage.output.note("no such order lives: --all shows also those that ended");
  return exitCode.done;
}

/** The same for programs. */
export function orderJson(order: OrderRecord): object {
  return {
    order_id: order.orderId,
    client_order_id: order.clientOrderId,
    participant: order.participant,
    client: order.client,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    filled_quantity: order.cumQuantity,
    price_paise: order.pricePaise,
    counterparty: order.counterparty,
    custodian: order.custodian,
    status: order.status,
    reason: order.reason,
  };
}
