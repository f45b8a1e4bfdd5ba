import { formatClock } from "../format/moments.ts";
import {
  crorePaise,
  formatChange,
  formatRupees,
  formatShortRupees,
  readRupees,
  readShares,
} from "../format/rupees.ts";
import { GatewayProblem } from "../gateway/problem.ts";
import type {
  DecidedJson,
  FundsJson,
  HoldingJson,
  InstrumentJson,
  OrderJson,
  UnknownJson,
  NewOrder,
} from "../wire.ts";

/** What the user has typed. */
export type Draft = {
  readonly side: "BUY" | "SELL";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  /** Empty: the order book. */
  readonly counterparty: string;
  /** Empty: the member's own account. */
  readonly client: string;
};

/**
 * Where a ticket stands. It has one `client_order_id` for its whole life, whatever is clicked:
 * sending it twice is sending it once. Only a new ticket is a new order.
 */
export type TicketPhase =
  | { readonly type: "editing" }
  | { readonly type: "sending" }
  | { readonly type: "accepted"; readonly order: OrderJson | null; readonly isRepeat: boolean }
  /**
   * Sent, and not decided when the gateway answered; asked for until the log says what became of
   * it.
   */
  | { readonly type: "unknown"; readonly deadline: string }
  | { readonly type: "refused"; readonly problem: GatewayProblem };

/** A field that is wrong, with what to type. */
export type DraftFaults = Partial<Record<"quantity" | "price" | "counterparty", string>>;

/** Orders of this value or more are asked about once more before they are sent. */
const askAgainPaise = crorePaise;
/** So are prices this far from the last one: one part in so many. */
const farPart = 10;

/** The best prices that rest in the book; null where nobody bids or asks. */
export type BestPrices = { readonly bidPaise: number | null; readonly askPaise: number | null };

/** The price that an order of this side would trade at now: the best one opposite. */
export function oppositePaise(side: "BUY" | "SELL", best: BestPrices): number | null {
  return side === "BUY" ? best.askPaise : best.bidPaise;
}

/**
 * What to ask before the draft is sent, because it may be a slip: a large value, a price a tenth or
 * more from the last one (else the reference close). Null where it is sent without a question.
 */
export function questionOf(draft: Draft, instrument: InstrumentJson | undefined): string | null {
  const worth = valuePaise(draft) ?? 0;
  const price = readRupees(draft.price);
  const last = instrument?.last_price_paise ?? instrument?.reference_close_paise ?? null;
  const warnings: string[] = [];
  if (worth >= askAgainPaise) warnings.push(`Worth ${formatShortRupees(worth)}, above ₹1 crore.`);
  if (price !== null && last !== null && Math.abs(price - last) * farPart >= last)
    warnings.push(
      `₹${formatRupees(price)} is ${formatChange(price, last)} from the last price, ` +
        `₹${formatRupees(last)}.`,
    );
  return warnings.length === 0 ? null : `${warnings.join(" ")} Send it really?`;
}

/** An empty ticket for a symbol. */
export function newDraft(symbol: string, side: "BUY" | "SELL" = "BUY"): Draft {
  return { side, symbol, quantity: "", price: "", counterparty: "", client: "" };
}

/** A fresh id. Not `randomUUID`: that is missing where the page is not served from loopback. */
export function newTicketId(purpose = "web"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${purpose}-${hex}`;
}

/**
 * What is wrong with the draft; nothing where it can be sent. The market checks again and decides.
 */
export function findFaults(draft: Draft, instrument: InstrumentJson | undefined): DraftFaults {
  const faults: DraftFaults = {};
  const quantity = readShares(draft.quantity);
  if (quantity === null || quantity < 1)
    faults.quantity = "Type a whole number of shares, such as 100";
  const price = readRupees(draft.price);
  const tick = instrument?.tick_paise ?? 1;
  if (draft.price.trim() === "") {
    if (draft.side === "BUY") faults.price = "A buy needs a price, such as 985";
    else if (draft.counterparty !== "") faults.price = "A negotiated order needs a price";
  } else if (price === null || price < 1) faults.price = "Type rupees, such as 985 or 985.05";
  else if (price % tick !== 0)
    faults.price = `Prices of this symbol step by ₹${formatRupees(tick)}`;
  if (draft.counterparty !== "" && draft.side === "SELL")
    faults.counterparty = "Only buys are negotiated: choose the order book";
  return faults;
}

/** The order's value; null where it has no price or the draft cannot be read. */
export function valuePaise(draft: Draft): number | null {
  const quantity = readShares(draft.quantity);
  const price = readRupees(draft.price);
  return quantity === null || price === null ? null : quantity * price;
}

/**
 * What the order would be covered with: free paise for a buy, free shares for a sell. A symbol that
 * the account was never opened for has no row yet, and its shares are not known.
 */
export function coverOf(
  draft: Draft,
  participant: string,
  accounts: {
    readonly funds: readonly FundsJson[];
    readonly holdings: readonly HoldingJson[];
  } | null,
): { readonly free: number | null; readonly isShort: boolean } {
  const account = draft.client === "" ? participant : `${participant}/${draft.client}`;
  const isBuy = draft.side === "BUY";
  const cash = accounts?.funds.find((each) => each.account === account)?.free_paise;
  const shares = accounts?.holdings.find(
    (each) => each.account === account && each.symbol === draft.symbol,
  )?.free;
  const free = (isBuy ? cash : shares) ?? null;
  const needed = isBuy ? valuePaise(draft) : readShares(draft.quantity);
  return { free, isShort: free !== null && needed !== null && needed > free };
}

/** The body to send. Call only where there are no faults. */
export function orderBody(draft: Draft, clientOrderId: string): NewOrder {
  return {
    client_order_id: clientOrderId,
    symbol: draft.symbol,
    side: draft.side,
    quantity: readShares(draft.quantity) ?? 0,
    price_paise: readRupees(draft.price),
    counterparty: draft.counterparty === "" ? null : draft.counterparty,
    client: draft.client === "" ? null : draft.client,
  };
}

/** The phase after the gateway answered. */
export function phaseAfter(answer: DecidedJson | UnknownJson): TicketPhase {
  if (answer.outcome === "unknown") return { type: "unknown", deadline: answer.deadline };
  return { type: "accepted", order: answer.order, isRepeat: answer.outcome === "repeated" };
}

/** True while the ticket may be sent: a refused one only where its id was not used up. */
export function isSendable(phase: TicketPhase): boolean {
  return whyNotSendable(phase) === "";
}

/** The phase of a ticket whose order was found in the log after its answer was unknown. */
export function phaseOf(order: OrderJson): TicketPhase {
  if (order.status !== "Rejected") return { type: "accepted", order, isRepeat: false };
  const problem = { code: order.reason ?? "REJECTED", detail: order.text ?? "", status: 422 };
  return { type: "refused", problem: new GatewayProblem(problem) };
}

/** Why a ticket cannot be sent (again); empty where it can. */
export function whyNotSendable(phase: TicketPhase): string {
  switch (phase.type) {
    case "sending":
      return "It is being sent";
    case "unknown":
      return "It was sent and is not decided yet: Esc begins a new ticket";
    case "accepted":
      return "It was sent: type to begin a new order";
    case "refused":
      return phase.problem.isRetryable ? "" : "It was refused: type to begin a new order";
    case "editing":
      return "";
  }
}

/** What to say about the ticket, in words. */
export function describePhase(phase: TicketPhase, nowMs: number): string {
  switch (phase.type) {
    case "editing":
      return "";
    case "sending":
      return "Sending…";
    case "accepted":
      return phase.isRepeat ? "Sent before: the same order" : "Accepted by the market";
    case "unknown":
      return nowMs < Date.parse(phase.deadline)
        ? `Sent and not decided yet. Decided after ${formatClock(phase.deadline)} it is refused.`
        : "Not decided yet. Past its deadline it trades no more; " +
            "what became of it is asked every second.";
    case "refused":
      return `${phase.problem.code}: ${phase.problem.message}`;
  }
}
