import { onceAFrame, throttled } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { ExecutionMessage, OrderJson } from "../wire.ts";
import { newer, noteExecution, noteOrder } from "./order-list.ts";
import type { OrderList } from "./order-list.ts";

/** Orders fetched at a time: the gateway's most. */
const fetchedMax = 1_000;

/** The member's orders: a snapshot, kept up by the stream, and fetched again after every loss. */
export class OwnOrders {
  /** Newest first. */
  all = $state.raw<readonly OrderJson[]>([]);
  isLoaded = $state(false);
  isResyncing = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly #api: Api;
  readonly #list: OrderList = new Map();
  readonly #leave: () => void;
  readonly #onNews: (order: OrderJson) => void;
  readonly #draw = onceAFrame(() => {
    this.all = [...this.#list.values()].toSorted(newer);
  });
  /** An order we did not know brings at most one snapshot a second. */
  readonly #fetchSoon = throttled(() => void this.refresh(), 1_000);

  constructor(api: Api, stream: StreamClient, onNews: (order: OrderJson) => void) {
    this.#api = api;
    this.#onNews = onNews;
    this.#leave = stream.subscribe(
      { channel: "orders" },
      {
        onMessage: (message) => message.type === "order" && this.#note(message.execution),
        onLost: () => {
          this.isResyncing = true;
        },
        onBegin: () => void this.refresh(),
      },
    );
  }

  /** Takes an order in that an answer brought. */
  note(order: OrderJson | null): void {
    if (order !== null && noteOrder(this.#list, order)) this.#tell(order);
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const { orders } = await this.#api.orders("all", fetchedMax);
      for (const order of orders) {
        const isChange = this.isLoaded && this.#list.has(order.order_id);
        if (noteOrder(this.#list, order) && isChange) this.#onNews(order);
      }
      this.isLoaded = true;
      this.isResyncing = false;
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  close(): void {
    this.#leave();
  }

  #note(execution: ExecutionMessage): void {
    const before = this.#list.get(execution.order_id ?? "");
    const after = noteExecution(this.#list, execution);
    if (after === null && execution.order_id !== null) return this.#fetchSoon();
    if (after !== null && after !== before) this.#tell(after);
  }

  #tell(order: OrderJson): void {
    this.#onNews(order);
    this.#draw();
  }
}
