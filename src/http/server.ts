import { randomUUID } from "node:crypto";
import fastifyRateLimit from "@fastify/rate-limit";
import fastifyWebsocket from "@fastify/websocket";
import { fastify } from "fastify";
import type { FastifyBaseLogger, FastifyError, FastifyInstance, RawServerDefault } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { Gateway } from "../services/gateway.ts";
import type { MarketLog } from "../services/log.ts";
import type { PublicPlaces } from "../services/public-places.ts";
import { accountRoutes } from "./account-routes.ts";
import { affirmationRoutes } from "./affirmation-routes.ts";
import { newAccess } from "./caller.ts";
import type { Access, Caller } from "./caller.ts";
import { asyncApi } from "./asyncapi.ts";
import { clearingRoutes } from "./clearing-routes.ts";
import { confirmationRoutes } from "./confirmation-routes.ts";
import { serveDashboard } from "./dashboard.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import type { DoorParts } from "./door.ts";
import { refuseForeignPages } from "./foreign-pages.ts";
import type { PageRules } from "./foreign-pages.ts";
import { healthRoutes } from "./health-routes.ts";
import type { ApiKey } from "./keys.ts";
import { kiteRoutes, kiteUrl } from "./kite/kite-routes.ts";
import type { PostbackTarget } from "./kite/postback-target.ts";
import { tellFaults } from "./faults.ts";
import type { OnFault } from "./faults.ts";
import { newFlowSampler } from "./flow.ts";
import { measureRoutes } from "./measure-routes.ts";
import type { Measures } from "./measures.ts";
import { marketRoutes } from "./market-routes.ts";
import { obligationRoutes } from "./obligation-routes.ts";
import { openApi } from "./openapi.ts";
import { orderRoutes } from "./order-routes.ts";
import { Problem, fieldProblem, sendProblem } from "./problem.ts";
import { requestRoutes } from "./request-routes.ts";
import { RequestRate } from "./request-rate.ts";
import { streamRoute } from "./stream.ts";
import { symbolRoutes } from "./symbol-routes.ts";
import { tradeRoutes } from "./trade-routes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set before any handler of a route that is not open. */
    caller: Caller;
    /** The body as it came, for signatures. */
    bodyBytes: Buffer | string;
  }
  interface FastifyContextConfig {
    /** True for what needs no key. */
    isOpen?: boolean;
  }
}

/** A fastify server whose routes are typed by their zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the doors are made of. */
export type ServerOptions = PageRules & {
  readonly gateway: Gateway;
  readonly log: MarketLog;
  readonly places: PublicPlaces;
  readonly measures: Measures;
  /** `kafka` or `memory`, for people. */
  readonly logName: string;
  readonly keys: () => readonly ApiKey[];
  readonly nowMs: () => number;
  /** Requests that are sequenced, for one key in one second. */
  readonly ordersPerSecond: number;
  /** The built dashboard's folder. */
  readonly webDir: string;
  /** Where Kite's postbacks go. */
  readonly postbacks: readonly PostbackTarget[];
  /** Hears of what a person should see. */
  readonly alarm: (what: string) => void;
};

/** Bodies above this many bytes are refused. */
const bodyBytesMax = 64 * 1024;
/** How long a stream's client may take to say good-bye when the gateway ends. */
const goodbyeMs = 500;

/** The doors of a gateway: call `listen`. */
export async function buildServer(options: ServerOptions): Promise<Server> {
  const { gateway, log, places, measures, keys, nowMs, ordersPerSecond, alarm } = options;
  const app = fastify({
    bodyLimit: bodyBytesMax,
    routerOptions: { maxParamLength: 200 },
    rewriteUrl: kiteUrl,
    frameworkErrors: (_error, { raw }, reply) => {
      // No hook sees this request, so nobody else would end the socket of an upgrade.
      if (raw.headers.upgrade !== undefined) reply.raw.once("finish", () => raw.socket.destroy());
      sendProblem(reply, new Problem(400, "BAD_URL", "path: send valid percent escapes"));
    },
  }).withTypeProvider<ZodTypeProvider>();
  const access = newAccess(keys, nowMs);
  const onFault = tellFaults(alarm);
  speakProblems(app, onFault);
  guard(app, access);
  const rate = { global: false, hook: "preHandler", store: RequestRate } as const;
  await app.register(fastifyRateLimit, rate);
  await app.register(fastifyWebsocket, { options: { maxPayload: bodyBytesMax } });
  // After the plugin: it ends the socket of a refused upgrade, but only where it has seen the request first.
  refuseForeignPages(app, options);
  app.addHook("preClose", async () => {
    // A client that reads nothing would hold the gateway's end up for half a minute.
    const hangUp = (): void => app.websocketServer.clients.forEach((socket) => socket.terminate());
    setTimeout(hangUp, goodbyeMs).unref();
  });
  const onShed = (): void => measures.meters.shed.inc();
  const parts: DoorParts = { gateway, nowMs, newId: randomUUID, onShed };
  app.addHook("onSend", async (_request, reply) => {
    reply.header("sauda-seq", gateway.seq());
  });
  const limit = { rateLimit: rateLimit(ordersPerSecond) };
  await openApi(app);
  asyncApi(app);
  healthRoutes(app, parts, options.logName);
  orderRoutes(app, parts, limit);
  requestRoutes(app, parts, limit);
  confirmationRoutes(app, parts, limit);
  affirmationRoutes(app, parts, limit);
  accountRoutes(app, parts);
  clearingRoutes(app, parts);
  obligationRoutes(app, parts);
  marketRoutes(app, parts);
  symbolRoutes(app, parts);
  tradeRoutes(app, parts, { gateway, log, places });
  deadLetterRoutes(app, parts, limit);
  measureRoutes(app, parts, measures, newFlowSampler({ gateway, log, measures, nowMs }));
  streamRoute(app, parts, access);
  const { postbacks: targets } = options;
  await kiteRoutes(app, parts, { targets, alarm, access, keys, limit, onFault });
  await serveDashboard(app, options.webDir);
  return app;
}

function rateLimit(max: number): object {
  return {
    max,
    timeWindow: 1000,
    keyGenerator: (request: { caller: Caller }) => request.caller.key.id,
    errorResponseBuilder: () =>
      new Problem(
        429,
        "TOO_MANY_ORDERS",
        `at most ${max} requests a second for one key; wait a second`,
      ),
  };
}

/** Every error is a problem; what is not expected is ours and says nothing of its inside. */
function speakProblems(app: Server, onFault: OnFault): void {
  app.setValidatorCompiler(({ schema }) => (data: unknown) => {
    const read = (schema as z.ZodType).safeParse(data);
    if (read.success) return { value: read.data };
    const [issue] = read.error.issues;
    if (issue === undefined) throw new Error("broken invariant: an error has an issue");
    return { error: fieldProblem(schema as z.ZodType, data, issue) };
  });
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    if (error instanceof Problem) return sendProblem(reply, error);
    const known = knownErrors[error.code];
    if (known !== undefined)
      return sendProblem(reply, new Problem(known.status, known.code, known.detail));
    if (error.statusCode !== undefined && error.statusCode < 500)
      return sendProblem(reply, new Problem(error.statusCode, "BAD_REQUEST", error.message));
    onFault(request, error);
    return sendProblem(reply, new Problem(500, "BROKEN", "our fault: this should not happen"));
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Problem(
        404,
        "NOT_FOUND",
        `${request.method} ${request.url.split("?")[0]}: no such route`,
      ),
    ),
  );
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

/** Reads bodies as bytes, and finds out who asks before any route does. */
function guard(app: Server, access: Access): void {
  app.decorateRequest("caller");
  app.decorateRequest("bodyBytes", "");
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    request.bodyBytes = body;
    if (body.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(body.toString("utf8")));
    } catch {
      done(new Problem(400, "NOT_JSON", "body: send a JSON object"));
    }
  });
  app.addHook("preValidation", async (request) => {
    const { isOpen } = request.routeOptions.config;
    if (isOpen !== true && !request.is404)
      request.caller = access.authenticate(request, request.bodyBytes);
  });
}
