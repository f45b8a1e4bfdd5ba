import { randomUUID } from "node:crypto";
import type { OrderJson } from "../../http/schemas.ts";
import type { AskingOptions } from "../client/ask-either.ts";
import { addMarketCommand, onMarket } from "../client/market-context.ts";
import { firstRows } from "../client/pages.ts";
import { answered } from "./clearing-request.ts";
import type { OpenDoor } from "../door.ts";
import { answerTimeout } from "../option-values.ts";
import { isLive, orderRow } from "./order-rows.ts";
import type { OrderRow } from "./order-rows.ts";
import { Failure, exitCode } from "../output.ts";
import { summaries } from "../summaries.ts";
import type { Terminal } from "../terminal.ts";
import type { Registry } from "../registry.ts";

/** What may be said beside the order's id. */
export type RequestOptions = AskingOptions & {
  readonly participant?: string;
  readonly symbol?: string;
  readonly clientOrderId?: string;
};

/** What can be asked about an order that exists. */
type RequestKind = "Cancel" | "Confirm" | "Reject";

/** `sauda confirm ORDER_ID`: the counterparty's yes to a negotiated order. */
export function registerConfirm(registry: Registry): void {
  register(registry, "Confirm", summaries.confirm);
}

/** `sauda reject ORDER_ID`: the counterparty's no. */
export function registerReject(registry: Registry): void {
  register(registry, "Reject", summaries.reject);
}

/** How the help of a request about one order says what may be left out. */
export const lookedUp: string = "Participant and symbol are looked up unless both are given.";

function register(
  { program, open, terminal }: Registry,
  kind: Exclude<RequestKind, "Cancel">,
  summary: string,
): void {
  const name = kind.toLowerCase();
  addMarketCommand(program, {
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
      askAboutOrder(open, terminal, kind, orderId, options),
    );
}

/** Sends the request and prints the answer; sets the exit code. */
export async function askAboutOrder(
  open: OpenDoor,
  terminal: Terminal,
  kind: RequestKind,
  orderId: string,
  options: RequestOptions,
): Promise<void> {
  const { timeout, clientOrderId: client_order_id = randomUUID() } = options;
  await onMarket(open, terminal, options, {
    gateway: async (context) => {
      const { askGateway } = await import("../client/ask-gateway.ts");
      const query = { id: orderId };
      const asked = { participant: kind === "Cancel" ? options.participant : undefined, query };
      const found = await firstRows<OrderJson>(context.market, "/v1/orders", "orders", 100, asked);
      const order = meant(kind, orderId, found.rows.map(orderRow), options);
      const message = { type: kind, client_order_id, ...namedBy(kind, order.orderId) };
      return askGateway(context, { ...message, participant: order.asks }, timeout);
    },
    log: async (context) => {
      const { askMarket } = await import("./ask-market.ts");
      const asked = { type: kind, client_order_id, ...namedBy(kind, orderId) };
      const { participant, symbol } = options;
      if (participant !== undefined && symbol !== undefined)
        return askMarket(context, { ...asked, participant, symbol }, timeout);
      const { findOrders, listOrders } = await import("./order-list.ts");
      const all = findOrders(await listOrders(context.door), orderId);
      const order = meant(kind, orderId, all, options);
      const about = { participant: order.asks, symbol: symbol ?? order.symbol };
      return askMarket(context, { ...asked, ...about }, timeout);
    },
  });
}

function namedBy(kind: RequestKind, orderId: string): object {
  return kind === "Cancel" ? { orig_client_order_id: orderId } : { order_id: orderId };
}

/** Of the orders that have the id the one that is meant, and who asks about it. */
function meant(
  kind: RequestKind,
  orderId: string,
  all: readonly OrderRow[],
  { participant }: RequestOptions,
): OrderRow & { readonly asks: string } {
  const whoAsks = (order: OrderRow): string | null =>
    kind === "Cancel" ? order.participant : order.counterparty;
  const named = all.filter((order) => participant === undefined || whoAsks(order) === participant);
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
  return { ...order, asks };
}
