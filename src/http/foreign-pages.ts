import { isIP } from "node:net";
import { Problem } from "./problem.ts";
import type { Server } from "./server.ts";

/** Under which names a gateway is asked, and by whose pages. */
export type PageRules = {
  /** Pages of these origins may ask, besides our own. */
  readonly origins: readonly string[];
  /** Names it may be asked under besides localhost and any address; null: every name. */
  readonly hosts: readonly string[] | null;
};

/**
 * Refuses what other sites' pages ask through a visitor's browser, before anything else is looked at. A site
 * may let its own name lead to this machine (DNS rebinding): its pages are then of our origin, but the browser
 * says that name as the host. An address cannot be made to lead elsewhere, so every address is let in.
 */
export function refuseForeignPages(app: Server, { origins, hosts }: PageRules): void {
  const ownNames = hosts === null ? null : new Set(["localhost", ...hosts.map(nameIn)]);
  app.addHook("onRequest", async ({ headers: { host, origin } }) => {
    if (ownNames !== null && host !== undefined && !isOwnHost(nameIn(host), ownNames))
      throw new Problem(
        403,
        "FOREIGN_HOST",
        `host ${host}: start the gateway with --allow-host to be asked under this name`,
      );
    const isOwn = origin === undefined || origin === `http://${host}`;
    if (!isOwn && !origins.includes(origin))
      throw new Problem(
        403,
        "FOREIGN_ORIGIN",
        `origin ${origin}: start the gateway with --origin to let it in`,
      );
  });
}

function isOwnHost(name: string, ownNames: ReadonlySet<string>): boolean {
  return ownNames.has(name) || name.endsWith(".localhost") || isIP(name) !== 0;
}

/** The name or address in `name:port`, `[::1]:port` or without a port. */
function nameIn(host: string): string {
  const [, address, name = ""] = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (address ?? name).toLowerCase();
}
