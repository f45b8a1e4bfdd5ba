import { z } from "zod";
import type {
  MarketEvent,
  OrderAccepted,
  OrderCanceled,
  OrderDeclined,
  OrderExpired,
  OrderRejected,
  RequestRejected,
} from "../../domain/facts/event.ts";
import type { TradeExecuted, TradeSide } from "../../domain/facts/trade-event.ts";
import { ourOrderId } from "../../domain/state/client-id.ts";
import { isClearingEvent } from "../../domain/facts/clearing-event.ts";
import type { OrderFields, EntryOnlyField } from "../../domain/facts/order-fields.ts";
import type { Side } from "../../domain/facts/side.ts";
import { utcTime } from "../moment.ts";
import type { JsonName, OrderShape } from "../order-fields.ts";
import { isRequestOutcome, requestExecution } from "./request-execution.ts";
import { draft, eventName, type Address, type Draft, type StepContext } from "./public-record.ts";
import { place, utcMoment, version } from "./public-fields.ts";

/** Of an order's fields those that its executions say. */
type FieldTold = Exclude<keyof OrderFields, EntryOnlyField>;

/**
 * What happened to an order, for its participant, on `sauda.executions`. Words as FIX has them
 * (150, 39).
 */
export const executionSchema = z.object({
  v: version,
  exec_id: z.string(),
  order_id: z.string().nullable().describe("null for the counterparty of a negotiated trade"),
  client_order_id: z.string().nullable().describe("of a refused request: the request's own"),
  participant: z.string(),
  client: z.string().nullable(),
  symbol: z.string().describe("`[N/A]` for a request that names none"),
  side: z.enum(["BUY", "SELL"]).nullable().describe("null for a request"),
  exec_type: z.enum(["New", "Trade", "Canceled", "Rejected", "Expired"]),
  ord_status: z
    .enum(["New", "PartiallyFilled", "Filled", "Canceled", "Rejected", "Expired"])
    .nullable()
    .describe("null for a request: one that is refused leaves its order as it was"),
  quantity: z.int().nullable(),
  price_paise: z.int().nullable(),
  cum_qty: z.int().nonnegative().nullable(),
  leaves_qty: z.int().nonnegative().nullable(),
  last_qty: z.int().positive().nullable(),
  last_price_paise: z.int().positive().nullable(),
  trade_id: z.string().nullable(),
  reason: z.string().nullable(),
  text: z.string().nullable(),
  request: z
    .string()
    .nullable()
    .describe("the type of the request that this answers; null where it is about an order"),
  amount_paise: z.int().nullable().describe("cash that the request moved"),
  at: utcMoment,
  ...place,
} satisfies OrderShape<FieldTold>);

/** A message of `sauda.executions`. */
export type ExecutionMessage = z.infer<typeof executionSchema>;

/** What differs from message to message; what is not named is null. */
type ExecutionFacts = Pick<
  ExecutionMessage,
  "participant" | "symbol" | "exec_type" | "ord_status"
> &
  Partial<ExecutionMessage>;

/** The same where it is about an order: all that is told of one must be there. */
type OrderFacts = ExecutionFacts & Pick<ExecutionMessage, "order_id" | JsonName<FieldTold>>;

/**
 * The executions of an event: two for a trade, one for an order's beginning or end or a request's
 * answer, else none.
 */
export function executionDrafts(
  context: StepContext,
  event: MarketEvent,
  eventIndex: number,
): Draft[] {
  const id = `E-${eventName(context, eventIndex)}`;
  if (isRequestOutcome(event)) return [execution(context, id, requestExecution(event))];
  if (isClearingEvent(event)) return [];
  switch (event.type) {
    case "OrderAccepted":
      return [execution(context, id, accepted(event))];
    case "OrderRejected":
      return [execution(context, id, rejected(event))];
    case "TradeExecuted":
      return [
        execution(context, `${id}-BUY`, traded(event, event.buy, "BUY")),
        execution(context, `${id}-SELL`, traded(event, event.sell, "SELL")),
      ];
    case "OrderCanceled":
      return [execution(context, id, canceled(event))];
    case "OrderExpired":
      return [execution(context, id, expired(event))];
    case "OrderDeclined":
      return [execution(context, id, declined(event))];
    case "RequestRejected":
      return [execution(context, id, requestRejected(event))];
    case "InstrumentListed":
    case "JournalPosted":
    case "TradeSettled":
    case "CancelAllBegun":
    case "SweepBegun":
    case "SweepDone":
    case "AnswerKept":
    case "AnswerAccepted":
    case "Repeated":
    case "DeadLettered":
    case "InputsMissingNoted":
    case "Trying":
    case "Quarantined":
      return [];
  }
}

function execution(context: StepContext, execId: string, fields: ExecutionFacts): Draft {
  const message: ExecutionMessage = {
    v: 1,
    exec_id: execId,
    order_id: fields.order_id ?? null,
    client_order_id: fields.client_order_id ?? null,
    participant: fields.participant,
    client: fields.client ?? null,
    symbol: fields.symbol,
    side: fields.side ?? null,
    exec_type: fields.exec_type,
    ord_status: fields.ord_status,
    quantity: fields.quantity ?? null,
    price_paise: fields.price_paise ?? null,
    cum_qty: fields.cum_qty ?? null,
    leaves_qty: fields.leaves_qty ?? null,
    last_qty: fields.last_qty ?? null,
    last_price_paise: fields.last_price_paise ?? null,
    trade_id: fields.trade_id ?? null,
    reason: fields.reason ?? null,
    text: fields.text ?? null,
    request: fields.request ?? null,
    amount_paise: fields.amount_paise ?? null,
    at: utcTime(context.step.at),
    shard: context.shard,
    seq: context.seq,
  };
  const concerns = [fields.participant];
  const address: Address = {
    topic: "sauda.executions",
    key: fields.participant,
    id: execId,
    concerns,
  };
  return draft(context, address, message);
}

/** The fields that accepted, rejected and ended orders have alike. */
type OrderEvent = OrderAccepted | OrderRejected | OrderCanceled | OrderExpired | OrderDeclined;

function order(event: OrderEvent): Omit<OrderFacts, "exec_type" | "ord_status"> & typeof untouched {
  return {
    ...untouched,
    order_id: event.orderId,
    client_order_id: event.clientOrderId,
    participant: event.participant,
    client: event.client,
    symbol: event.symbol,
    side: event.side,
    quantity: event.quantity,
    price_paise: event.pricePaise,
  };
}

const untouched = { cum_qty: 0, leaves_qty: 0 };

/** An order that waits for its counterparty is New too. */
function accepted(event: OrderAccepted): ExecutionFacts {
  return { ...order(event), exec_type: "New", ord_status: "New", leaves_qty: event.quantity };
}

function rejected(event: OrderRejected): ExecutionFacts {
  const { reason, text } = event;
  return { ...order(event), exec_type: "Rejected", ord_status: "Rejected", reason, text };
}

function ended(
  event: OrderCanceled | OrderExpired | OrderDeclined,
  end: "Canceled" | "Expired" | "Rejected",
): ExecutionFacts {
  return { ...order(event), exec_type: end, ord_status: end, cum_qty: event.cumQuantity };
}

function canceled(event: OrderCanceled): ExecutionFacts {
  return { ...ended(event, "Canceled"), text: `canceled by request ${event.requestId}` };
}

function expired(event: OrderExpired): ExecutionFacts {
  return { ...ended(event, "Expired"), ...whyExpired(event) };
}

/** Reason and text of an order that the market ended; nulls where only its time was over. */
export function whyExpired({ reason }: OrderExpired): {
  readonly reason: string | null;
  readonly text: string | null;
} {
  if (reason === undefined) return { reason: null, text: null };
  return { reason, text: whyEnded[reason] };
}

const whyEnded: Readonly<Record<NonNullable<OrderExpired["reason"]>, string>> = {
  VALUE_OUT_OF_RANGE:
    "the account cannot receive what the trade would bring: it would hold more than can be counted exactly",
  QUARANTINED:
    "what was left of it stopped the exchange each time it was to go on; its trades stand",
};

function declined(event: OrderDeclined): ExecutionFacts {
  return { ...ended(event, "Rejected"), ...whyDeclined(event) };
}

/**
 * Reason and text of a negotiated order's end: its counterparty's no, or a yes that could not
 * be settled.
 */
export function whyDeclined({ counterparty, reason }: OrderDeclined): {
  readonly reason: string;
  readonly text: string;
} {
  if (reason === null)
    return { reason: "REJECTED_BY_COUNTERPARTY", text: `${counterparty} rejected the order` };
  return { reason, text: `${counterparty} confirmed, but the trade could not be settled` };
}

/** No status: the order it was about stays as it was. Its id only where the request named ours. */
function requestRejected(event: RequestRejected): ExecutionFacts {
  return {
    order_id: ourOrderId(event.orderId) === event.orderId ? event.orderId : null,
    client_order_id: event.clientOrderId,
    participant: event.participant,
    symbol: event.symbol,
    exec_type: "Rejected",
    ord_status: null,
    reason: event.reason,
    request: event.request,
    text: `${event.request} refused: ${event.text}`,
  };
}

function traded(trade: TradeExecuted, own: TradeSide, side: Side): OrderFacts {
  return {
    order_id: own.orderId,
    client_order_id: own.clientOrderId,
    participant: own.participant,
    client: own.client,
    symbol: trade.symbol,
    side,
    exec_type: "Trade",
    ord_status: own.leavesQuantity === 0 ? "Filled" : "PartiallyFilled",
    quantity: own.orderQuantity,
    price_paise: own.orderPricePaise,
    cum_qty: own.cumQuantity,
    leaves_qty: own.leavesQuantity,
    last_qty: trade.quantity,
    last_price_paise: trade.pricePaise,
    trade_id: trade.tradeId,
  };
}
