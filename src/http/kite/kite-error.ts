import type { FastifyError, FastifyReply } from "fastify";
import { Problem } from "../problem.ts";

/**
 * The names that Kite's clients turn into exceptions. Source: Kite Connect v3, "Exceptions and
 * errors". The Python library knows neither `MarginException` nor `HoldingException` and raises its
 * general one.
 */
export type KiteErrorType =
  | "TokenException"
  | "PermissionException"
  | "OrderException"
  | "InputException"
  | "MarginException"
  | "HoldingException"
  | "NetworkException"
  | "GeneralException";

/**
 * A refusal in Kite's words: HTTP status, the exception's name, and a text that says what
 * to change.
 */
export class KiteError extends Error {
  override readonly name = "KiteError";
  readonly status: number;
  readonly type: KiteErrorType;

  constructor(status: number, type: KiteErrorType, text: string) {
    super(text);
    this.status = status;
    this.type = type;
  }
}

/** What the caller sent is wrong: 400 `InputException`. */
export function inputError(text: string): KiteError {
  return new KiteError(400, "InputException", text);
}

/** Any error as Kite says it. What is not expected is ours and says nothing of its inside. */
export function kiteErrorOf(error: unknown): KiteError {
  if (error instanceof KiteError) return error;
  if (error instanceof Problem) return ofProblem(error);
  const { code = "", statusCode = 500 } = error as Partial<FastifyError>;
  const text = badBodies[code];
  if (text !== undefined) return inputError(text);
  // What Fastify says of the request, a hang-up in the middle of its body too, is no fault of ours.
  if (statusCode < 500)
    return new KiteError(statusCode, "InputException", (error as Error).message);
  return new KiteError(500, "GeneralException", "our fault: this should not happen");
}

/** Sends the error as Kite does: `{status: "error", message, error_type}`. */
export function sendKiteError(reply: FastifyReply, { status, type, message }: KiteError): unknown {
  const body = { status: "error", message, data: null, error_type: type };
  return reply
    .status(status)
    .type("application/json")
    .serializer((text: unknown) => text as string)
    .send(JSON.stringify(body));
}

function ofProblem({ status, message }: Problem): KiteError {
  if (status === 401) return new KiteError(403, "TokenException", message);
  if (status === 403) return new KiteError(403, "PermissionException", message);
  if (status === 429 || status === 503) return new KiteError(status, "NetworkException", message);
  if (status === 404) return new KiteError(404, "GeneralException", message);
  return new KiteError(status, "InputException", message);
}

const badBodies: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "content-type: send application/x-www-form-urlencoded",
  FST_ERR_CTP_BODY_TOO_LARGE: "body: too large",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "body: its length is not what content-length says",
  FST_ERR_VALIDATION: "body: send the fields of a form",
};
