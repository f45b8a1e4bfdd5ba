import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Problem, problemText } from "./problem.ts";
import type { Server } from "./typed-server.ts";

/** Bodies above this many bytes are refused; so are messages of a socket. */
export const bodyBytesMax: number = 64 * 1024;
/** How long a client may take for the headers of a request. */
const headersTimeoutMs = 5_000;
/** How long for the whole request, its body included. */
export const requestTimeoutMs = 10_000;
/** How often it is looked for connections that take too long. */
const connectionsCheckMs = 500;
/** How long the other end of a WebSocket may take to say good-bye before its connection is cut. */
export const goodbyeMs = 500;

/** What Node's server is made with: whoever sends slowly holds nothing for long. */
export const connectionOptions: ServerOptions = {
  headersTimeout: headersTimeoutMs,
  requestTimeout: requestTimeoutMs,
  connectionsCheckingInterval: connectionsCheckMs,
  // Java's client offers HTTP/2 (h2c) with every request: those go on as they are.
  shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
    headers.upgrade?.toLowerCase() === "websocket",
};

/** Answers what is no request at all, or came too slowly, as a problem, and cuts the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const problem = brokenRequests[error.code ?? ""] ?? notHttp;
    const text = problemText(problem);
    socket.write(
      `HTTP/1.1 ${problem.status} ${problem.code}\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  }
  socket.destroy();
}

const notHttp = new Problem(400, "BAD_REQUEST", "this is no HTTP/1.1 request");
const brokenRequests: Readonly<Record<string, Problem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(
    408,
    "TOO_SLOW",
    `send the headers within ${headersTimeoutMs / 1000} s, the whole request within ${requestTimeoutMs / 1000} s`,
  ),
  HPE_HEADER_OVERFLOW: new Problem(431, "HEADERS_TOO_LARGE", "headers: send less than 16 KiB"),
};

/**
 * Refuses a URL that could be read in two ways: raw bytes above ASCII, half an escape, escapes that
 * are not UTF-8. Decoders differ on what they make of those.
 */
export function refuseUnclearUrls(app: Server): void {
  app.addHook("onRequest", async ({ raw }) => {
    if (!isClear(raw.url ?? "")) throw new Problem(400, "BAD_URL", unclearUrl);
  });
}

/**
 * What says who asks, under which name and for whom: of two, somebody on the way may have believed
 * the other.
 */
const singleHeaders: ReadonlySet<string> = new Set([
  "host",
  "origin",
  "authorization",
  "sauda-participant",
  "sauda-key",
  "sauda-timestamp",
  "sauda-signature",
]);

/** Refuses a request that says one of those twice: Node gives the first of two, or both as one. */
export function refuseDoubledHeaders(app: Server): void {
  app.addHook("onRequest", async ({ raw }) => {
    const seen = new Set<string>();
    for (let index = 0; index < raw.rawHeaders.length; index += 2) {
      const field = (raw.rawHeaders[index] ?? "").toLowerCase();
      if (!singleHeaders.has(field)) continue;
      if (seen.has(field))
        throw new Problem(400, "REPEATED_HEADER", `${field} stands twice: send it once`, { field });
      seen.add(field);
    }
  });
}

/** What is said of a URL that cannot be read. */
export const unclearUrl = "path or query: send ASCII, and UTF-8 in whole percent escapes";

function isClear(url: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(url)) return false;
  if (!url.includes("%")) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives a WebSocket to those alone who ask a route for it that has one: others get 404, and no 101.
 */
export function refuseLostUpgrades(app: Server): void {
  app.addHook("onRoute", (route) => {
    if (route.websocket === true) route.config = { ...route.config, isSocket: true };
  });
  app.addHook("onRequest", async (request) => {
    if (!request.ws || request.routeOptions.config.isSocket === true) return;
    throw new Problem(404, "NOT_FOUND", "no WebSocket here: /v1/stream and /kite/ws have one");
  });
}

/**
 * Keeps at most so many connections. One more cuts the one that has asked for nothing for the
 * longest time, be it new: who opens thousands and says nothing takes them from himself, not from
 * those who speak. A stream is at work as long as it lives; streams have bounds of their own.
 */
export function limitConnections(app: Server, connectionsMax: number): void {
  const open = new Set<Socket>();
  const idle = new Set<Socket>(); // the one that is idle for the longest time first
  app.server.on("connection", (socket: Socket) => {
    open.add(socket);
    idle.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      idle.delete(socket);
    });
    if (open.size <= connectionsMax) return;
    const [longest = socket] = idle;
    open.delete(longest);
    idle.delete(longest);
    longest.destroy();
  });
  app.server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once("close", () => {
      if (open.has(socket)) idle.add(socket);
    });
  });
  app.server.on("upgrade", ({ socket }: IncomingMessage) => {
    idle.delete(socket);
  });
}

/**
 * Ends what still hangs on a server: sockets that do not say good-bye would hold up the
 * gateway's end.
 */
export function hangUpAtEnd(app: Server): void {
  app.addHook("preClose", async () => {
    const hangUp = (): void => app.websocketServer.clients.forEach((socket) => socket.terminate());
    setTimeout(hangUp, goodbyeMs).unref();
  });
}
