import type { FastifyReply } from "fastify";
import { z } from "zod";
import { failInvariant } from "../domain/facts/units.ts";
import { shortened, shown } from "../protocol/unreadable.ts";
import { InexactNumber } from "./inexact-number.ts";

/** A refusal that the caller can mend: RFC 9457. `code` is stable, `detail` says what to change. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly more: object;

  constructor(status: number, code: string, detail: string, more: object = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** A refusal of what may be had later, where nothing was done: `Retry-After` says when. */
export class TryLater extends Problem {
  readonly afterSeconds: number;

  constructor(status: 429 | 503, code: string, detail: string, afterSeconds = 1) {
    super(status, code, detail);
    this.afterSeconds = afterSeconds;
  }
}

/** Says in the answer's head when to ask again, where the error is of what may be had later. */
export function sayWhen(reply: FastifyReply, error: unknown): void {
  if (error instanceof TryLater) reply.header("retry-after", error.afterSeconds);
}

/** The problem as the text of a `application/problem+json`. */
export function problemText({ status, code, message, more }: Problem): string {
  return JSON.stringify({
    type: `urn:sauda:problem:${code}`,
    title: code.toLowerCase().replaceAll("_", " "),
    status,
    code,
    detail: message,
    ...more,
  });
}

/** Sends the problem as `application/problem+json`. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  sayWhen(reply, problem);
  // Text: the route's schema is that of its answers, not of problems.
  return reply
    .status(problem.status)
    .type("application/problem+json")
    .serializer((text: unknown) => text as string)
    .send(problemText(problem));
}

/**
 * The problem of a body, query or path that does not fit its schema: the first field that is
 * wrong. Its text is bounded, whatever was sent: names and values are cut, and nothing deep is
 * spelled out.
 */
export function fieldProblem(
  schema: z.ZodType,
  data: unknown,
  { issues }: z.core.$ZodError,
): Problem {
  // A name that is none first: with it what is missing may be said, only misspelt.
  const issue =
    issues.find(({ code }) => code === "unrecognized_keys") ??
    issues[0] ??
    failInvariant("an error has an issue");
  if (issue.code === "unrecognized_keys") {
    const field = shortened(issue.keys[0] ?? "");
    return new Problem(400, "UNKNOWN_FIELD", `${field}: no such field; leave it out`, { field });
  }
  const field = issue.path.map(String).join(".");
  const value = issue.path.reduce<unknown>(valueIn, data);
  const send = describeField(schema, issue.path) ?? issue.message;
  if (value === undefined && field !== "")
    return new Problem(400, "MISSING_FIELD", `${field} is missing: send ${send}`, { field });
  const name = field === "" ? "body" : field;
  const found = value instanceof InexactNumber ? shortened(value.text) : shownOrNothing(value);
  return new Problem(400, "INVALID_FIELD", `${name}: found ${found}, send ${send}`, {
    field: name,
  });
}

function valueIn(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

function describeField(schema: z.ZodType, path: readonly PropertyKey[]): string | undefined {
  let found: unknown = schema;
  for (const key of path) {
    found = shapeOf(found)?.[key as string];
    if (!(found instanceof z.ZodType)) return undefined;
  }
  if (!(found instanceof z.ZodType)) return undefined;
  return descriptionOf(found) ?? (path.length === 0 ? "a JSON object" : undefined);
}

/** What a field is, also where it may be left out. */
function descriptionOf(schema: z.ZodType): string | undefined {
  if (schema.description !== undefined) return schema.description;
  const mayLack =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault;
  return mayLack ? descriptionOf(schema.unwrap() as z.ZodType) : undefined;
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape as Record<string, unknown>;
  if (schema instanceof z.ZodDiscriminatedUnion)
    return Object.assign({}, ...schema.options.toReversed().map(shapeOf)) as Record<
      string,
      unknown
    >;
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return shapeOf(schema.unwrap());
  return undefined;
}

function shownOrNothing(value: unknown): string {
  return value === undefined ? "nothing" : shown(value);
}
