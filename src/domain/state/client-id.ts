import { getOrMake } from "../facts/get-or-make.ts";
import type { RequestRejected } from "../facts/event.ts";
import type { OrderContent, OrderFields } from "../facts/order-fields.ts";
import type { ClearingRequestRejected } from "../facts/shortfall-event.ts";
import type { Participant, Ticker } from "../facts/units.ts";

/**
 * What each participant's client ids said first, orders, cancels and answers together. Kept for the
 * market's life: nothing empties it until ids get a horizon (rule R14).
 */
export type ClientIds = Map<Participant, Map<string, KnownId>>;

/** The first use of a client id: `firstSeq` is its step. */
export type KnownId = KnownOrder | KnownRequest | KnownClearing;

type KnownOrder = OrderContent & {
  readonly type: "Order";
  readonly firstSeq: number;
  /** Ours; null for an order that was refused and so never was in the market. */
  readonly orderId: string | null;
};

type RequestContent = {
  readonly request: RequestRejected["request"];
  readonly symbol: Ticker | null;
  /** The order meant, by each id that is known to mean it. */
  readonly orderIds: readonly string[];
};

type ClearingContent = Pick<ClearingRequestRejected, "request" | "said">;

type KnownClearing = ClearingContent & { readonly type: "Clearing"; readonly firstSeq: number };

type KnownRequest = RequestContent & { readonly type: "Request"; readonly firstSeq: number };

/**
 * Our id of the order that a made id means, `O-0-7` or `A-0-7`; null for an id that a client may
 * have made.
 */
export function ourOrderId(named: string): string | null {
  if (named.startsWith("A-")) return `O-${named.slice(2)}`;
  return /^O-\d+-\d+$/.test(named) ? named : null;
}

/** What the id was first used for, or undefined. */
export function findId(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string,
): KnownId | undefined {
  return ids.get(participant)?.get(clientOrderId);
}

/** Keeps an order's id with what it said. Made ids say nothing and are not kept. */
export function keepOrderId(
  ids: ClientIds,
  order: OrderFields,
  orderId: string | null,
  seq: number,
): void {
  const { participant, clientOrderId } = order;
  // a made id is never sent again
  if (clientOrderId === null || clientOrderId.startsWith("A-")) return;
  const { client, symbol, side, quantity, pricePaise } = order;
  const { counterparty, custodian, product, unfit } = order;
  idsOf(ids, participant).set(clientOrderId, {
    type: "Order",
    firstSeq: seq,
    orderId,
    client,
    symbol,
    side,
    quantity,
    pricePaise,
    counterparty,
    custodian,
    product,
    unfit,
  });
}

/** Keeps the own id of a cancel, modify or answer with what it said. */
export function keepRequestId(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string,
  content: RequestContent,
  seq: number,
): void {
  idsOf(ids, participant).set(clientOrderId, { type: "Request", firstSeq: seq, ...content });
}

/** Keeps the own id of a request that is about no single order with what it said. */
export function keepClearingId(
  ids: ClientIds,
  participant: Participant,
  clientOrderId: string,
  { request, said }: ClearingContent,
  seq: number,
): void {
  const known = { type: "Clearing", firstSeq: seq, request, said } as const;
  idsOf(ids, participant).set(clientOrderId, known);
}

/** True if such a request says what the id said first. */
export function saysSameClearing(
  known: KnownId,
  request: ClearingContent["request"],
  text: string,
): boolean {
  return known.type === "Clearing" && known.request === request && known.said === text;
}

/** True if the order says what the id said first: all but timestamps. */
export function saysSameOrder(known: KnownId, order: OrderContent): boolean {
  if (known.type !== "Order") return false;
  const { type: _type, firstSeq: _firstSeq, orderId: _orderId, unfit, ...content } = known;
  if (unfit?.field !== order.unfit?.field || unfit?.text !== order.unfit?.text) return false;
  // All that is kept of the first one. What is no single value must be compared as `unfit` is, or
  // does not compile.
  const first: Readonly<Record<keyof typeof content, string | number | null>> = content;
  return Object.entries(first).every(
    ([name, value]) => order[name as keyof typeof content] === value,
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
  return known.request === request && known.symbol === symbol && known.orderIds.includes(orderId);
}

function idsOf(ids: ClientIds, participant: Participant): Map<string, KnownId> {
  return getOrMake(ids, participant, () => new Map<string, KnownId>());
}
