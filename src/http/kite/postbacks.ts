import type { ApiKey } from "../keys.ts";
import type { Server } from "../typed-server.ts";
import { readKiteMark } from "./client-order-id.ts";
import type { KiteParts } from "./kite-parts.ts";
import { changedOrders, orderNews } from "./order-news.ts";
import { newPostbackQueue } from "./postback-queue.ts";
import type { PostbackTarget } from "./postback-target.ts";

/** What postbacks need besides the market. */
export type PostbackOptions = {
  readonly targets: readonly PostbackTarget[];
  readonly keys: () => readonly ApiKey[];
  /** Hears of an address that does not take its postbacks. */
  readonly alarm: (what: string) => void;
};

/**
 * Tells each address what becomes of the orders that its key placed here, from the moment
 * this gateway knows the log's end. Give an address to one gateway only: two would post
 * everything twice.
 */
export function startPostbacks(kite: Server, parts: KiteParts, options: PostbackOptions): void {
  const { targets, keys, alarm } = options;
  if (targets.length === 0) return;
  const ended = new AbortController();
  const queues = targets.map(({ keyId, url }) => {
    return { keyId, queue: newPostbackQueue(url, alarm, ended.signal) };
  });
  const stopListening = parts.gateway.listen((step) => {
    if (!parts.gateway.isCaughtUp()) return;
    for (const order of changedOrders(parts.gateway.records.orders, step)) {
      const keyId = readKiteMark(order.clientOrderId)?.keyId;
      const key = keys().find(({ id }) => id === keyId);
      if (key === undefined) continue;
      const news = JSON.stringify(orderNews(order, parts.tokens, key));
      for (const each of queues) if (each.keyId === keyId) each.queue.post(news);
    }
  });
  kite.addHook("onClose", async () => {
    stopListening();
    ended.abort();
  });
}
