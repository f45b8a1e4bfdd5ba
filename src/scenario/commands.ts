import type {
  AffirmTrade,
  AffirmationAnswer,
  Answer,
  AnswerOrder,
  CancelOrder,
  PlaceOrder,
} from "../domain/facts/command.ts";
import type { OrderContent } from "../domain/facts/order-fields.ts";
import type { DoorOrigin } from "../domain/facts/origin.ts";
import type {
  CancelAll,
  LiftSuspension,
  MoveFunds,
  OfferInAuction,
  PayDues,
  PayInEarly,
} from "../domain/facts/clearing-command.ts";
import type { AccountName } from "./reading/fields.ts";
import type { ScenarioStep } from "./reading/step.ts";
import type { OrderRecord } from "../services/records/order-records.ts";

/** How long after its moment a request may still be decided. A scenario decides it at once. */
const deadlineMs = 60_000;

/** An order as a scenario says it. Its client id is the name that the scenario gives it. */
export type NamedOrder = Omit<OrderContent, "client" | "unfit"> &
  Pick<Extract<ScenarioStep, { kind: "order" }>, "account" | "name">;

/** The order as a command. */
export function placeOrder(order: NamedOrder, atMs: number): PlaceOrder {
  const { account, name, symbol, side, quantity, pricePaise, counterparty, custodian, product } =
    order;
  return {
    type: "PlaceOrder",
    participant: account.participant,
    client: account.client,
    clientOrderId: name,
    symbol,
    symbolAsSent: symbol,
    side,
    quantity,
    pricePaise,
    counterparty,
    custodian,
    product,
    unfit: null,
    source: originOf(name, atMs),
  };
}

/**
 * Takes what is left of an order out of the market, for its owner. `name` is the request's own id.
 */
export function cancelOrder(
  { participant, orderId, symbol }: Pick<OrderRecord, "participant" | "orderId" | "symbol">,
  name: string,
  atMs: number,
): CancelOrder {
  return {
    type: "CancelOrder",
    participant,
    clientOrderId: name,
    origClientOrderId: orderId,
    symbol,
    source: originOf(name, atMs),
  };
}

/** An order's counterparty's word. `name` is the request's own id. */
export function answerOrder(
  { participant, counterparty, orderId, symbol }: OrderRecord,
  answer: Answer,
  name: string,
  atMs: number,
): AnswerOrder {
  return {
    type: "AnswerOrder",
    answer,
    // An order for the book waits for nobody; its owner's word is refused like anybody's.
    participant: counterparty ?? participant,
    clientOrderId: name,
    orderId,
    symbol,
    source: originOf(name, atMs),
    original: { keyBase64: null, valueBase64: null },
  };
}

/** A custodian's word on one trade of an order. `name` is the request's own id. */
export function affirmTrade(
  { side, symbol }: OrderRecord,
  tradeId: string,
  affirmation: { readonly custodian: string; readonly answer: AffirmationAnswer },
  name: string,
  atMs: number,
): AffirmTrade {
  return {
    type: "AffirmTrade",
    answer: affirmation.answer,
    participant: affirmation.custodian,
    clientOrderId: name,
    tradeId,
    side,
    symbol,
    reason: null,
    source: originOf(name, atMs),
  };
}

/** An offer of shares in the buy-in auction. `name` is the request's own id. */
export function offerInAuction(
  { account, symbol, quantity, pricePaise }: Extract<ScenarioStep, { kind: "offer" }>,
  name: string,
  atMs: number,
): OfferInAuction {
  const shares = { symbol, quantity, pricePaise };
  return {
    type: "OfferInAuction",
    ...own(account, name),
    ...shares,
    source: originOf(name, atMs),
  };
}

/** An early pay-in of shares, or of the money for them. `name` is the request's own id. */
export function payInEarly(
  { account, settlementNumber, symbol, quantity }: Extract<ScenarioStep, { kind: "payInEarly" }>,
  name: string,
  atMs: number,
): PayInEarly {
  const shares = { settlementNumber, symbol, quantity };
  return { type: "PayInEarly", ...own(account, name), ...shares, source: originOf(name, atMs) };
}

/** A payment of what an account owes. `name` is the request's own id. */
export function payDues(
  { account, amountPaise }: Extract<ScenarioStep, { kind: "payDues" }>,
  name: string,
  atMs: number,
): PayDues {
  return { type: "PayDues", ...own(account, name), amountPaise, source: originOf(name, atMs) };
}

/** A deposit or a withdrawal of an account. `name` is the request's own id. */
export function moveFunds(
  { type, account, asset, amount }: Extract<ScenarioStep, { kind: "moveFunds" }>,
  name: string,
  atMs: number,
): MoveFunds {
  return { type, ...own(account, name), asset, amount, source: originOf(name, atMs) };
}

/** The end of a member's suspension. `name` is the request's own id. */
export function liftSuspension(participant: string, name: string, atMs: number): LiftSuspension {
  const source = originOf(name, atMs);
  return { type: "LiftSuspension", participant, clientOrderId: name, source };
}

/** All orders of a member, or of its client. `name` is the request's own id. */
export function cancelAll(
  { account }: Extract<ScenarioStep, { kind: "cancelAll" }>,
  name: string,
  atMs: number,
): CancelAll {
  return { type: "CancelAll", ...own(account, name), symbol: null, source: originOf(name, atMs) };
}

/** Whose account a request is about, and its own id. */
function own(
  { participant, client }: AccountName,
  clientOrderId: string,
): AccountName & { readonly clientOrderId: string } {
  return { participant, client, clientOrderId };
}

function originOf(requestId: string, atMs: number): DoorOrigin {
  return { requestId, receivedAtMs: atMs, deadlineMs: atMs + deadlineMs, redriveOf: null };
}
