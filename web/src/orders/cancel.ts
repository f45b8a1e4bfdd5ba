import type { News } from "../frame/news.svelte.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { OrderJson } from "../wire.ts";
import type { OwnOrders } from "./own-orders.svelte.ts";

/** Where the cancel is sent and its outcome told. */
type CancelDesk = {
  readonly api: Api;
  readonly news: News;
  readonly orders: OwnOrders | null;
  readonly noteSent: (order: OrderJson) => void;
};

/**
 * Cancels what is left of an order. The request's id is made from the order's, so that pressing
 * twice asks once.
 */
export async function cancelOrder(desk: CancelDesk, order: OrderJson): Promise<void> {
  desk.noteSent(order);
  try {
    const answer = await desk.api.cancel(order.order_id, `web-cancel-${order.order_id}`);
    if (answer.outcome === "unknown") desk.news.tell("the cancel is not decided yet");
    else desk.orders?.note(answer.order);
  } catch (error) {
    const { code, message } = asProblem(error);
    desk.news.tell(`${code}: ${message}`, "bad");
  }
}
