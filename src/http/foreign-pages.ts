import { isIP } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { shown } from "../protocol/unreadable.ts";
import { Problem } from "./problem.ts";
import type { Server } from "./typed-server.ts";

/** Under which names a gateway is asked, and by whose pages. */
export type PageRules = {
  /** Pages of these origins may ask, besides our own. */
  readonly origins: readonly string[];
  /** Names it may be asked under besides localhost and any address; null: every name. */
  readonly hosts: readonly string[] | null;
};

/** How long a browser may keep what a preflight said. */
const preflightSeconds = 600;

/**
 * Refuses what other sites' pages ask through a visitor's browser, before anything else is looked
 * at. A site may let its own name lead to this machine (DNS rebinding): its pages are then of our
 * origin, but the browser says that name as the host. An address cannot be made to lead elsewhere,
 * so every address is let in. Pages of the origins that are let in get what their browser needs to
 * show them the answer (CORS, preflights too).
 */
export function refuseForeignPages(app: Server, { origins, hosts }: PageRules): void {
  const ownNames = hosts === null ? null : new Set(["localhost", ...hosts.map(nameIn)]);
  app.addHook("onRequest", async (request, reply) => {
    const { host, origin } = request.headers;
    if (ownNames !== null && host !== undefined && !isOwnHost(nameIn(host), ownNames))
      throw new Problem(
        403,
        "FOREIGN_HOST",
        `host ${shown(host)}: start the gateway with --allow-host to be asked under this name`,
      );
    if (origins.length > 0) reply.header("vary", "origin");
    if (origin === undefined || origin === `http://${host}`) return;
    if (!origins.includes(origin))
      throw new Problem(
        403,
        "FOREIGN_ORIGIN",
        `origin ${shown(origin)}: start the gateway with --origin to let it in`,
      );
    letIn(reply, origin);
    if (isPreflight(request)) return answerPreflight(request, reply);
  });
}

function letIn(reply: FastifyReply, origin: string): void {
  reply.header("access-control-allow-origin", origin);
  reply.header("access-control-expose-headers", "sauda-seq, retry-after");
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/** A preflight has no key yet, so it says nothing of which routes there are. */
function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (headers["access-control-request-private-network"] === "true")
    reply.header("access-control-allow-private-network", "true");
  return reply
    .status(204)
    .header("access-control-allow-methods", "GET, POST, PUT, DELETE")
    .header(
      "access-control-allow-headers",
      "authorization, content-type, sauda-participant, sauda-key, sauda-timestamp, sauda-signature, x-kite-version",
    )
    .header("access-control-max-age", preflightSeconds)
    .send();
}

function isOwnHost(name: string, ownNames: ReadonlySet<string>): boolean {
  return ownNames.has(name) || name.endsWith(".localhost") || isIP(name) !== 0;
}

/** The name or address in `name:port`, `[::1]:port` or without a port. */
function nameIn(host: string): string {
  const [, address, name = ""] = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (address ?? name).toLowerCase();
}
