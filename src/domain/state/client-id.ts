import type { RequestRejected } from "../facts/event.ts";
import { getOrMake } from "../facts/get-or-make.ts";
import type { OrderContent } from "../facts/order-fields.ts";
import type { ClearingRequestRejected } from "../facts/shortfall-event.ts";
import type { Participant, Ticker } from "../facts/units.ts";
import { findEnded, type Ended, type EndedOrder } from "./ended.ts";
import { contentOf, type Order } from "./order.ts";
import type { Remembered } from "./remembered.ts";

/** The live orders by what their senders call them. They leave with their orders. */
export type LiveIds = Map<Participant, Map<string, Order>>;

/** The first use of a client id, of a live order or of what is remembered. */
export type KnownId =
  | Exclude<Ended, EndedOrder>
  | Pick<EndedOrder, "type" | "firstSeq" | "orderId" | "content">;

/** Where client ids are known. */
type Ids = { readonly liveIds: LiveIds; readonly remembered: Remembered };

/**
 * Our id of the order that a made id means, `O-0-7` or `A-0-7`; null for an id that a client may
 * have made.
 */
export function ourOrderId(named: string): string | null {
  if (isMadeId(named)) return `O-${named.slice(2)}`;
  return /^O-\d+-\d+$/.test(named) ? named : null;
}

/** What the id was first used for, or undefined. */
export function findId(
  { liveIds, remembered }: Ids,
  participant: Participant,
  clientOrderId: string,
): KnownId | undefined {
  const live = liveIds.get(participant)?.get(clientOrderId);
  if (live === undefined) return findEnded(remembered, participant, clientOrderId);
  const { orderId, arrival: firstSeq } = live;
  return { type: "Order", firstSeq, orderId, content: contentOf(live) };
}

/** True for an id that was made, where the sender gave none: it says nothing and is not kept. */
export function isMadeId(clientOrderId: string): boolean {
  return clientOrderId.startsWith("A-");
}

/** Notes the id of an order that begins to live. */
export function keepLiveId(liveIds: LiveIds, order: Order): void {
  const { participant, clientOrderId } = order;
  if (isMadeId(clientOrderId)) return; // never sent again
  getOrMake(liveIds, participant, () => new Map<string, Order>()).set(clientOrderId, order);
}

/** Lets go of the id of an order that lives no longer. */
export function dropLiveId(liveIds: LiveIds, { participant, clientOrderId }: Order): void {
  const ids = liveIds.get(participant);
  if (ids?.delete(clientOrderId) === true && ids.size === 0) liveIds.delete(participant);
}

/** True if such a request says what the id said first. */
export function saysSameClearing(
  known: KnownId,
  request: ClearingRequestRejected["request"],
  text: string,
): boolean {
  return known.type === "Clearing" && known.request === request && known.said === text;
}

/** True if the order says what the id said first: all but timestamps. */
export function saysSameOrder(known: KnownId, order: OrderContent): boolean {
  if (known.type !== "Order") return false;
  const { unfit, ...content } = known.content;
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
