import type { FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import type { Server } from "../../typed-server.ts";
import type { KiteAccess, KiteCaller, KiteLogin } from "../kite-access.ts";
import { KiteError } from "../kite-error.ts";
import type { KiteParts } from "../kite-parts.ts";
import { sendHeartbeats, sendTicks, takeTickerStep, type Ticker } from "./ticker.ts";
import { newTickerClient } from "./ticker-client.ts";
import { readTickerRequest } from "./ticker-request.ts";
import { repeat, repeatWhile } from "../../stream/repeat.ts";

/** Ticks go out this often. */
const tickMs = 100;
/** Clients take a line that is silent for 5 s for dead. */
const heartbeatMs = 1_000;
/** Sockets of one key. Source: Kite Connect v3, "WebSocket streaming". */
const socketsOfKeyMax = 3;
/** Sockets of all. */
const socketsMax = 1_000;

/** The ticker at `/ws`: quotes in binary packets, and news of own orders in JSON. */
export function tickerRoute(kite: Server, parts: KiteParts, access: KiteAccess): void {
  const ticker: Ticker = { parts, clients: new Set(), changed: new Set() };
  const stopListening = parts.gateway.listen((step) => takeTickerStep(ticker, step));
  kite.addHook("onClose", async () => stopListening());
  const isHeard = (): boolean => ticker.clients.size > 0;
  const beginTicks = repeatWhile(kite, tickMs, isHeard, () => sendTicks(ticker));
  repeat(kite, heartbeatMs, () => {
    endRevoked(ticker, access);
    sendHeartbeats(ticker);
  });
  kite.get(
    "/ws",
    {
      websocket: true,
      // Before the handshake ends: who is not let in gets Kite's error, not a socket.
      preHandler: async (request) => {
        request.caller = access.callerOf(loginOf(request));
        const { id } = request.caller.key;
        // By the key itself: HDFC, HDFC:HDFC and desk:... are many names of few.
        const ofKey = [...ticker.clients].filter(({ caller }) => caller.key.id === id);
        if (ofKey.length >= socketsOfKeyMax || ticker.clients.size >= socketsMax) throw tooMany;
      },
    },
    (socket, request) => {
      serve(ticker, socket, request.caller as KiteCaller, loginOf(request));
      beginTicks();
    },
  );
}

/** What is not said, or said twice, is no login. */
function loginOf(request: FastifyRequest): KiteLogin {
  const { api_key, access_token } = request.query as Record<string, unknown>;
  const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
  return { apiKey: textOf(api_key), accessToken: textOf(access_token) };
}

/** A socket lives no longer than the key or the session that let it in. */
function endRevoked({ clients }: Ticker, access: KiteAccess): void {
  for (const client of clients) {
    if (access.isLive(client.login)) continue;
    clients.delete(client);
    client.end(4401, "the key was revoked, or the session is over");
  }
}

function serve(ticker: Ticker, socket: WebSocket, caller: KiteCaller, login: KiteLogin): void {
  const client = newTickerClient(socket, caller, login);
  const isKnown = (token: number): boolean => ticker.parts.tokens.findByToken(token) !== undefined;
  ticker.clients.add(client);
  socket.on("close", () => ticker.clients.delete(client));
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer) => {
    const request = readTickerRequest(data);
    const wrong = request === null ? notUnderstood : client.want(request, isKnown);
    if (wrong !== null) client.tell({ type: "error", data: wrong });
  });
}

const notUnderstood =
  'send {"a": "subscribe" or "unsubscribe", "v": [tokens]} or {"a": "mode", "v": [mode, [tokens]]}';

const tooMany = new KiteError(
  429,
  "NetworkException",
  `at most ${socketsOfKeyMax} sockets for one api_key: close one`,
);
