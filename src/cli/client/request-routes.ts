import type { OperationsCommand, Request } from "../actors/ask-market.ts";
import type { RoutedRequest } from "./ask-gateway.ts";

type Route = Pick<RoutedRequest, "method" | "path">;

/** Where a message of `sauda.orders` goes at the gateway, by its type; `said` are its own fields. */
const routes: Readonly<Record<string, (said: Request) => Route>> = {
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

/** Fields of a message that its route's body has, each in the body of some. */
const bodyFields: Readonly<Record<string, readonly string[]>> = {
  NewOrder: [
    "client",
    "symbol",
    "side",
    "quantity",
    "price_paise",
    "counterparty",
    "custodian",
    "product",
  ],
  CancelAll: ["client", "symbol"],
  RejectTrade: ["reason"],
  OfferInAuction: ["client", "symbol", "quantity", "price_paise"],
  PayDues: ["client", "amount_paise"],
  PayInEarly: ["client", "symbol", "quantity"],
};

/** A message of `sauda.orders` as a request to the gateway. */
export function routedRequest(said: Request): RoutedRequest {
  const { type, participant, client_order_id: clientOrderId } = said;
  const route = routes[type];
  if (route === undefined) throw new Error(`broken invariant: ${type} has a route`);
  const body = Object.fromEntries((bodyFields[type] ?? []).map((name) => [name, said[name]]));
  return { ...route(said), participant, owner: participant, clientOrderId, body };
}

/** What operations asks for as a request to the gateway. */
export function routedOperation(said: OperationsCommand): RoutedRequest {
  const { participant, clientOrderId } = said;
  const ids = { owner: participant, clientOrderId };
  if (said.type === "CancelAll")
    return { ...post("/v1/market/cancel-all"), ...ids, body: { symbol: said.symbol } };
  if (said.type === "LiftSuspension")
    return { ...post(`/v1/members/${named(participant)}/lift-suspension`), ...ids, body: {} };
  const { client, asset, amount } = said;
  const moved = asset === "INR" ? { amount_paise: amount } : { symbol: asset, quantity: amount };
  const path = said.type === "Deposit" ? "/v1/deposits" : "/v1/withdrawals";
  return { ...post(path), ...ids, body: { participant, client, ...moved } };
}

function post(path: string): Route {
  return { method: "POST", path };
}

/** Part of a path. */
function named(text: unknown): string {
  return encodeURIComponent(String(text));
}
