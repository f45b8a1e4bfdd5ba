import type { News } from "../frame/news.svelte.ts";
import { onceAFrame } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import { newTicketId } from "../market/ticket.ts";
import { isOpen, noteOrder, splitOrders } from "../orders/order-list.ts";
import type { OrderList } from "../orders/order-list.ts";
import type { OrderJson } from "../wire.ts";

/** How many that wait no longer are shown. */
const pastMax = 50;

/** The word given for an order, kept so that a second press is the same request. */
type Answer = { readonly said: "confirm" | "reject"; readonly requestId: string };

/** Negotiated orders that name this member, waiting for its word, and those that did of late. */
export class Inbox {
  /** Oldest first: that is the order in which they expire. */
  waiting = $state.raw<readonly OrderJson[]>([]);
  /** Newest first. */
  past = $state.raw<readonly OrderJson[]>([]);
  isLoaded = $state(false);
  isResyncing = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  /** Orders with a word under way. */
  answering = $state.raw<ReadonlySet<string>>(new Set());
  readonly #api: Api;
  readonly #news: News;
  readonly #list: OrderList = new Map();
  readonly #answers = new Map<string, Answer>();
  readonly #leave: () => void;
  readonly #draw = onceAFrame(() => {
    ({ waiting: this.waiting, past: this.past } = splitOrders(this.#list, pastMax));
  });

  constructor(api: Api, stream: StreamClient, news: News) {
    this.#api = api;
    this.#news = news;
    this.#leave = stream.subscribe(
      { channel: "confirmations" },
      {
        onMessage: (message) => message.type === "confirmation" && this.#note(message.order),
        onLost: () => {
          this.isResyncing = true;
        },
        onBegin: () => void this.refresh(),
      },
    );
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const before = [...this.#list.values()].filter(isOpen);
      const { orders } = await this.#api.confirmations();
      const waits = new Set(orders.map(({ order_id }) => order_id));
      // What waits no more was answered while nobody told us; how, its owner knows.
      for (const { order_id: id } of before) if (!waits.has(id)) this.#list.delete(id);
      for (const order of orders) noteOrder(this.#list, order);
      this.isLoaded = true;
      this.isResyncing = false;
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  /** Says yes or no, once. */
  async answer(order: OrderJson, said: "confirm" | "reject"): Promise<void> {
    const { order_id: id } = order;
    if (this.answering.has(id)) return;
    const known = this.#answers.get(id);
    const requestId = known?.said === said ? known.requestId : newTicketId(`web-${said}`);
    this.#answers.set(id, { said, requestId });
    this.answering = new Set([...this.answering, id]);
    try {
      const answer = await this.#api.answer(id, said, requestId);
      if (answer.outcome === "unknown") this.#news.tell(`${said} of ${id}: not decided yet`);
      else if (answer.order !== null) this.#note(answer.order);
    } catch (error) {
      const { code, message } = asProblem(error);
      this.#news.tell(`${said}: ${code}: ${message}`, "bad");
    }
    this.answering = new Set([...this.answering].filter((each) => each !== id));
  }

  close(): void {
    this.#leave();
  }

  #note(order: OrderJson): void {
    const isNew = !this.#list.has(order.order_id);
    if (!noteOrder(this.#list, order)) return;
    const what = `${order.participant} buys ${order.quantity} ${order.symbol}`;
    if (isNew && isOpen(order)) this.#news.say(`${what}: waits for your word`);
    else if (!isOpen(order) && this.#answers.has(order.order_id))
      this.#news.tell(`${what}: ${order.status}`, toneOf(order));
    this.#draw();
  }
}

function toneOf({ status }: OrderJson): "good" | "plain" {
  return status === "Filled" ? "good" : "plain";
}
