import { isOpen, newer, noteOrder } from "../orders/order-list.ts";
import type { OrderJson } from "../wire.ts";
import type { Matter } from "./matter.ts";

/** Negotiated orders that name this member. The oldest expire first. */
export const confirmations: Matter<OrderJson, "confirm"> = {
  channel: "confirmations",
  yes: "confirm",
  keyOf: ({ order_id }) => order_id,
  isWaiting: isOpen,
  fetch: async (api) => (await api.confirmations()).orders,
  read: (message) => (message.type === "confirmation" ? message.order : null),
  send: async (api, { order_id }, word, requestId) => {
    const answer = await api.answer(order_id, word, requestId);
    return answer.outcome === "unknown" ? "unknown" : answer.order;
  },
  note: noteOrder,
  sooner: (one, other) => newer(other, one),
  newer,
  tellWaiting: (order) => `${wordsOf(order)}: waits for your word`,
  tellEnd: (order) => ({
    text: `${wordsOf(order)}: ${order.status}`,
    isGood: order.status === "Filled",
  }),
};

function wordsOf({ participant, quantity, symbol }: OrderJson): string {
  return `${participant} buys ${quantity} ${symbol}`;
}
