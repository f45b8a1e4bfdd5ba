import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { answerTimeout, askMarket } from "./ask-market.ts";
import { answered } from "./clearing-request.ts";
import type { OpenDoor } from "../door.ts";
import { findOrders, isLive, listOrders } from "./order-list.ts";
import type { OrderRecord } from "../../services/records/order-records.ts";
import { Failure, exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** What may be said beside the order's id. `timeout` in ms. */
export type RequestOptions = StageOptions & {
  readonly participant?: string;
  readonly symbol?: string;
  readonly clientOrderId?: string;
  readonly timeout: number;
};

/** What can be asked about an order that exists. */
export type RequestKind = "Cancel" | "Confirm" | "Reject";

/** `sauda confirm ORDER_ID`: the counterparty's yes to a negotiated order. */
export function registerConfirm(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  register(program, open, terminal, "Confirm", summaries.confirm);
}

/** `sauda reject ORDER_ID`: the counterparty's no. */
export function registerReject(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  register(program, open, terminal, "Reject", summaries.reject);
}

/** How the help of a request about one order says what may be left out. */
export const lookedUp: string =
  "Participant and symbol are looked up in the market's log unless both are given.";

function register(
  program: Command,
  open: OpenDoor,
  terminal: Terminal,
  kind: Exclude<RequestKind, "Cancel">,
  summary: string,
): void {
  const name = kind.toLowerCase();
  addCommand(program, {
    name,
    summary,
    examples: [
      `npx sauda ${name} O-0-12`,
      `npx sauda ${name} my-order-7 --participant COUNTERPARTY --symbol SBI`,
    ],
    more: `${lookedUp} ${answered}`,
  })
    .argument("<order-id>", "ours (O-...) or the sender's own")
    .option("--participant <name>", "who asks (default: the order's counterparty)")
    .option("--symbol <symbol>", "the order's symbol (default: looked up)")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((orderId: string, options: RequestOptions) =>
      onStage(open, terminal, options, (stage) => runRequest(stage, kind, orderId, options)),
    );
}

/** Sends the request and prints the answer. Returns the exit code. */
export async function runRequest(
  stage: Stage,
  kind: RequestKind,
  orderId: string,
  options: RequestOptions,
): Promise<number> {
  const { participant, symbol } = await completed(stage, kind, orderId, options);
  const named = kind === "Cancel" ? { orig_client_order_id: orderId } : { order_id: orderId };
  const client_order_id = options.clientOrderId ?? randomUUID();
  return askMarket(
    stage,
    { type: kind, participant, client_order_id, ...named, symbol },
    options.timeout,
  );
}

async function completed(
  { door }: Stage,
  kind: RequestKind,
  orderId: string,
  { participant, symbol }: RequestOptions,
): Promise<{ participant: string; symbol: string }> {
  if (participant !== undefined && symbol !== undefined) return { participant, symbol };
  const whoAsks = (order: OrderRecord): string | null =>
    kind === "Cancel" ? order.participant : order.counterparty;
  const named = findOrders(await listOrders(door), orderId).filter(
    (order) => participant === undefined || whoAsks(order) === participant,
  );
  const live = named.filter(isLive);
  const found = live.length > 0 ? live : named;
  const [order] = found;
  if (order === undefined)
    throw new Failure(`there is no order ${orderId}: npx sauda orders --all shows what there is`);
  if (found.length > 1) {
    const ids = found.map((one) => one.orderId).join(", ");
    throw new Failure(`${orderId} names several orders: use one of ${ids}`, exitCode.usage);
  }
  const asks = participant ?? whoAsks(order);
  if (asks === null)
    throw new Failure(`${orderId} is in the order book: it waits for nobody's word`);
  return { participant: asks, symbol: symbol ?? order.symbol };
}
