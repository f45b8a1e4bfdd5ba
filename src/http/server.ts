import { randomUUID } from "node:crypto";
import fastifyRateLimit from "@fastify/rate-limit";
import fastifyWebsocket from "@fastify/websocket";
import { fastify } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Gateway } from "../services/gateway.ts";
import type { OlderRecords } from "../services/books/older-records.ts";
import type { MarketLog } from "../services/log.ts";
import type { MarketWatch } from "../services/market-watch.ts";
import { accountRoutes } from "./routes/account-routes.ts";
import { affirmationRoutes } from "./routes/affirmation-routes.ts";
import { newAccess, type Caller } from "./caller.ts";
import { asyncApi } from "./asyncapi.ts";
import { clearingRoutes } from "./routes/clearing-routes.ts";
import { confirmationRoutes } from "./routes/confirmation-routes.ts";
import {
  bodyBytesMax,
  connectionOptions,
  goodbyeMs,
  hangUpAtEnd,
  limitConnections,
  refuseConnection,
  refuseDoubledHeaders,
  refuseLostUpgrades,
  refuseUnclearUrls,
  requestTimeoutMs,
  unclearUrl,
} from "./connections.ts";
import { serveDashboard } from "./dashboard.ts";
import { deadLetterRoutes } from "./routes/dead-letter-routes.ts";
import type { DoorParts } from "./door.ts";
import { refuseForeignPages, type PageRules } from "./foreign-pages.ts";
import { guard, refuseUnheardQueries, speakProblems } from "./guard.ts";
import { fundsRoutes } from "./routes/funds-routes.ts";
import { healthRoutes } from "./routes/health-routes.ts";
import type { ApiKey } from "./keys.ts";
import type { EndedSessions } from "./kite/ended-sessions.ts";
import { kiteRoutes, kiteUrl } from "./kite/kite-routes.ts";
import type { PostbackTarget } from "./kite/postback-target.ts";
import { tellFaults } from "./faults.ts";
import { newFlowSampler } from "./measures/flow.ts";
import { measureRoutes } from "./routes/measure-routes.ts";
import type { Measures } from "./measures/measures.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { marketRoutes } from "./routes/market-routes.ts";
import { obligationRoutes } from "./routes/obligation-routes.ts";
import { openApi } from "./openapi.ts";
import { orderRoutes } from "./routes/order-routes.ts";
import { refuseUnrouted } from "./other-methods.ts";
import { Problem, sendProblem } from "./problem.ts";
import { ReadBudget, chargeReads } from "./read-budget.ts";
import { requestRoutes } from "./routes/request-routes.ts";
import { RequestRate } from "./request-rate.ts";
import { stepRoutes } from "./routes/step-routes.ts";
import { streamRoute } from "./stream/stream.ts";
import { symbolRoutes } from "./routes/symbol-routes.ts";
import { topicRoutes } from "./routes/topic-routes.ts";
import { tradeRoutes } from "./routes/trade-routes.ts";
import type { Server } from "./typed-server.ts";

/** What the doors are made of. */
type ServerOptions = PageRules & {
  readonly gateway: Gateway;
  readonly log: MarketLog;
  readonly measures: Measures;
  /** What the market's books tell of what the gateway has let go of; null: it has none. */
  readonly older: OlderRecords | null;
  /** Looks whether the market moves and is whole. */
  readonly watch: MarketWatch;
  /** `kafka` or `memory`, for people. */
  readonly logName: string;
  readonly keys: () => readonly ApiKey[];
  /** Kite's sessions that were ended before their time. */
  readonly endedSessions: EndedSessions;
  /** Requests that are sequenced, for one key in one second. */
  readonly ordersPerSecond: number;
  /** Reads of one key in one second. */
  readonly readsPerSecond: number;
  /** Connections at a time. */
  readonly connectionsMax: number;
  /** The built dashboard's folder. */
  readonly webDir: string;
  /** Where Kite's postbacks go. */
  readonly postbacks: readonly PostbackTarget[];
  /** Hears of what a person should see. */
  readonly alarm: (what: string) => void;
};

/**
 * Longer than what a request line may be: a route's schema says what is wrong with a long id, not
 * the router.
 */
const longestUrl = 65_536;

/** The doors of a gateway: call `listen`. */
export async function buildServer(options: ServerOptions): Promise<Server> {
  const { gateway, log, measures, watch, keys, ordersPerSecond, alarm } = options;
  const app = fastify({
    bodyLimit: bodyBytesMax,
    http: connectionOptions,
    requestTimeout: requestTimeoutMs,
    clientErrorHandler: refuseConnection,
    routerOptions: { maxParamLength: longestUrl },
    rewriteUrl: kiteUrl,
    frameworkErrors: (_error, { raw }, reply) => {
      // No hook sees this request, so nobody else would end the socket of an upgrade.
      if (raw.headers.upgrade !== undefined) reply.raw.once("finish", () => raw.socket.destroy());
      sendProblem(reply, new Problem(400, "BAD_URL", unclearUrl));
    },
  }).withTypeProvider<ZodTypeProvider>();
  const access = newAccess(keys, gateway.clock);
  const onFault = tellFaults(alarm);
  speakProblems(app, onFault);
  const rate = { global: false, hook: "preHandler", store: RequestRate } as const;
  await app.register(fastifyRateLimit, rate);
  const sockets = { maxPayload: bodyBytesMax, closeTimeout: goodbyeMs };
  await app.register(fastifyWebsocket, { options: sockets });
  // After the plugin: it ends the socket of a refused upgrade, but only where it has seen the
  // request first.
  refuseDoubledHeaders(app);
  refuseForeignPages(app, options);
  refuseUnclearUrls(app);
  refuseLostUpgrades(app);
  refuseUnrouted(app);
  guard(app, access);
  refuseUnheardQueries(app);
  const reads = new ReadBudget(options.readsPerSecond, () => gateway.clock.elapsedMs());
  app.addHook("preHandler", chargeReads(reads));
  hangUpAtEnd(app);
  limitConnections(app, options.connectionsMax);
  const onShed = (): void => measures.meters.shed.inc();
  const { older } = options;
  const parts: DoorParts = { gateway, newId: randomUUID, onShed, reads, older };
  app.addHook("onSend", async (_request, reply) => {
    reply.header("sauda-seq", gateway.seq());
  });
  const journeys = { ...parts, log };
  const limit = { rateLimit: rateLimit(ordersPerSecond) };
  await openApi(app);
  asyncApi(app);
  healthRoutes(app, parts, watch, options.logName);
  orderRoutes(app, journeys, limit);
  requestRoutes(app, parts, limit);
  fundsRoutes(app, parts, limit);
  confirmationRoutes(app, parts, limit);
  affirmationRoutes(app, parts, limit);
  accountRoutes(app, parts);
  clearingRoutes(app, parts);
  obligationRoutes(app, parts);
  marketRoutes(app, parts);
  symbolRoutes(app, parts);
  tradeRoutes(app, journeys);
  stepRoutes(app, journeys);
  topicRoutes(app, log);
  logRoutes(app, parts);
  deadLetterRoutes(app, parts, limit);
  measureRoutes(app, parts, measures, watch, newFlowSampler({ gateway, log, measures, watch }));
  streamRoute(app, parts, access);
  await kiteRoutes(app, parts, { ...options, targets: options.postbacks, access, limit, onFault });
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
