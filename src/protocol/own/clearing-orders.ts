import type { OfferInAuction, PayDues, PayInEarly } from "../../domain/facts/clearing-command.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { offerSchema, payDuesSchema, payInEarlySchema } from "./clearing-order-schemas.ts";
import { readFields, readSafeWhole } from "../fields.ts";
import type { JsonObject } from "../json-text.ts";
import type { Result } from "../result.ts";
import type { InputRecord, Problem } from "../unreadable.ts";

/** Reads an offer in an auction. */
export function readOffer(
  { source }: InputRecord,
  json: JsonObject,
): Result<OfferInAuction, Problem> {
  const read = readFields(offerSchema, json);
  if (!read.ok) return read;
  const quantity = readSafeWhole(json, "quantity");
  if (!quantity.ok) return quantity;
  const price = readSafeWhole(json, "price_paise");
  if (!price.ok) return price;
  const symbol = canonicalSymbol(read.value.symbol);
  const offer = { ...holderOf(read.value), symbol, quantity: quantity.value };
  return { ok: true, value: { type: "OfferInAuction", ...offer, pricePaise: price.value, source } };
}

/** Reads a payment of dues. */
export function readPayDues({ source }: InputRecord, json: JsonObject): Result<PayDues, Problem> {
  const read = readFields(payDuesSchema, json);
  if (!read.ok) return read;
  const amount = readSafeWhole(json, "amount_paise");
  if (!amount.ok) return amount;
  const dues = { ...holderOf(read.value), amountPaise: amount.value };
  return { ok: true, value: { type: "PayDues", ...dues, source } };
}

/** Reads an early pay-in. */
export function readPayInEarly(
  { source }: InputRecord,
  json: JsonObject,
): Result<PayInEarly, Problem> {
  const read = readFields(payInEarlySchema, json);
  if (!read.ok) return read;
  const quantity = readSafeWhole(json, "quantity");
  if (!quantity.ok) return quantity;
  const { settlement_number: settlementNumber } = read.value;
  const symbol = canonicalSymbol(read.value.symbol);
  const deposit = { ...holderOf(read.value), settlementNumber, symbol, quantity: quantity.value };
  return { ok: true, value: { type: "PayInEarly", ...deposit, source } };
}

function holderOf(fields: {
  readonly participant: string;
  readonly client?: string | null | undefined;
  readonly client_order_id: string;
}): Pick<PayDues, "participant" | "client" | "clientOrderId"> {
  const { participant, client = null, client_order_id: clientOrderId } = fields;
  return { participant, client, clientOrderId };
}
