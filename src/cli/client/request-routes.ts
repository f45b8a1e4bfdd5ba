import type { z } from "zod";
import type { placeOrderBody, rejectTradeBody } from "../../http/schemas.ts";
import type {
  cancelAllBody,
  cancelAllOfMarketBody,
  liftHaltBody,
  offerBody,
  payDuesBody,
  payInEarlyBody,
} from "../../http/routes/request-schemas.ts";
import type { OperationsCommand, OrdersMessage, OrdersMessageType } from "../actors/ask-market.ts";

/** A request as a route of the gateway takes it. */
export type RoutedRequest = Route & {
  /** The member who asks; absent: operations. */
  readonly participant?: string;
  /** Whose the request is said to be in the log. */
  readonly owner: string;
  readonly clientOrderId: string;
};

type Route = {
  readonly method: "POST" | "DELETE";
  readonly path: string;
  /** But for what every request has. */
  readonly body: object;
};

/**
 * The fields of a route's body but what every request has: one that the route gets does not compile
 * until it is here.
 */
type BodyOf<Body extends z.ZodType> = Readonly<
  Record<Exclude<keyof z.infer<Body>, "client_order_id" | "deadline_in_ms">, unknown>
>;

/** Where a message of `sauda.orders` goes at the gateway, by its type. */
const routes: Readonly<Record<OrdersMessageType, (message: OrdersMessage) => Route>> = {
  NewOrder: (order) => {
    const { client, symbol, side, quantity, price_paise } = order;
    const { counterparty, custodian, product } = order;
    const deal = { client, symbol, side, quantity, price_paise };
    const body: BodyOf<typeof placeOrderBody> = { ...deal, counterparty, custodian, product };
    return post("/v1/orders", body);
  },
  Cancel: ({ orig_client_order_id: id }) => {
    return { method: "DELETE", path: `/v1/orders/${named(id)}`, body: {} };
  },
  Confirm: ({ order_id: id }) => post(`/v1/confirmations/${named(id)}/confirm`),
  Reject: ({ order_id: id }) => post(`/v1/confirmations/${named(id)}/reject`),
  CancelAll: ({ client, symbol }) => {
    const body: BodyOf<typeof cancelAllBody> = { client, symbol };
    return post("/v1/orders/cancel-all", body);
  },
  Affirm: ({ trade_id: id, side }) => post(`/v1/affirmations/${named(id)}/${named(side)}/affirm`),
  RejectTrade: ({ trade_id: id, side, reason }) => {
    const body: BodyOf<typeof rejectTradeBody> = { reason };
    return post(`/v1/affirmations/${named(id)}/${named(side)}/reject`, body);
  },
  OfferInAuction: ({ client, symbol, quantity, price_paise }) => {
    const body: BodyOf<typeof offerBody> = { client, symbol, quantity, price_paise };
    return post("/v1/offers", body);
  },
  PayDues: ({ client, amount_paise }) => {
    const body: BodyOf<typeof payDuesBody> = { client, amount_paise };
    return post("/v1/dues/payments", body);
  },
  PayInEarly: ({ settlement_number: number, client, symbol, quantity }) => {
    const body: BodyOf<typeof payInEarlyBody> = { client, symbol, quantity };
    return post(`/v1/settlements/${named(number)}/early-pay-ins`, body);
  },
};

/** A message of `sauda.orders`, or what operations asks for, as a request to the gateway. */
export function routed(asked: OrdersMessage | OperationsCommand): RoutedRequest {
  if (!("client_order_id" in asked)) return routedOperation(asked);
  const { type, participant, client_order_id: clientOrderId } = asked;
  return { ...routes[type](asked), participant, owner: participant, clientOrderId };
}

function routedOperation(command: OperationsCommand): RoutedRequest {
  const { participant, clientOrderId } = command;
  const ids = { owner: participant, clientOrderId };
  if (command.type === "CancelAll") {
    const body: BodyOf<typeof cancelAllOfMarketBody> = { symbol: command.symbol };
    return { ...post("/v1/market/cancel-all", body), ...ids };
  }
  if (command.type === "LiftHalt") {
    const body: BodyOf<typeof liftHaltBody> = { symbol: command.symbol };
    return { ...post("/v1/market/lift-halt", body), ...ids };
  }
  if (command.type === "LiftSuspension")
    return { ...post(`/v1/members/${named(participant)}/lift-suspension`), ...ids };
  const { client, asset, amount } = command;
  const moved = asset === "INR" ? { amount_paise: amount } : { symbol: asset, quantity: amount };
  const path = command.type === "Deposit" ? "/v1/deposits" : "/v1/withdrawals";
  return { ...post(path, { participant, client, ...moved }), ...ids };
}

function post(path: string, body: object = {}): Route {
  return { method: "POST", path, body };
}

/** Part of a path. */
function named(text: unknown): string {
  return encodeURIComponent(String(text));
}
