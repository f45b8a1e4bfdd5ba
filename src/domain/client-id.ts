import type { OrderFields } from "./command.ts";
import type { RequestRejected } from "./event.ts";
import type { Participant, Ticker } from "./units.ts";

/**
 * What each participant's client ids said first, orders, cancels and answers together. Kept for the
 * market's life: nothing empties it until ids get a horizon (rule R14).
 */
export type ClientIds = Map<Participant, Map<string, KnownId>>;

/** The first use of a client id: `firstSeq` is its step. */
export type KnownId = KnownOrder | KnownRequest;

type KnownOrder = {
  readonly type: "Order";
  readonly firstSeq: number;
  /** Ours; null for an order that was refused and so never was in the market. */
  readonly orderId: string | null;
  readonly said: OrderContent;
};

type OrderContent = Pick<
  OrderFields,
  "client" | "symbol" | "side" | "quantity" | "pricePaise" | "counterparty" | "unfit"
>;

type KnownRequest = {
  readonly type: "Request";
  readonly firstSeq: number;
  readonly said: RequestContent;
};

type RequestContent = {
  readonly request: RequestRejected["request"];
  readonly symbol: Ticker | null;
  /** The order meant, by each id that is known to mean it. */
  readonly orderIds: readonly string[];
};

/** True for the ids only the exchange makes: `A-...` for a client id nobody gave, `O-...` for an order. */
export function isReservedId(clientOrderId: string): boolean {
  return clientOrderId.startsWith("A-") || clientOrderId.startsWith("O-");
}

/** What the id was first used for, or undefined. */
export function findId(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string,
): KnownId | undefined {
  return ids.get(participant)?.get(clientOrderId);
}

/** Keeps an order's id with what it said. The first use stays; a made id is not kept. */
export function keepOrderId(
  ids: ClientIds,
  order: OrderFields,
  orderId: string | null,
  seq: number,
): void {
  const table = tableFor(ids, order.participant, order.clientOrderId);
  if (table === null || order.clientOrderId === null) return;
  const { client, symbol, side, quantity, pricePaise, counterparty, unfit } = order;
  const said = { client, symbol, side, quantity, pricePaise, counterparty, unfit };
  table.set(order.clientOrderId, { type: "Order", firstSeq: seq, orderId, said });
}

/** Keeps the own id of a cancel, modify or answer with what it said. The first use stays. */
export function keepRequestId(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string,
  said: RequestContent,
  seq: number,
): void {
  const table = tableFor(ids, participant, clientOrderId);
  table?.set(clientOrderId, { type: "Request", firstSeq: seq, said });
}

/** True if the order says what the id said first: all but timestamps. */
export function saysSameOrder(known: KnownId, order: OrderContent): boolean {
  if (known.type !== "Order") return false;
  const { said } = known;
  return (
    said.symbol === order.symbol &&
    said.side === order.side &&
    said.quantity === order.quantity &&
    said.pricePaise === order.pricePaise &&
    said.client === order.client &&
    said.counterparty === order.counterparty &&
    said.unfit?.field === order.unfit?.field &&
    said.unfit?.text === order.unfit?.text
  );
}

/** True if the request says what the id said first. */
export function saysSameRequest(
  known: KnownId,
  request: RequestRejected["request"],
  symbol: Ticker | null,
  orderId: string,
): boolean {
  if (known.type !== "Request") return false;
  const { said } = known;
  return said.request === request && said.symbol === symbol && said.orderIds.includes(orderId);
}

/** The participant's table, or null where this id has no business in it. */
function tableFor(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string | null,
): Map<string, KnownId> | null {
  if (clientOrderId === null || isReservedId(clientOrderId)) return null;
  let table = ids.get(participant);
  if (table === undefined) {
    table = new Map();
    ids.set(participant, table);
  }
  return table.has(clientOrderId) ? null : table;
}
