import type { OrderJson } from "../../http/schemas.ts";
import { addAskingCommand, askFound, type AskingOptions } from "../client/ask-either.ts";
import { firstRows } from "../client/pages.ts";
import { isLive } from "./order-rows.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";

/** What may be said beside the order's id. */
export type RequestOptions = AskingOptions & {
  readonly participant?: string;
  readonly symbol?: string;
};

/** What can be asked about an order that exists. */
type RequestKind = "Cancel" | "Confirm" | "Reject";

/** How the help of a request about one order says what may be left out. */
export const lookedUp: string = "Participant and symbol are looked up unless both are given.";

/**
 * `sauda confirm ORDER_ID`, `sauda reject ORDER_ID`: the counterparty's yes or no to a
 * negotiated order.
 */
export function registerAnswer(registry: Registry, kind: Exclude<RequestKind, "Cancel">): void {
  const name = kind.toLowerCase() as Lowercase<typeof kind>;
  addAskingCommand(registry, {
    name,
    examples: [
      `npx sauda ${name} O-0-12`,
      `npx sauda ${name} my-order-7 --participant COUNTERPARTY --symbol SBI`,
    ],
    more: lookedUp,
  })
    .argument("<order-id>", "ours (O-...) or the sender's own")
    .option("--participant <name>", "who asks (default: the order's counterparty)")
    .option("--symbol <symbol>", "the order's symbol (default: looked up)")
    .action((orderId: string, options: RequestOptions) =>
      askAboutOrder(registry, kind, orderId, options),
    );
}

/** Sends the request and prints the answer; sets the exit code. */
export function askAboutOrder(
  registry: Registry,
  kind: RequestKind,
  orderId: string,
  options: RequestOptions,
): Promise<void> {
  const { participant, symbol } = options;
  return askFound(registry, options, {
    gateway: async ({ market }) => {
      const asks = kind === "Cancel" ? participant : undefined;
      const asked = { participant: asks, query: { id: orderId } };
      const found = await firstRows<OrderJson>(market, "/v1/orders", "orders", 100, asked);
      const order = meant(kind, orderId, found.rows, options);
      return { type: kind, ...namedBy(kind, order.order_id), participant: order.asks };
    },
    log: async ({ logClient }) => {
      const asked = { type: kind, ...namedBy(kind, orderId) };
      if (participant !== undefined && symbol !== undefined)
        return { ...asked, participant, symbol };
      const { ordersNamed } = await import("./orders-of-log.ts");
      const order = meant(kind, orderId, await ordersNamed(logClient, orderId), options);
      return { ...asked, participant: order.asks, symbol: symbol ?? order.symbol };
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
  all: readonly OrderJson[],
  { participant }: RequestOptions,
): OrderJson & { readonly asks: string } {
  const whoAsks = (order: OrderJson): string | null =>
    kind === "Cancel" ? order.participant : order.counterparty;
  const named = all.filter((order) => participant === undefined || whoAsks(order) === participant);
  const live = named.filter(isLive);
  const found = live.length > 0 ? live : named;
  const [order] = found;
  if (order === undefined)
    throw new Failure(`there is no order ${orderId}: npx sauda orders --all shows what there is`);
  if (found.length > 1) {
    const ids = found.map((one) => one.order_id).join(", ");
    throw new Failure(`${orderId} names several orders: use one of ${ids}`, exitCode.usage);
  }
  const asks = participant ?? whoAsks(order);
  if (asks === null)
    throw new Failure(`${orderId} is in the order book: it waits for nobody's word`);
  return { ...order, asks };
}
