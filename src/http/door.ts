import type { FastifyReply } from "fastify";
import { sideName } from "../domain/facts/affirmation.ts";
import type { DoorOrigin, SourcePosition } from "../domain/facts/origin.ts";
import { canonicalSymbol } from "../domain/facts/instrument.ts";
import type { OrderFields } from "../domain/facts/order-fields.ts";
import { utcTime } from "../protocol/moment.ts";
import { shortened } from "../protocol/unreadable.ts";
import type { DoorAnswer, DoorCommand, DoorOutcome, Gateway } from "../services/gateway.ts";
import { findOrderRecord, type OrderRecord } from "../services/records/order-records.ts";
import type { OlderRecords } from "../services/books/older-records.ts";
import type { MarketRecords } from "../services/records/market-records.ts";
import { findByOwnId } from "../services/records/request-records.ts";
import type { StepPlace } from "../services/step-place.ts";
import { Problem, TryLater } from "./problem.ts";
import { fieldOf } from "./refused-field.ts";
import type { ReadBudget } from "./read-budget.ts";
import type { OrderJson } from "./schemas.ts";
import { orderJson, placeJson } from "./wire.ts";

/** What the routes of one gateway work with. */
export type DoorParts = {
  readonly gateway: Gateway;
  /** A random id that nobody can guess. */
  readonly newId: () => string;
  /** Hears of every request that was refused because too many wait. */
  readonly onShed: () => void;
  /** What each key may still read. */
  readonly reads: ReadBudget;
  /** What the market's books tell of what the gateway has let go of; null: it has none. */
  readonly older: OlderRecords | null;
};

/** Of a command that is asked now and is decided within `deadlineInMs`, or refused. */
export function newOrigin(
  { gateway, newId }: DoorParts,
  deadlineInMs: number,
  redriveOf: SourcePosition | null = null,
): DoorOrigin {
  const receivedAtMs = gateway.clock.nowMs();
  return { requestId: newId(), receivedAtMs, deadlineMs: receivedAtMs + deadlineInMs, redriveOf };
}

/** What every body of a request may say: its own id, and how long it may wait. */
export type RequestBody = {
  readonly client_order_id?: string | undefined;
  readonly deadline_in_ms: number;
};

/** The command's own id, made where none was sent, and when it must be decided. */
export function ownOrigin(
  parts: DoorParts,
  body: RequestBody,
): { readonly clientOrderId: string; readonly source: DoorOrigin } {
  const clientOrderId = body.client_order_id ?? parts.newId();
  return { clientOrderId, source: newOrigin(parts, body.deadline_in_ms) };
}

/** A new order, as a body or Kite's form says it. */
type NewOrder = Omit<OrderFields, "symbolAsSent" | "unfit"> & {
  readonly clientOrderId: string;
};

/** The command of a new order. */
export function placeCommand(asked: NewOrder, source: DoorOrigin): DoorCommand {
  // The last of its fields in the command's bytes, at whichever door it was asked.
  const { product, ...order } = asked;
  const symbolAsSent = order.symbol;
  const symbol = canonicalSymbol(symbolAsSent);
  return { type: "PlaceOrder", ...order, product, symbol, symbolAsSent, unfit: null, source };
}

/** What the log said of a command that was sent. */
export type SentAnswer = Exclude<DoorAnswer, { readonly type: "shed" }>;
/** The same, once a step decided it. */
type DecidedAnswer = Extract<DoorAnswer, { readonly type: "decided" }>;

/**
 * Sends the command. Throws `Problem` 503 while the gateway does not know the log's end, or
 * is full.
 */
export async function submit(
  { gateway, onShed }: DoorParts,
  command: DoorCommand,
): Promise<SentAnswer> {
  if (!gateway.isCaughtUp())
    throw new TryLater(503, "STARTING", "the gateway still reads the log; try again in a second");
  const answer = await gateway.submit(command);
  if (answer.type !== "shed") return answer;
  onShed();
  throw new TryLater(503, "OVERLOADED", `${answer.why}; nothing was sent, try again`);
}

/**
 * Sends the answer: 201 or 200 decided, 202 unknown until the deadline. Throws `Problem` 422 with
 * the market's reason where it refused. `named`: the order's id as the caller has it, where it is
 * about one.
 */
export function sendAnswer(
  parts: DoorParts,
  reply: FastifyReply,
  command: DoorCommand,
  answer: SentAnswer,
  named: string | null = null,
): FastifyReply {
  const show = (outcome: DoorOutcome): object => {
    const order = orderNow(parts.gateway, command, outcome);
    return { order: order === undefined ? null : orderJson(order) };
  };
  return sendDecided(parts, reply, command, answer, show, named);
}

/** The same for a command about anything: `show` gives what it is about, as it is now. */
export function sendDecided(
  { gateway }: DoorParts,
  reply: FastifyReply,
  command: DoorCommand,
  answer: SentAnswer,
  show: (outcome: DoorOutcome) => object,
  named: string | null = null,
): FastifyReply {
  if (answer.type === "unknown") return sendUnknown(reply, command);
  const { requestId } = command.source;
  refuseAsDecided(gateway, command, answer, { request_id: requestId }, named);
  const { outcome, decided } = answer;
  const isNew = outcome.type === "OrderAccepted";
  return reply.status(isNew ? 201 : 200).send({
    outcome: outcome.type === "Repeated" ? "repeated" : "accepted",
    request_id: requestId,
    ...show(outcome),
    place: placeJson(decided.place),
    first: firstJson(gateway, command, outcome),
  });
}

/**
 * Where a command that came again was decided first; null for what is no repeat, or whose first is
 * not kept.
 */
function firstJson(
  { records }: Gateway,
  command: DoorCommand,
  outcome: DoorOutcome,
): OrderJson["place"] | null {
  const place = outcome.type === "Repeated" ? firstPlace(records, command) : undefined;
  return place === undefined || place === null ? null : placeJson(place);
}

function firstPlace(
  { affirmations, orders, requests, trades }: MarketRecords,
  command: DoorCommand,
): StepPlace | null | undefined {
  const { participant, clientOrderId } = command;
  if (command.type === "AffirmTrade")
    return affirmations.byName.get(sideName(command.tradeId, command.side))?.endPlace;
  const named = orderMeant(command);
  if (command.type === "AnswerOrder") {
    const answered = orders.byId.get(named ?? "");
    return trades.byId.get(answered?.tradeIds[0] ?? "")?.place ?? answered?.endPlace;
  }
  if (named === null) return findByOwnId(requests, participant, clientOrderId ?? "")?.place;
  const order = findOrderRecord(orders, participant, named);
  return command.type === "PlaceOrder" ? order?.place : order?.endPlace;
}

/** Says 202: the command may or may not take effect, and which until its deadline. */
function sendUnknown(reply: FastifyReply, command: DoorCommand): FastifyReply {
  const { requestId, deadlineMs } = command.source;
  return reply.status(202).send({
    outcome: "unknown",
    request_id: requestId,
    client_order_id: command.clientOrderId ?? "",
    deadline: utcTime(deadlineMs),
  });
}

/**
 * Throws `Problem` 422 where the market refused the command, with the market's reason, the field
 * that it is about and `more`; also where it said only "repeated" of one that it refused the
 * first time.
 */
export function refuseAsDecided(
  gateway: Gateway,
  command: DoorCommand,
  answer: DecidedAnswer,
  more: object = {},
  named: string | null = null,
): void {
  const refusal = findRefusal(gateway, command, answer);
  if (refusal === undefined) return;
  const { reason, text, place } = refusal;
  // Who sends a dead letter again sent none of its fields.
  const field = command.source.redriveOf === null ? fieldOf(reason) : undefined;
  const isOther = field === "id" && named !== null && named !== orderMeant(command);
  const detail = isOther ? `id ${shortened(named)}: ${text}` : text;
  const about = field === undefined ? more : { field, ...more };
  throw new Problem(422, reason, detail, { ...about, place: placeJson(place) });
}

type Refusal = { readonly reason: string; readonly text: string; readonly place: StepPlace };

function findRefusal(
  gateway: Gateway,
  command: DoorCommand,
  { outcome, decided }: DecidedAnswer,
): Refusal | undefined {
  if ("reason" in outcome && "text" in outcome)
    return { reason: outcome.reason, text: outcome.text, place: decided.place };
  const first = outcome.type === "Repeated" ? findFirstRefusal(gateway, command) : undefined;
  return first === undefined ? undefined : { ...first, text: `repeated: ${first.text}` };
}

/** What a command that came again was refused with the first time; undefined where it was not. */
function findFirstRefusal({ records }: Gateway, command: DoorCommand): Refusal | undefined {
  const { participant, clientOrderId } = command;
  const request = findByOwnId(records.requests, participant, clientOrderId ?? "");
  if (request !== undefined && "reason" in request.outcome)
    return { ...request.outcome, place: request.place };
  if (command.type !== "PlaceOrder")
    return findByOwnId(records.refusedRequests, participant, clientOrderId ?? "");
  const order = findOrderRecord(records.orders, participant, clientOrderId ?? "");
  if (order?.status !== "Rejected") return undefined;
  return { reason: order.reason ?? "REJECTED", text: order.text ?? "", place: order.place };
}

/**
 * The order that was decided about, as it is now; undefined where it is none, or is no longer kept.
 */
function orderNow(
  { records }: Gateway,
  command: DoorCommand,
  outcome: DoorOutcome,
): OrderRecord | undefined {
  if ("orderId" in outcome) return records.orders.byId.get(outcome.orderId ?? "");
  const named = orderMeant(command);
  // Who answers an order is not its owner: our id alone says which it is.
  if (command.type === "AnswerOrder") return records.orders.byId.get(named ?? "");
  return named === null ? undefined : findOrderRecord(records.orders, command.participant, named);
}

/**
 * The order a command is about, by the id it names, and a refusal of it too; null where it is
 * about none.
 */
function orderMeant(command: DoorCommand): string | null {
  if (command.type === "PlaceOrder") return command.clientOrderId;
  if (command.type === "AnswerOrder") return command.orderId;
  return "origClientOrderId" in command ? command.origClientOrderId : null;
}
