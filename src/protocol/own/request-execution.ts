import type { CancelAllDone, MarketEvent } from "../../domain/facts/event.ts";
import type { Deposited, FundsEvent, Withdrawn } from "../../domain/facts/funds-event.ts";
import type { HaltLifted } from "../../domain/facts/halt-event.ts";
import type { EarlyPaidIn } from "../../domain/facts/margin-event.ts";
import type {
  AuctionOffered,
  ClearingRequestRejected,
  DuesPaid,
  SuspensionLifted,
} from "../../domain/facts/shortfall-event.ts";
import { rupeesForPeople } from "../rupees.ts";

/** The outcome of a request that is about no single order. */
export type RequestOutcome =
  | CancelAllDone
  | AuctionOffered
  | DuesPaid
  | EarlyPaidIn
  | Deposited
  | Withdrawn
  | SuspensionLifted
  | HaltLifted
  | ClearingRequestRejected;

/** What a request is about where it names no symbol. FIX's word for it (tag 55). */
const noSymbol = "[N/A]";

/** What such an outcome says on `sauda.executions`, beside what all executions say. */
type RequestExecution = {
  readonly request: string;
  readonly client_order_id: string;
  readonly participant: string;
  readonly client: string | null;
  readonly symbol: string;
  readonly exec_type: "New" | "Canceled" | "Rejected";
  readonly ord_status: null;
  readonly side?: "SELL";
  readonly quantity?: number;
  readonly price_paise?: number;
  readonly amount_paise?: number;
  readonly reason?: string;
  readonly text: string;
};

/** True for the outcome of a request that is about no single order. */
export function isRequestOutcome<Event extends Pick<MarketEvent, "type">>(
  event: Event,
): event is Event & RequestOutcome {
  return outcomeTypes.has(event.type);
}

const outcomeTypes: ReadonlySet<string> = new Set(
  Object.keys({
    CancelAllDone: true,
    AuctionOffered: true,
    DuesPaid: true,
    EarlyPaidIn: true,
    Deposited: true,
    Withdrawn: true,
    SuspensionLifted: true,
    HaltLifted: true,
    ClearingRequestRejected: true,
  } satisfies Record<RequestOutcome["type"], true>),
);

/**
 * Says an outcome as an execution: New where the market took the request, Canceled where it
 * ended orders.
 */
export function requestExecution(outcome: RequestOutcome): RequestExecution {
  const { participant, client, clientOrderId } = outcome;
  const ids = { participant, client, client_order_id: clientOrderId, ord_status: null };
  switch (outcome.type) {
    case "CancelAllDone": {
      const { canceled, orders, symbol } = outcome;
      const text = `${canceled} of ${orders} orders canceled`;
      const about = { request: "CancelAll", symbol: symbol ?? noSymbol };
      return { ...ids, ...about, exec_type: "Canceled", quantity: canceled, text };
    }
    case "AuctionOffered": {
      const { offerId, symbol, quantity, pricePaise } = outcome;
      const about = { request: "OfferInAuction", symbol, side: "SELL" as const, quantity };
      const text = `offered in the auction as ${offerId}`;
      return { ...ids, ...about, price_paise: pricePaise, exec_type: "New", text };
    }
    case "DuesPaid": {
      const { amountPaise, paidPaise } = outcome;
      const about = { request: "PayDues", symbol: noSymbol, amount_paise: paidPaise };
      const text = `paid ${rupeesForPeople(paidPaise)} of the ${rupeesForPeople(amountPaise)} sent`;
      return { ...ids, ...about, exec_type: "New", text };
    }
    case "EarlyPaidIn": {
      const { settlementNumber, symbol, quantity, asset, amount } = outcome;
      const about = { request: "PayInEarly", symbol, quantity };
      const paid = asset === "INR" ? { amount_paise: amount } : {};
      const text = `paid in early for ${settlementNumber}`;
      return { ...ids, ...about, ...paid, exec_type: "New", text };
    }
    case "Deposited":
      return { ...ids, ...fundsExecution(outcome, "Deposit", "deposited") };
    case "Withdrawn":
      return { ...ids, ...fundsExecution(outcome, "Withdraw", "withdrawn") };
    case "SuspensionLifted": {
      const about = { request: "LiftSuspension", symbol: noSymbol };
      return { ...ids, ...about, exec_type: "New", text: "may trade again" };
    }
    case "HaltLifted": {
      const { symbol } = outcome;
      const about = { request: "LiftHalt", symbol: symbol ?? noSymbol };
      const text = symbol === null ? "the clock goes on" : "takes new orders again";
      return { ...ids, ...about, exec_type: "New", text };
    }
    case "ClearingRequestRejected": {
      const { request, reason, text } = outcome;
      const about = { request, symbol: noSymbol, reason };
      return { ...ids, ...about, exec_type: "Rejected", text: `${request} refused: ${text}` };
    }
  }
}

function fundsExecution(
  { asset, amount }: FundsEvent,
  request: string,
  word: string,
): Pick<RequestExecution, "request" | "symbol" | "exec_type" | "text"> & Partial<RequestExecution> {
  const about = { request, exec_type: "New" as const };
  if (asset === "INR")
    return {
      ...about,
      symbol: noSymbol,
      amount_paise: amount,
      text: `${word} ${rupeesForPeople(amount)}`,
    };
  return { ...about, symbol: asset, quantity: amount, text: `${word} ${amount} ${asset}` };
}
