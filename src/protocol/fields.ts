import { z } from "zod";
import type { UnreadableReason } from "../domain/facts/command.ts";
import type { Unfit } from "../domain/facts/order-fields.ts";
import type { JsonObject } from "./json-text.ts";
import type { Result } from "./result.ts";
import { readRupees } from "./rupees.ts";
import { shortened, shown, type Problem } from "./unreadable.ts";
import { readWholeNumber } from "./whole-number.ts";

/** A day of the calendar in India, as `2026-06-01`. */
export const date = z
  .string("write a date such as 2026-06-01")
  .refine(isDate, "write a date such as 2026-06-01");

function isDate(text: string): boolean {
  if (!/^20\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const noControls = /^[^\u0000-\u001f\u007f-\u009f]*$/u;

/**
 * Text that every store downstream can hold: no control characters, no half of a surrogate pair.
 * The controls as a pattern, spelled out, so that every tool that reads the JSON Schema knows them;
 * of halves no pattern can tell them.
 */
const plainText = (least: number, most: number): z.ZodString =>
  z
    .string()
    .min(least)
    .max(most)
    .regex(noControls)
    .refine((text) => text.isWellFormed());

/** The version of a message on our own topics. */
const version = z.literal(1).optional().describe("the version 1, or nothing");

/** What a message of `sauda.orders` begins with: its version, and what it is. */
export function messageOf<Type extends string>(
  type: Type,
): { v: typeof version; type: z.ZodLiteral<Type> } {
  return { v: version, type: z.literal(type).describe(`"${type}"`) };
}

/** A member's short name. No `/` and no `:`, because account names use them. */
export const participantPattern: RegExp = /^[A-Za-z0-9_&.-]{1,32}$/;

/** A member's short name, as in `HDFC`. */
export const participantName = z
  .string()
  .regex(participantPattern)
  .describe("a member's short name of 1 to 32 characters A-Z a-z 0-9 _ & - .");

/** A client of a member; the same characters as a member's name. */
export const clientName = z
  .string()
  .regex(participantPattern)
  .describe("a client's code of 1 to 32 characters A-Z a-z 0-9 _ & - .");

/** An id the sender made. */
export const clientId = plainText(1, 128).describe(
  "an id of 1 to 128 characters, no control characters",
);

/** The id that a request has of its own, beside those it names. */
export const requestId = clientId.describe("the request's own id of 1 to 128 characters");

/** What somebody says to people. */
export const wordsForPeople = plainText(0, 200).describe(
  "up to 200 characters for people, no control characters",
);

/** A security's name, alias or not; the market refuses what it does not list. */
export const symbolText = plainText(1, 64).describe("a symbol of 1 to 64 characters such as SBIN");

const toHundredCrore = { type: "integer", minimum: 1, maximum: 1_000_000_000 } as const;

/** Shares. Any whole number is readable; the market accepts 1 to 100 crore. */
export const shares = z
  .number()
  .meta(toHundredCrore)
  .describe("a whole number of shares such as 100");

/** A price in rupees. Any number is readable; the market accepts 0.01 to 1 crore, on the tick. */
export const rupees = z
  .number()
  .meta({ minimum: 0.01, maximum: 10_000_000 })
  .describe("a price in rupees as a number such as 985 or 985.05");

/**
 * A price in paise. Any whole number is readable; the market accepts 1 to 100 crore, on the tick.
 */
export const paise = z
  .number()
  .meta(toHundredCrore)
  .describe("a price in whole paise such as 98500");

/** When the sender wrote it; shown, never trusted, so any text will do. */
export const timestamp = z
  .string()
  .nullish()
  .describe("an ISO 8601 time in text such as 2026-01-05T10:15:00.123456, or nothing");

/**
 * Reads the object's fields by the schema; the problem is that of the first field that is wrong.
 */
export function readFields<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  json: JsonObject,
): Result<z.output<z.ZodObject<Shape>>, Problem> {
  const read = schema.safeParse(json.fields);
  if (read.success) return { ok: true, value: read.data };
  return { ok: false, problem: fieldProblem(schema, json, read.error.issues[0]) };
}

function fieldProblem(
  schema: z.ZodObject,
  json: JsonObject,
  issue: z.core.$ZodIssue | undefined,
): Problem {
  const field = String(issue?.path[0]);
  const part = schema.shape[field];
  const expected = part instanceof z.ZodType ? (part.description ?? "a valid value") : "an object";
  if (!Object.hasOwn(json.fields, field))
    return { reason: "MISSING_FIELD", detail: `${field} is missing: send ${expected}` };
  const value = json.fields[field];
  const detail = `${field}: found ${shown(value)}, send ${expected}`;
  return { reason: reasonOf(field, value, issue), detail };
}

function reasonOf(
  field: string,
  value: unknown,
  issue: z.core.$ZodIssue | undefined,
): UnreadableReason {
  if (issue?.code === "invalid_type") return "WRONG_FIELD_TYPE";
  if (issue?.code === "invalid_value" && issue.values.every((one) => typeof one !== typeof value))
    return "WRONG_FIELD_TYPE";
  return field === "type" ? "WRONG_TYPE_NAME" : "INVALID_FIELD";
}

/**
 * A number of an order: what fits no safe integer is readable, and `unfit` says why the market
 * refuses it.
 */
export type OrderNumber = { readonly value: number | null; readonly unfit: Unfit | null };

/** Reads a whole number by its source text: `100` only, not `100.0` or `1e2`. */
export function readWhole(
  json: JsonObject,
  field: string,
  meaning: Unfit["field"],
): Result<OrderNumber, Problem> {
  const text = json.numberTexts.get(field) ?? "";
  const read = readWholeNumber(text);
  if (read.ok) return { ok: true, value: { value: read.value, unfit: null } };
  if (read.problem === "NOT_WHOLE") {
    const detail = `${field}: found ${shortened(text)}, send a whole number such as 100`;
    return { ok: false, problem: { reason: "WRONG_FIELD_TYPE", detail } };
  }
  const reason = meaning === "quantity" ? "QUANTITY_OUT_OF_RANGE" : "PRICE_OUT_OF_RANGE";
  const unfit: Unfit = { field: meaning, reason, text: shortened(text) };
  return { ok: true, value: { value: null, unfit } };
}

/**
 * Reads a whole number where the market has no refusal for one beyond the safe integers: a problem.
 */
export function readSafeWhole(json: JsonObject, field: string): Result<number, Problem> {
  const read = readWhole(json, field, "quantity");
  if (!read.ok) return read;
  const { value, unfit } = read.value;
  if (value !== null) return { ok: true, value };
  const most = Number.MAX_SAFE_INTEGER;
  const detail = `${field}: found ${unfit?.text ?? ""}, send a whole number up to ${most}`;
  return { ok: false, problem: { reason: "INVALID_FIELD", detail } };
}

/** Reads a price in rupees by its source text. */
export function readPrice(json: JsonObject, field: string): OrderNumber {
  const text = json.numberTexts.get(field) ?? "";
  const read = readRupees(text);
  if (read.ok) return { value: read.value, unfit: null };
  return { value: null, unfit: { field: "price", reason: read.problem, text: shortened(text) } };
}
