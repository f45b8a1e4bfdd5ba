import { z } from "zod";
import type { AffirmationAnswer, Answer, Command } from "../../domain/facts/command.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { products, type OrderFields } from "../../domain/facts/order-fields.ts";
import { carried } from "../carriage.ts";
import { offerSchema, payDuesSchema, payInEarlySchema } from "./clearing-order-schemas.ts";
import { readOffer, readPayDues, readPayInEarly } from "./clearing-orders.ts";
import {
  clientId,
  clientName,
  messageOf,
  paise,
  participantName,
  readFields,
  readWhole,
  requestId,
  shares,
  symbolText,
  timestamp,
  wordsForPeople,
} from "../fields.ts";
import { readUniqueObject, type JsonObject } from "../json-text.ts";
import { orderFields, type OrderShape } from "../order-fields.ts";
import type { Result } from "../result.ts";
import { shown, unreadable, type InputRecord, type Problem } from "../unreadable.ts";

/** A new order: for the book, or negotiated where it names a counterparty. */
export const newOrderSchema = z.object({
  ...messageOf("NewOrder"),
  participant: participantName,
  client: clientName
    .nullish()
    .describe("the client's code, or nothing for the member's own account"),
  client_order_id: clientId,
  symbol: symbolText,
  side: z.enum(["BUY", "SELL"]).describe('"BUY" or "SELL"'),
  quantity: shares,
  price_paise: paise.nullish().describe("a price in whole paise such as 98500, or nothing"),
  counterparty: participantName.nullish().describe("the member to negotiate with, or nothing"),
  custodian: participantName
    .nullish()
    .describe("the custodian that is to affirm the trades for its client, or nothing"),
  product: z
    .enum(products)
    .nullish()
    .describe('"CNC", "MIS" to be squared off on the day, or nothing for CNC'),
  timestamp,
} satisfies OrderShape<Exclude<keyof OrderFields, "symbolAsSent" | "unfit">>);

/** Takes what is left of an order out of the market. */
const cancelSchema = z.object({
  ...messageOf("Cancel"),
  participant: participantName,
  client_order_id: requestId,
  orig_client_order_id: clientId.describe("the order's id of 1 to 128 characters"),
  symbol: symbolText,
  timestamp,
});

/** Takes all of a member's open orders out of the market, negotiated ones that wait too. */
const cancelAllSchema = z.object({
  ...messageOf("CancelAll"),
  participant: participantName,
  client: clientName.nullish().describe("the client's code, or nothing for all of the member's"),
  client_order_id: requestId,
  symbol: symbolText.nullish().describe("the symbol, or nothing for all of them"),
  timestamp,
});

/** Changes an order. Refused with NOT_SUPPORTED until it is built. */
const modifySchema = cancelSchema.extend(messageOf("Modify"));

/** A counterparty's yes to a negotiated order. */
const confirmSchema = z.object({
  ...messageOf("Confirm"),
  participant: participantName,
  client_order_id: clientId.describe("the answer's own id of 1 to 128 characters"),
  order_id: clientId.describe("the id of the order that is answered"),
  symbol: symbolText,
  timestamp,
});

/** A counterparty's no to a negotiated order. */
const rejectSchema = confirmSchema.extend(messageOf("Reject"));

/** A custodian's yes to a side of a trade that was made for its client. */
const affirmSchema = z.object({
  ...messageOf("Affirm"),
  participant: participantName.describe("the custodian, 1 to 32 characters"),
  client_order_id: requestId,
  trade_id: clientId.describe("the id of the trade, T-..."),
  side: z.enum(["BUY", "SELL"]).describe('the side it settles, "BUY" or "SELL"'),
  symbol: symbolText,
  timestamp,
});

/** A custodian's no: the side stays the trading member's own. */
const rejectTradeSchema = affirmSchema.extend({
  ...messageOf("RejectTrade"),
  reason: wordsForPeople.nullish().describe("up to 200 characters for people, or nothing"),
});

/** Whatever may stand in `sauda.orders`. */
export const saudaOrdersSchema = z.discriminatedUnion("type", [
  newOrderSchema,
  cancelSchema,
  modifySchema,
  confirmSchema,
  rejectSchema,
  affirmSchema,
  rejectTradeSchema,
  offerSchema,
  payDuesSchema,
  payInEarlySchema,
  cancelAllSchema,
]);

type MessageType = z.infer<typeof saudaOrdersSchema>["type"];
type Reading = (record: InputRecord, json: JsonObject) => Result<Command, Problem>;

/** In the order in which a refusal names them. */
const readings: Readonly<Record<MessageType, Reading>> = {
  NewOrder: readNewOrder,
  Cancel: (record, json) => readRequest(record, json, "CancelOrder", cancelSchema),
  CancelAll: readCancelAll,
  Confirm: (record, json) => readAnswer(record, json, "CONFIRM", confirmSchema),
  Reject: (record, json) => readAnswer(record, json, "REJECT", rejectSchema),
  Affirm: (record, json) => readWord(record, json, "AFFIRM", affirmSchema),
  RejectTrade: (record, json) => readWord(record, json, "REJECT", rejectTradeSchema),
  OfferInAuction: readOffer,
  PayDues: readPayDues,
  PayInEarly: readPayInEarly,
  Modify: (record, json) => readRequest(record, json, "ModifyOrder", modifySchema),
};

/** A map, because `type` comes from outside and may be the name of something every object has. */
const readingOf: ReadonlyMap<unknown, Reading> = new Map(Object.entries(readings));

/** Reads a record of `sauda.orders`. */
export function readSaudaOrder(record: InputRecord): Command {
  const json = readUniqueObject(record.value);
  if (!json.ok) return unreadable(record, json.problem);
  const reading = readingOf.get(json.value.fields["type"]);
  const read = reading === undefined ? typeProblem(json.value.fields) : reading(record, json.value);
  return read.ok ? read.value : unreadable(record, read.problem);
}

function typeProblem(fields: JsonObject["fields"]): { ok: false; problem: Problem } {
  const types = Object.keys(readings);
  const names = `${types.slice(0, -1).join(", ")} or ${types.at(-1)}`;
  if (!Object.hasOwn(fields, "type")) {
    const detail = `type is missing: send ${names}`;
    return { ok: false, problem: { reason: "MISSING_FIELD", detail } };
  }
  const type = fields["type"];
  const reason = typeof type === "string" ? "WRONG_TYPE_NAME" : "WRONG_FIELD_TYPE";
  return { ok: false, problem: { reason, detail: `type: found ${shown(type)}, send ${names}` } };
}

function readNewOrder(record: InputRecord, json: JsonObject): Result<Command, Problem> {
  const read = readFields(newOrderSchema, json);
  if (!read.ok) return read;
  const fields = read.value;
  const quantity = readWhole(json, "quantity", "quantity");
  if (!quantity.ok) return quantity;
  const isPriced = typeof fields.price_paise === "number";
  const price = isPriced ? readWhole(json, "price_paise", "price") : null;
  if (price !== null && !price.ok) return price;
  const order = orderFields({
    participant: fields.participant,
    client: fields.client ?? null,
    clientOrderId: fields.client_order_id,
    symbol: fields.symbol,
    side: fields.side,
    quantity: quantity.value,
    price: price === null ? null : price.value,
    counterparty: fields.counterparty ?? null,
    custodian: fields.custodian ?? null,
    product: fields.product ?? "CNC",
  });
  return { ok: true, value: { type: "PlaceOrder", ...order, source: record.source } };
}

function readRequest(
  record: InputRecord,
  json: JsonObject,
  type: "CancelOrder" | "ModifyOrder",
  schema: typeof cancelSchema | typeof modifySchema,
): Result<Command, Problem> {
  const read = readFields<typeof cancelSchema.shape | typeof modifySchema.shape>(schema, json);
  if (!read.ok) return read;
  const { participant, client_order_id, orig_client_order_id, symbol } = read.value;
  const value: Command = {
    type,
    participant,
    clientOrderId: client_order_id,
    origClientOrderId: orig_client_order_id,
    symbol: canonicalSymbol(symbol),
    source: record.source,
  };
  return { ok: true, value };
}

function readCancelAll({ source }: InputRecord, json: JsonObject): Result<Command, Problem> {
  const read = readFields(cancelAllSchema, json);
  if (!read.ok) return read;
  const { participant, client = null, client_order_id: clientOrderId, symbol = null } = read.value;
  const ids = { participant, clientOrderId, client };
  const canonical = symbol === null ? null : canonicalSymbol(symbol);
  return { ok: true, value: { type: "CancelAll", ...ids, symbol: canonical, source } };
}

function readAnswer(
  record: InputRecord,
  json: JsonObject,
  answer: Answer,
  schema: typeof confirmSchema | typeof rejectSchema,
): Result<Command, Problem> {
  const read = readFields<typeof confirmSchema.shape | typeof rejectSchema.shape>(schema, json);
  if (!read.ok) return read;
  const { participant, client_order_id, order_id, symbol } = read.value;
  const value: Command = {
    type: "AnswerOrder",
    answer,
    participant,
    clientOrderId: client_order_id,
    orderId: order_id,
    symbol: canonicalSymbol(symbol),
    source: record.source,
    original: carried(record).original,
  };
  return { ok: true, value };
}

function readWord(
  record: InputRecord,
  json: JsonObject,
  answer: AffirmationAnswer,
  schema: typeof affirmSchema | typeof rejectTradeSchema,
): Result<Command, Problem> {
  const read = readFields<typeof affirmSchema.shape | typeof rejectTradeSchema.shape>(schema, json);
  if (!read.ok) return read;
  const { participant, client_order_id, trade_id, side, symbol } = read.value;
  const value: Command = {
    type: "AffirmTrade",
    answer,
    participant,
    clientOrderId: client_order_id,
    tradeId: trade_id,
    side,
    symbol: canonicalSymbol(symbol),
    reason: "reason" in read.value ? (read.value.reason ?? null) : null,
    source: record.source,
  };
  return { ok: true, value };
}
