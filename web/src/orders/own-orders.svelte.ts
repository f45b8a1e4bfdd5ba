import { throttled } from "../frame/coalesce.ts";
import { onceAFrame, unhurried } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { ExecutionMessage, OrderJson } from "../wire.ts";
import {
  forgetOlder,
  isOpen,
  newer,
  noteExecution,
  noteOrder,
  type OrderList,
} from "./order-list.ts";

/** Orders fetched at a time: the gateway's most. */
const fetchedMax = 1_000;
/** Ended orders above so many are let go of, oldest first; the gateway has them still. */
const keptMax = 3_000;

/** The member's orders: a snapshot, kept up by the stream, and fetched again after every loss. */
export class OwnOrders {
  /** Newest first. */
  all = $state.raw<readonly OrderJson[]>([]);
  isLoaded = $state(false);
  isResyncing = $state(false);
  /** True where as many came as are fetched: there may be older ones that `all` lacks. */
  mayLackOlder = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly #api: Api;
  readonly #list: OrderList = new Map();
  readonly #leave: () => void;
  readonly #onNews: (order: OrderJson) => void;
  readonly #draw = onceAFrame(() => {
    this.all = [...this.#list.values()].toSorted(newer);
    for (const order of this.all.slice(keptMax))
      if (!isOpen(order)) this.#list.delete(order.order_id);
  }, unhurried(200));
  /** Orders told of that we have not seen: they are the newest, so a short list brings them. */
  readonly #unknown = new Set<string>();
  readonly #fetchSoon = throttled(() => void this.#fetch(this.#unknown.size + 20), 500);

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

  readonly refresh = (): Promise<void> => this.#fetch(fetchedMax);

  close(): void {
    this.#leave();
  }

  async #fetch(most: number): Promise<void> {
    this.#unknown.clear();
    try {
      const { orders } = await this.#api.orders("all", Math.min(most, fetchedMax));
      for (const order of orders) {
        const isChange = this.isLoaded && this.#list.has(order.order_id);
        if (noteOrder(this.#list, order) && isChange) this.#onNews(order);
      }
      this.isLoaded = true;
      if (most >= fetchedMax) {
        this.isResyncing = false;
        this.mayLackOlder = orders.length >= fetchedMax;
        if (this.mayLackOlder) forgetOlder(this.#list, orders);
      }
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  #note(execution: ExecutionMessage): void {
    const before = this.#list.get(execution.order_id ?? "");
    const after = noteExecution(this.#list, execution);
    if (after === null && execution.order_id !== null) {
      this.#unknown.add(execution.order_id);
      return this.#fetchSoon();
    }
    if (after !== null && after !== before) this.#tell(after);
  }

  #tell(order: OrderJson): void {
    this.#onNews(order);
    this.#draw();
  }
}
