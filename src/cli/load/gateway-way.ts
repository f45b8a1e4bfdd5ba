import type { z } from "zod";
import type { decidedSchema, orderSchema, problemSchema } from "../../http/schemas.ts";
import { whyOf } from "../../services/why.ts";
import { Unanswered, type GatewayClient } from "../client/gateway-client.ts";
import { routed, type RoutedRequest } from "../client/request-routes.ts";
import type { LoadOrder } from "./load-orders.ts";
import type { LoadWay, SentOrder } from "./sent-order.ts";

/** How much longer than its deadline a request may take on the way. */
const wayMs = 5_000;

type Answered = Pick<SentOrder, "outcome" | "why" | "place">;

/** What the gateway may answer, as far as it is looked at. */
type AnswerJson = Partial<Pick<z.infer<typeof decidedSchema>, "outcome" | "place">> &
  Partial<Pick<z.infer<typeof problemSchema>, "code">> & {
    readonly order?: Pick<z.infer<typeof orderSchema>, "order_id"> | null;
  };

/**
 * Sends orders over HTTP, each in a request of its own; what the client's connections cannot take
 * waits its turn. `deadlineMs`: within which the market is to decide, or refuse.
 */
export function openGatewayWay(
  market: GatewayClient,
  deadlineMs: number,
  onAnswer: (sent: SentOrder) => void,
): LoadWay {
  /** Our ids of negotiated orders by their own; the gateway takes an answer by ours alone. */
  const waiting = new Map<string, Promise<string | null>>();
  let unanswered = 0;

  async function ask(order: LoadOrder): Promise<Answered> {
    const { message } = order;
    if (message.type !== "Confirm") return askOnce(market, routed(message), deadlineMs);
    const named = String(message["order_id"]);
    const orderId = await waiting.get(named);
    waiting.delete(named);
    if (orderId === undefined || orderId === null)
      return { outcome: "not_sent", why: "ITS_ORDER_WAS_NOT_ACCEPTED", place: null };
    return askOnce(market, routed({ ...message, order_id: orderId }), deadlineMs);
  }
  return {
    send(order, dueMs) {
      unanswered += 1;
      const sentMs = performance.now();
      const answered = ask(order).then((answer) => {
        unanswered -= 1;
        onAnswer({ ...order, dueMs, sentMs, answeredMs: performance.now(), ...answer });
        const { place } = answer;
        return place !== null && "order_id" in place ? place.order_id : null;
      });
      if (order.kind === "negotiated") waiting.set(order.message.client_order_id, answered);
    },
    unanswered: () => unanswered,
    close: async () => market.close(),
  };
}

/** Never throws: what went wrong is the outcome. */
async function askOnce(
  market: GatewayClient,
  { method, path, participant, clientOrderId, body }: RoutedRequest,
  deadlineMs: number,
): Promise<Answered> {
  const fullBody = { ...body, client_order_id: clientOrderId, deadline_in_ms: deadlineMs };
  const asked = { participant, body: fullBody, timeoutMs: deadlineMs + wayMs };
  try {
    const { status, json } = await market.attempt<AnswerJson>(method, path, asked);
    const { place, order, outcome, code } = json;
    if (place === undefined)
      return status < 400
        ? { outcome: "unknown", why: "NOT_DECIDED_IN_TIME", place: null }
        : { outcome: "refused", why: code ?? String(status), place: null };
    const { shard, seq } = place;
    const at = { order_id: order?.order_id ?? null, shard, seq };
    if (status >= 400) return { outcome: "rejected", why: code ?? String(status), place: at };
    return { outcome: outcome ?? "accepted", why: null, place: at };
  } catch (error) {
    const isSent = !(error instanceof Unanswered) || error.isSent;
    return { outcome: isSent ? "unknown" : "not_sent", why: whyOf(error), place: null };
  }
}
