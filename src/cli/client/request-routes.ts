import type { z } from "zod";
import { failInvariant } from "../../domain/facts/units.ts";
import type { placeOrderBody, rejectTradeBody } from "../../http/schemas.ts";
import type {
  cancelAllBody,
  offerBody,
  payDuesBody,
  payInEarlyBody,
} from "../../http/routes/request-schemas.ts";
import type { OperationsCommand, Request } from "../actors/ask-market.ts";

/** A request as a route of the gateway takes it. */
export type RoutedRequest = {
  readonly method: "POST" | "DELETE";
  readonly path: string;
  /** The member who asks; absent: operations. */
  readonly participant?: string;
  /** Whose the request is said to be in the log. */
  readonly owner: string;
  readonly clientOrderId: string;
  readonly body: object;
};

type Route = Pick<RoutedRequest, "method" | "path">;

/** Where a message of `sauda.orders` goes at the gateway, by its type; `request` has its own fields. */
const routes: Readonly<Record<string, (request: Request) => Route>> = {
  NewOrder: () => post("/v1/orders"),
  Cancel: ({ orig_client_order_id: id }) => ({ method: "DELETE", path: `/v1/orders/${named(id)}` }),
  Confirm: ({ order_id: id }) => post(`/v1/confirmations/${named(id)}/confirm`),
  Reject: ({ order_id: id }) => post(`/v1/confirmations/${named(id)}/reject`),
  CancelAll: () => post("/v1/orders/cancel-all"),
  Affirm: ({ trade_id: id, side }) => post(`/v1/affirmations/${named(id)}/${named(side)}/affirm`),
  RejectTrade: ({ trade_id: id, side }) =>
    post(`/v1/affirmations/${named(id)}/${named(side)}/reject`),
  OfferInAuction: () => post("/v1/offers"),
  PayDues: () => post("/v1/dues/payments"),
  PayInEarly: ({ settlement_number: number }) =>
    post(`/v1/settlements/${named(number)}/early-pay-ins`),
};

/** The fields of a route's body but what every request has: one that the route gets does not compile until it is here. */
type FieldsOf<Body extends z.ZodType> = Readonly<
  Record<Exclude<keyof z.infer<Body>, "client_order_id" | "deadline_in_ms">, true>
>;

const newOrderFields: FieldsOf<typeof placeOrderBody> = {
  client: true,
  symbol: true,
  side: true,
  quantity: true,
  price_paise: true,
  counterparty: true,
  custodian: true,
  product: true,
};
const cancelAllFields: FieldsOf<typeof cancelAllBody> = { client: true, symbol: true };
const rejectTradeFields: FieldsOf<typeof rejectTradeBody> = { reason: true };
const offerFields: FieldsOf<typeof offerBody> = {
  client: true,
  symbol: true,
  quantity: true,
  price_paise: true,
};
const payDuesFields: FieldsOf<typeof payDuesBody> = { client: true, amount_paise: true };
const payInEarlyFields: FieldsOf<typeof payInEarlyBody> = {
  client: true,
  symbol: true,
  quantity: true,
};

/** Fields of a message that its route's body has, each in the body of some. */
const bodyFields: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  NewOrder: newOrderFields,
  CancelAll: cancelAllFields,
  RejectTrade: rejectTradeFields,
  OfferInAuction: offerFields,
  PayDues: payDuesFields,
  PayInEarly: payInEarlyFields,
};

/** A message of `sauda.orders`, or what operations asks for, as a request to the gateway. */
export function routed(asked: Request | OperationsCommand): RoutedRequest {
  return "client_order_id" in asked ? routedRequest(asked) : routedOperation(asked);
}

function routedRequest(request: Request): RoutedRequest {
  const { type, participant, client_order_id: clientOrderId } = request;
  const route = routes[type] ?? failInvariant(`${type} has a route`);
  const body = Object.fromEntries(
    Object.keys(bodyFields[type] ?? {}).map((name) => [name, request[name]]),
  );
  return { ...route(request), participant, owner: participant, clientOrderId, body };
}

function routedOperation(command: OperationsCommand): RoutedRequest {
  const { participant, clientOrderId } = command;
  const ids = { owner: participant, clientOrderId };
  if (command.type === "CancelAll")
    return { ...post("/v1/market/cancel-all"), ...ids, body: { symbol: command.symbol } };
  if (command.type === "LiftSuspension")
    return { ...post(`/v1/members/${named(participant)}/lift-suspension`), ...ids, body: {} };
  const { client, asset, amount } = command;
  const moved = asset === "INR" ? { amount_paise: amount } : { symbol: asset, quantity: amount };
  const path = command.type === "Deposit" ? "/v1/deposits" : "/v1/withdrawals";
  return { ...post(path), ...ids, body: { participant, client, ...moved } };
}

function post(path: string): Route {
  return { method: "POST", path };
}

/** Part of a path. */
function named(text: unknown): string {
  return encodeURIComponent(String(text));
}
