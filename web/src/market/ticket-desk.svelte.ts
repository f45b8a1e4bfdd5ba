import { priceText } from "../format/rupees.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { InstrumentJson, OrderJson } from "../wire.ts";
import {
  askAgainPaise,
  findFaults,
  isSendable,
  newDraft,
  newTicketId,
  orderBody,
  phaseAfter,
  valuePaise,
} from "./ticket.ts";
import type { Draft, DraftFaults, TicketPhase } from "./ticket.ts";

/** After an order's deadline the log needs no more than this to be read to its end. */
const afterDeadlineMs = 500;

/** Nobody has read a question sooner. */
const readingMs = 500;

/** The ticket on the screen: one at a time, each with its own id. */
export class TicketDesk {
  draft = $state.raw<Draft>(newDraft(""));
  phase = $state.raw<TicketPhase>({ type: "editing" });
  faults = $state.raw<DraftFaults>({});
  /** A large order waits for a second yes. */
  isAskingAgain = $state(false);
  #clientOrderId = newTicketId();
  #askedAtMs = 0;
  readonly #api: Api;
  readonly #onOrder: (order: OrderJson | null) => void;

  constructor(api: Api, onOrder: (order: OrderJson | null) => void) {
    this.#api = api;
    this.#onOrder = onOrder;
  }

  /** Changes what is typed. After an answer that is a new order, so a new ticket. */
  edit(change: Partial<Draft>): void {
    if (this.phase.type === "sending" || this.phase.type === "unknown") return;
    if (this.phase.type !== "editing") this.#renew();
    this.draft = { ...this.draft, ...change };
    this.isAskingAgain = false;
    if (Object.keys(this.faults).length > 0) this.faults = findFaults(this.draft, undefined);
  }

  /** Takes a price off the ladder or the depth chart. */
  takePrice(pricePaise: number): void {
    this.edit({ price: priceText(pricePaise) });
  }

  /** Another symbol: the price of the last one means nothing. */
  changeSymbol(symbol: string): void {
    if (symbol !== this.draft.symbol) this.edit({ symbol, price: "" });
  }

  /** Empties the ticket. */
  clear(): void {
    if (this.phase.type === "sending") return;
    this.#renew();
    this.draft = newDraft(this.draft.symbol, this.draft.side);
  }

  /** Sends it, once; a large one only after being asked again. */
  async send(instrument: InstrumentJson | undefined): Promise<void> {
    if (!isSendable(this.phase)) return;
    this.faults = findFaults(this.draft, instrument);
    if (Object.keys(this.faults).length > 0) return;
    const isLarge = (valuePaise(this.draft) ?? 0) >= askAgainPaise;
    if (isLarge && !this.isAskingAgain) {
      this.isAskingAgain = true;
      this.#askedAtMs = Date.now();
      return;
    }
    // The second half of a double click is not the answer to a question it cannot have read.
    if (isLarge && Date.now() - this.#askedAtMs < readingMs) return;
    this.isAskingAgain = false;
    this.phase = { type: "sending" };
    try {
      const answer = await this.#api.place(orderBody(this.draft, this.#clientOrderId));
      this.phase = phaseAfter(answer);
      if (answer.outcome === "unknown") this.#askLater(Date.parse(answer.deadline));
      else this.#onOrder(answer.order);
    } catch (error) {
      this.phase = { type: "refused", problem: asProblem(error) };
    }
  }

  #renew(): void {
    this.#clientOrderId = newTicketId();
    this.phase = { type: "editing" };
    this.faults = {};
    this.isAskingAgain = false;
  }

  /** After its deadline the order is in the log or never will be. */
  #askLater(deadlineMs: number): void {
    const id = this.#clientOrderId;
    const waitMs = Math.max(0, deadlineMs - Date.now()) + afterDeadlineMs;
    setTimeout(() => void this.#resolve(id), waitMs);
  }

  async #resolve(id: string): Promise<void> {
    if (id !== this.#clientOrderId) return;
    try {
      const order = await this.#api.order(id);
      this.phase = { type: "accepted", order, isRepeat: false };
      this.#onOrder(order);
    } catch (error) {
      this.phase = { type: "refused", problem: asProblem(error) };
    }
  }
}
