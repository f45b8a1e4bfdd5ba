import type { Role } from "./frame/roles.ts";
import { News } from "./frame/news.svelte.ts";
import { throttled } from "./frame/coalesce.ts";
import { openApi, type Api } from "./gateway/api.ts";
import { Fetched } from "./gateway/fetched.svelte.ts";
import { StreamClient, usualTimes, type StreamState } from "./gateway/stream-client.ts";
import { affirmations } from "./inbox/affirmations.ts";
import { confirmations } from "./inbox/confirmations.ts";
import { Inbox } from "./inbox/inbox.svelte.ts";
import { Instruments } from "./market/instruments.svelte.ts";
import { TicketDesk } from "./market/ticket-desk.svelte.ts";
import { isOpen, orderNews } from "./orders/order-list.ts";
import { OwnOrders } from "./orders/own-orders.svelte.ts";
import type {
  AffirmationJson,
  FundsJson,
  HoldingJson,
  MarketJson,
  OrderJson,
  SessionJson,
} from "./wire.ts";

/** How often a gateway that still reads the log is asked whether it is done. */
const catchUpMs = 300;

/** How often the gateway is asked whether the market decides. */
const readyEveryMs = 3_000;

/** Cash and shares are fetched at most this often while orders move them. */
const accountsEveryMs = 1_000;

/** What a desk needs to open. */
type DeskOptions = {
  readonly key: string;
  readonly role: Role;
  readonly session: SessionJson;
  /** Behind the address is another market than before. */
  readonly onMarket: () => void;
};

/** Cash and shares of the member and its clients. */
type Accounts = { readonly funds: FundsJson[]; readonly holdings: HoldingJson[] };

/**
 * What waits for the member's yes or no: orders that name it, and trades of its clients as a
 * custodian.
 */
type Inboxes = {
  readonly confirmations: Inbox<OrderJson, "confirm">;
  readonly affirmations: Inbox<AffirmationJson, "affirm">;
};

/**
 * Everything one role sees and does: the routes, the stream and what is kept up by it. Another role
 * is another desk; nothing is carried over.
 */
export class Desk {
  readonly role: Role;
  readonly session: SessionJson;
  readonly api: Api;
  readonly stream: StreamClient;
  readonly news = new News();
  readonly market: Fetched<MarketJson>;
  readonly instruments: Instruments;
  readonly ticket: TicketDesk;
  /** Null for the operator, who is nobody's member. */
  readonly orders: OwnOrders | null;
  readonly inboxes: Inboxes | null;
  readonly accounts: Fetched<Accounts> | null;
  connection = $state.raw<StreamState>({ type: "connecting" });
  /** How often the stream had to begin again, and why the last time. */
  breaks = $state(0);
  lastBreak = $state<{ readonly atMs: number; readonly why: string } | null>(null);
  /** Set from a loss of the gateway until it is live again; `lastHeardMs` null: it never was. */
  silence = $state.raw<{ readonly lastHeardMs: number | null } | null>(null);
  /** Why nothing is decided though the gateway answers; null while the market works. */
  standstill = $state<string | null>(null);
  /** The gateway still reads the log: what it says of the past may not be all yet. */
  isCatchingUp = $state(false);
  readonly #refreshers = new Set<() => unknown>();
  /** Ids of the orders and cancels that this page sent: of others' no toast tells. */
  readonly #sent = new Set<string>();
  #watch: ReturnType<typeof setInterval> | undefined;
  /** Asks for cash and shares, at most once a second. */
  readonly accountsMoved: () => void;

  constructor({ key, role, session, onMarket }: DeskOptions) {
    const { origin, host, protocol } = window.location;
    const { participant } = role;
    this.role = role;
    this.session = session;
    this.api = openApi({ origin, key, participant });
    this.stream = new StreamClient({
      url: `${protocol === "https:" ? "wss" : "ws"}://${host}/v1/stream`,
      key,
      participant,
      times: usualTimes,
      onState: (state) => this.#enter(state),
      onReady: (marketId) => {
        if (marketId !== session.market_id) onMarket();
      },
      onError: (code, detail) => this.news.tell(`${code}: ${detail}`, "bad"),
    });
    this.market = new Fetched(() => this.api.market());
    this.instruments = new Instruments(this.api, this.stream);
    this.orders =
      participant === null
        ? null
        : new OwnOrders(this.api, this.stream, (order) => this.#noteNews(order));
    this.inboxes = participant === null ? null : this.#openInboxes();
    this.accounts = participant === null ? null : new Fetched(() => this.#fetchAccounts());
    this.accountsMoved = throttled(() => void this.accounts?.refresh(), accountsEveryMs);
    for (const store of [this.instruments, this.orders, ...Object.values(this.inboxes ?? {})])
      if (store !== null) this.#refreshers.add(store.refresh);
    this.ticket = new TicketDesk(this.api, {
      onSent: (clientOrderId) => this.#sent.add(clientOrderId),
      onOrder: (order) => this.orders?.note(order),
    });
  }

  /** Has toasts tell what becomes of an order that this page acted on. */
  readonly noteSent = (order: OrderJson): void => {
    this.#sent.add(order.client_order_id);
  };

  open(): void {
    this.stream.open();
    this.#watch = setInterval(() => void this.#lookForStandstill(), readyEveryMs);
    void this.market.refresh();
    this.accountsMoved();
  }

  close(): void {
    clearInterval(this.#watch);
    this.ticket.close();
    this.stream.close();
    this.instruments.close();
    this.orders?.close();
    for (const inbox of Object.values(this.inboxes ?? {})) inbox.close();
  }

  #openInboxes(): Inboxes {
    const { api, stream, news } = this;
    return {
      confirmations: new Inbox(confirmations, api, stream, news),
      affirmations: new Inbox(affirmations, api, stream, news),
    };
  }

  #enter(state: StreamState): void {
    this.connection = state;
    if (state.type === "live") this.silence = null;
    else if (state.type === "stale" || state.type === "waiting" || state.type === "crowded")
      this.silence ??= { lastHeardMs: this.stream.heardAtMs };
    if (state.type === "waiting" || state.type === "crowded") {
      this.breaks += 1;
      const why = state.type === "waiting" ? state.why : `${state.code}: ${state.detail}`;
      this.lastBreak = { atMs: Date.now(), why };
    }
    if (state.type === "live" && this.breaks > 0) {
      this.accountsMoved();
      void this.#catchUp();
    }
  }

  /** Calls back when a gateway that came back has read the whole log. Returns how to stop. */
  onCaughtUp(refresh: () => unknown): () => void {
    this.#refreshers.add(refresh);
    return () => this.#refreshers.delete(refresh);
  }

  /**
   * A gateway answers before it has read the log's end; snapshots of before are asked for again
   * then.
   */
  async #catchUp(): Promise<void> {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    let wasBehind = false;
    for (;;) {
      await this.market.refresh();
      const isBehind = this.market.problem === null && this.market.value?.status === "starting";
      if (!isBehind) break;
      wasBehind = true;
      await new Promise((resolve) => setTimeout(resolve, catchUpMs));
    }
    this.isCatchingUp = false;
    if (!wasBehind) return;
    for (const refresh of this.#refreshers) refresh();
  }

  /** A gateway may answer while nobody decides: it knows, and says so. */
  async #lookForStandstill(): Promise<void> {
    if (this.connection.type !== "live" || this.isCatchingUp) return;
    try {
      this.standstill = await this.api.whyNotReady();
    } catch {
      // Whether the gateway is there is the stream's to say.
    }
  }

  #noteNews(order: OrderJson): void {
    this.accountsMoved();
    if (!this.#sent.has(order.client_order_id)) return;
    const isBad = order.status === "Rejected";
    this.news.tell(orderNews(order), isBad ? "bad" : isOpen(order) ? "plain" : "good");
  }

  async #fetchAccounts(): Promise<Accounts> {
    const [{ funds }, { holdings }] = await Promise.all([this.api.funds(), this.api.holdings()]);
    return { funds, holdings };
  }
}
