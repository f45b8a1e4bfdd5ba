import { z } from "zod";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { momentMs, momentPattern } from "../../protocol/moment.ts";
import { readWholeNumber } from "../../protocol/whole-number.ts";
import type { StepPlace } from "../../services/step-place.ts";
import { pageQuery } from "../page.ts";

/** An id in a path. */
export const idParam = z.object({
  id: z.string().min(1).max(128).describe("an id of 1 to 128 characters"),
});

/**
 * A whole number in a query, by the text it came in; what is none is left for the schema to refuse.
 */
export function wholeQuery<Number extends z.ZodType<number>>(number: Number) {
  return z.preprocess((text: unknown) => {
    const read = typeof text === "string" ? readWholeNumber(text) : null;
    return read?.ok === true ? read.value : text;
  }, number);
}

/** How many answers at most. */
export const limitQuery = pageQuery.extend({
  limit: wholeQuery(z.int().min(1).max(1000)).default(100).describe("a whole number, 1 to 1000"),
});

/** A moment in a query. */
export const sinceQuery = wholeQuery(z.int().nonnegative())
  .optional()
  .describe("a whole number of ms since 1970 UTC: only what came since then");

/** How many, since when, and of one symbol where it is named, by its alias too. */
const listQuery = limitQuery.extend({
  symbol: z
    .string()
    .max(64)
    .transform(canonicalSymbol)
    .optional()
    .describe("a symbol of at most 64 characters such as SBIN"),
  since_ms: sinceQuery,
});

/** A moment as text, in ms since 1970: a time with its zone, or a date, that day's in India. */
function momentQuery(dayPart: "begin" | "end") {
  const word = dayPart === "begin" ? "what came since then" : "what came before it";
  const what = `a time with its zone such as 2026-11-30T09:15:00+05:30, or a date in India such as 2026-11-30`;
  return z
    .string()
    .max(40)
    .regex(momentPattern)
    .transform((text) => Math.max(0, momentMs(text, dayPart)))
    .optional()
    .describe(`${what}${dayPart === "end" ? ", which is in it" : ""}: only ${word}`);
}

/** A list of what came in a span of time, by texts or by numbers. */
export const spanQuery = listQuery.extend({
  since: momentQuery("begin"),
  until: momentQuery("end"),
  until_ms: wholeQuery(z.int().nonnegative())
    .optional()
    .describe("a whole number of ms since 1970 UTC: only what came before it"),
});

/** The span in ms: where an end of it is said twice, as text and as a number, both hold. */
export function spanOf(query: z.output<typeof spanQuery>) {
  const { since, since_ms, until, until_ms } = query;
  return {
    since_ms: since === undefined ? since_ms : Math.max(since, since_ms ?? 0),
    until_ms: until === undefined ? until_ms : Math.min(until, until_ms ?? Infinity),
  };
}

/** A symbol in a path. */
export const symbolParam = z.object({
  symbol: z.string().min(1).max(64).describe("a symbol of 1 to 64 characters such as SBIN"),
});

/** Values of a list that is newest first, as far as they came since the moment. */
export function* cameSince<Value extends { readonly place: StepPlace }>(
  newestFirst: Iterable<Value>,
  sinceMs: number | undefined,
): Generator<Value> {
  for (const value of newestFirst) {
    if (sinceMs !== undefined && value.place.atMs < sinceMs) return;
    yield value;
  }
}
