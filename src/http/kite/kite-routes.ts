import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Access } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { problemOfLog, type OnFault } from "../faults.ts";
import type { ApiKey } from "../keys.ts";
import { sayWhen } from "../problem.ts";
import type { Server } from "../typed-server.ts";
import { readForms } from "./form-body.ts";
import { instrumentRoutes } from "./instrument-routes.ts";
import { newInstrumentTokens } from "./instrument-tokens.ts";
import { newKiteAccess, type KiteAccess } from "./kite-access.ts";
import { KiteError, kiteErrorOf, sendKiteError } from "./kite-error.ts";
import type { KiteParts } from "./kite-parts.ts";
import { refuseUnknown } from "./not-yet.ts";
import { orderBookRoutes } from "./order-book-routes.ts";
import { placeRoutes } from "./place-routes.ts";
import { portfolioRoutes } from "./portfolio-routes.ts";
import { startPostbacks, type PostbackOptions } from "./postbacks.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import { quoteRoutes } from "./quote-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { tickerRoute } from "./ticker/ticker-route.ts";
import { userRoutes } from "./user-routes.ts";

/** What Kite's dialect needs besides the doors' parts. */
type KiteOptions = PostbackOptions & {
  readonly access: Access;
  readonly keys: () => readonly ApiKey[];
  readonly endedSessions: EndedSessions;
  /** Config of routes whose requests are sequenced: their rate limit. */
  readonly limit: object;
  readonly onFault: OnFault;
};

const prefix = "/kite";

/** Kite Connect v3's dialect under `/kite`: its routes, its errors, its ticker, its postbacks. */
export async function kiteRoutes(
  app: Server,
  door: DoorParts,
  options: KiteOptions,
): Promise<void> {
  const { clock } = door.gateway;
  const access = newKiteAccess(options.access, options.keys, clock, options.endedSessions);
  const tokens = newInstrumentTokens(door.gateway.views);
  const parts: KiteParts = { ...door, tokens, limit: options.limit };
  await app.register(
    async (scope) => {
      const kite = scope as unknown as Server;
      speakKite(kite, options.onFault);
      sessionRoutes(kite, access, clock);
      tickerRoute(kite, parts, access);
      startPostbacks(kite, parts, options);
      await kite.register(async (guarded) =>
        ownRoutes(guarded as unknown as Server, parts, access),
      );
    },
    { prefix },
  );
}

/**
 * Where a request goes. Both libraries send `X-Kite-Version`, but the Python one drops the path of
 * the address it is given: what it asks for at the root is Kite's too.
 */
export function kiteUrl({ headers, url = "/" }: IncomingMessage): string {
  const isKite = headers["x-kite-version"] !== undefined;
  return isKite && !url.startsWith(`${prefix}/`) ? `${prefix}${url}` : url;
}

/**
 * Errors in Kite's shape, forms as bodies; our own check of keys stays out, Kite's is
 * in `ownRoutes`.
 */
function speakKite(kite: Server, onFault: OnFault): void {
  kite.addHook("onRoute", (route) => {
    route.config = { ...route.config, isOpen: true };
    route.schema = { ...route.schema, hide: true };
  });
  readForms(kite);
  kite.setErrorHandler((error, request, reply) => {
    const found = problemOfLog(error) ?? error;
    const answer = kiteErrorOf(found);
    sayWhen(reply, found);
    if (answer.status === 500) onFault(request, error);
    return sendKiteError(reply, answer);
  });
  const unknown = ({ method, url }: FastifyRequest): KiteError =>
    refuseUnknown(method, url.slice(prefix.length).split("?")[0] ?? "");
  // A route, since the dashboard's own for every path would take them; refused before a body
  // is read.
  for (const path of ["/", "/*"])
    kite.all(path, { onRequest: async (request) => Promise.reject(unknown(request)) }, () => {});
}

/**
 * Routes of a user: `Authorization: token api_key:access_token` says which, before any body
 * is read.
 */
function ownRoutes(kite: Server, parts: KiteParts, access: KiteAccess): void {
  kite.addHook("onRequest", async (request) => {
    const [, apiKey = "", accessToken = ""] =
      /^token (\S+):([^\s:]+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (apiKey === "")
      throw new KiteError(403, "TokenException", "send Authorization: token api_key:access_token");
    request.caller = access.callerOf({ apiKey, accessToken });
  });
  userRoutes(kite, parts);
  placeRoutes(kite, parts);
  orderBookRoutes(kite, parts);
  portfolioRoutes(kite, parts);
  quoteRoutes(kite, parts);
  instrumentRoutes(kite, parts);
}
