import type { FastifyError } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { z } from "zod";
import { shortened } from "../protocol/unreadable.ts";
import type { Access } from "./caller.ts";
import { bodyBytesMax } from "./connections.ts";
import { problemOfLog, type OnFault } from "./faults.ts";
import { readJson } from "./json-body.ts";
import { pageText } from "./page.ts";
import { Problem, TryLater, fieldProblem, sendProblem } from "./problem.ts";
import type { Server } from "./typed-server.ts";

/**
 * Reads bodies as bytes, and finds out who asks before any route does: by a key in the headers
 * before the body is read, so that strangers send nothing that is waited for; by a signature once
 * the body is there.
 */
export function guard(app: Server, access: Access): void {
  app.decorateRequest("caller");
  app.decorateRequest("bodyBytes", "");
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    request.bodyBytes = body;
    if (body.length === 0) return done(null, undefined);
    try {
      done(null, readJson(body as Buffer, "body"));
    } catch (error) {
      done(error as Problem);
    }
  });
  app.addHook("onRequest", async (request) => {
    const { isOpen } = request.routeOptions.config;
    if (isOpen === true || request.is404) return;
    const caller = access.beforeBody(request);
    if (caller !== null) request.caller = caller;
  });
  app.addHook("preValidation", async (request) => {
    const { isOpen } = request.routeOptions.config;
    if (isOpen === true || request.is404 || request.caller !== undefined) return;
    request.caller = access.authenticate(request, request.bodyBytes);
  });
}

/**
 * Refuses a query at those of our routes that have none: `?symbol=SBIN` behind a request to cancel
 * all would not be heard, and all be canceled.
 */
export function refuseUnheardQueries(app: Server): void {
  app.addHook("preValidation", async ({ query, routeOptions: { url, schema, config } }) => {
    const hasQuery = schema?.querystring !== undefined || config.isSocket === true;
    const [field] = Object.keys(query as object);
    if (field === undefined || hasQuery || url?.startsWith("/v1/") !== true) return;
    const way = schema?.body === undefined ? "leave it out" : "send it in the body";
    const detail = `${shortened(field)}: this route has no query; ${way}`;
    throw new Problem(400, "UNKNOWN_FIELD", detail, { field: shortened(field) });
  });
}

/** Every error is a problem; what is not expected is ours and says nothing of its inside. */
export function speakProblems(app: Server, onFault: OnFault): void {
  app.setValidatorCompiler(({ schema }) => (data: unknown) => {
    const read = (schema as z.ZodType).safeParse(data);
    if (read.success) return { value: read.data };
    return { error: fieldProblem(schema as z.ZodType, data, read.error) };
  });
  app.setSerializerCompiler((route: Parameters<typeof serializerCompiler>[0]) => {
    const bySchema = serializerCompiler(route);
    return (answer: unknown) => pageText(answer) ?? bySchema(answer);
  });
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    if (error instanceof Problem) return sendProblem(reply, error);
    const known = knownErrors[error.code];
    if (known !== undefined)
      return sendProblem(reply, new Problem(known.status, known.code, known.detail));
    if (error.statusCode !== undefined && error.statusCode < 500)
      return sendProblem(reply, new Problem(error.statusCode, "BAD_REQUEST", error.message));
    const ofLog = problemOfLog(error);
    // Who is away is told by whoever follows the log; what stays needs a person.
    if (ofLog instanceof TryLater) return sendProblem(reply, ofLog);
    onFault(request, error);
    const broken = new Problem(500, "BROKEN", "our fault: this should not happen");
    return sendProblem(reply, ofLog ?? broken);
  });
}

const knownErrors: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    detail: "content-type: send application/json",
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: "BODY_TOO_LARGE",
    detail: `body: send at most ${bodyBytesMax} bytes`,
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: "NOT_JSON",
    detail: "body: send a JSON object",
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: "NOT_JSON",
    detail: "body is empty: send a JSON object, or no content-type",
  },
};
