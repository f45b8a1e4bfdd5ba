import { priceText } from "../format/rupees.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { InstrumentJson, OrderJson } from "../wire.ts";
import {
  findFaults,
  isSendable,
  newDraft,
  newTicketId,
  oppositePaise,
  orderBody,
  phaseAfter,
  phaseOf,
  questionOf,
  whyNotSendable,
  type BestPrices,
  type Draft,
  type DraftFaults,
  type TicketPhase,
} from "./ticket.ts";

/** How often an order without an answer is asked for. */
const askEveryMs = 1_000;

/** Nobody has read a question sooner. */
const readingMs = 500;

/** The ticket on the screen: one at a time, each with its own id. */
export class TicketDesk {
  draft = $state.raw<Draft>(newDraft(""));
  phase = $state.raw<TicketPhase>({ type: "editing" });
  faults = $state.raw<DraftFaults>({});
  /** What is asked before it is sent; null where nothing is. */
  question = $state<string | null>(null);
  /** Why the last press of Enter sent nothing; empty where it did. */
  whyNot = $state("");
  #clientOrderId = newTicketId();
  #askedAtMs = 0;
  /** The instrument that the draft was last checked against. */
  #instrument: InstrumentJson | undefined;
  /** The symbol's best prices, as the book on the page last showed them. */
  #best: BestPrices = { bidPaise: null, askPaise: null };
  /** Opened by a key before the book was there: its price is taken from the book when it comes. */
  #wantsPrice = false;
  #asking: ReturnType<typeof setTimeout> | undefined;
  readonly #api: Api;
  readonly #hooks: TicketHooks;

  constructor(api: Api, hooks: TicketHooks) {
    this.#api = api;
    this.#hooks = hooks;
  }

  /** Ends its asking. */
  close(): void {
    clearTimeout(this.#asking);
  }

  /** Begins an order of this side at the best price opposite. */
  begin(side: "BUY" | "SELL"): void {
    this.edit({ side, price: "", ...(side === "SELL" ? { counterparty: "" } : {}) });
    this.#wantsPrice = true;
    this.#takeBest();
  }

  /** Notes the best prices of the symbol's book. */
  noteBest(best: BestPrices): void {
    this.#best = best;
    if (this.#wantsPrice) this.#takeBest();
  }

  #takeBest(): void {
    const pricePaise = oppositePaise(this.draft.side, this.#best);
    if (pricePaise === null) return;
    this.#wantsPrice = false;
    this.takePrice(pricePaise);
  }

  /** Changes what is typed. After an answer that is a new order, so a new ticket. */
  edit(change: Partial<Draft>): void {
    if (this.phase.type === "sending" || this.phase.type === "unknown") {
      this.whyNot = whyNotSendable(this.phase);
      return;
    }
    if (this.phase.type !== "editing") this.#renew();
    if (change.price !== undefined) this.#wantsPrice = false;
    this.draft = { ...this.draft, ...change };
    this.question = null;
    this.whyNot = "";
    if (Object.keys(this.faults).length > 0) this.faults = findFaults(this.draft, this.#instrument);
  }

  /** Takes a price off the ladder or the depth chart. */
  takePrice(pricePaise: number): void {
    this.edit({ price: priceText(pricePaise) });
  }

  /** Another symbol: the price of the last one means nothing. */
  changeSymbol(symbol: string): void {
    if (symbol === this.draft.symbol) return;
    this.#best = { bidPaise: null, askPaise: null };
    const wantsPrice = this.#wantsPrice;
    this.edit({ symbol, price: "" });
    this.#wantsPrice = wantsPrice;
  }

  /** Empties the ticket. */
  clear(): void {
    if (this.phase.type === "sending") return;
    this.#renew();
    this.draft = newDraft(this.draft.symbol, this.draft.side);
  }

  /**
   * Sends it, once; one that may be a slip only after being asked again. Says why where it does
   * not.
   */
  async send(instrument: InstrumentJson | undefined): Promise<void> {
    this.#instrument = instrument;
    this.whyNot = whyNotSendable(this.phase);
    if (!isSendable(this.phase)) return;
    this.faults = findFaults(this.draft, instrument);
    if (Object.keys(this.faults).length > 0) return;
    const question = questionOf(this.draft, instrument);
    if (question !== null && question !== this.question) {
      this.question = question;
      this.#askedAtMs = Date.now();
      return;
    }
    // The second half of a double click is not the answer to a question it cannot have read.
    if (question !== null && Date.now() - this.#askedAtMs < readingMs) return;
    this.question = null;
    this.phase = { type: "sending" };
    this.#hooks.onSent(this.#clientOrderId);
    try {
      const answer = await this.#api.place(orderBody(this.draft, this.#clientOrderId));
      this.phase = phaseAfter(answer);
      if (answer.outcome === "unknown") this.#askLater();
      else this.#hooks.onOrder(answer.order);
    } catch (error) {
      this.phase = { type: "refused", problem: asProblem(error) };
    }
  }

  #renew(): void {
    this.#clientOrderId = newTicketId();
    this.phase = { type: "editing" };
    this.faults = {};
    this.question = null;
    this.whyNot = "";
    clearTimeout(this.#asking);
  }

  /**
   * Not found means not decided yet: the order is asked for until the log says what became of it.
   */
  #askLater(): void {
    const id = this.#clientOrderId;
    this.#asking = setTimeout(() => void this.#resolve(id), askEveryMs);
  }

  async #resolve(id: string): Promise<void> {
    try {
      const order = await this.#api.order(id);
      if (id !== this.#clientOrderId) return;
      this.phase = phaseOf(order);
      this.#hooks.onOrder(order);
    } catch (error) {
      if (id !== this.#clientOrderId) return;
      const problem = asProblem(error);
      if (problem.code === "ORDER_NOT_FOUND" || problem.isRetryable) this.#askLater();
      else this.phase = { type: "refused", problem };
    }
  }
}

/** Who hears of what the ticket does. */
type TicketHooks = {
  /** An order left this page under this id. */
  readonly onSent: (clientOrderId: string) => void;
  readonly onOrder: (order: OrderJson | null) => void;
};
