import type { WebSocket } from "ws";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { isOperations, participantOf, type Access, type Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { readJson } from "../json-body.ts";
import { Problem, fieldProblem } from "../problem.ts";
import type { Server } from "../typed-server.ts";
import { newStreamClient, subscriptionsMax, type StreamClient } from "./stream-client.ts";
import {
  flush,
  forget,
  join,
  leave,
  newBroadcast,
  sendPulse,
  takeStep,
  type Broadcast,
} from "./broadcast.ts";
import { repeat, repeatWhile } from "./repeat.ts";
import { streamRequest } from "./stream-schemas.ts";
import type { z } from "zod";

/** A socket that has not said who it is after so long is closed. */
const authTimeoutMs = 5_000;
/** Depth and prints go out, and broken subscriptions are mended, this often. */
const flushMs = 25;
/** The market's pulse goes out this often. */
const pulseMs = 500;
/** Sockets at a time that said who they are. */
const clientsMax = 1_000;
/** Of them, those of one key. */
const clientsOfKeyMax = 100;
/**
 * Sockets at a time that have not said it yet: above that the one that waits longest makes room.
 */
const strangersMax = 100;

type StreamRequest = z.infer<typeof streamRequest>;

/** `/v1/stream`: what happens, pushed. Nothing need be polled. */
export function streamRoute(app: Server, parts: DoorParts, access: Access): void {
  const broadcast = newBroadcast(parts);
  const stopListening = parts.gateway.listen((step) => takeStep(broadcast, step));
  app.addHook("onClose", async () => stopListening());
  const isHeard = (): boolean => broadcast.clients.size > 0;
  const beginFlushes = repeatWhile(app, flushMs, isHeard, () => flush(broadcast));
  repeat(app, pulseMs, () => {
    endRevoked(broadcast, access);
    sendPulse(broadcast);
  });
  const strangers = new Set<WebSocket>();
  app.get(
    "/v1/stream",
    { websocket: true, config: { isOpen: true }, schema: { hide: true } },
    (socket: WebSocket, request) => {
      const client = newStreamClient(socket, request.socket);
      awaitAuth(strangers, socket);
      socket.on("close", () => forget(broadcast, client));
      socket.on("error", () => socket.terminate());
      const greet = (caller: Caller): void => {
        needRoom(broadcast, client, caller);
        strangers.delete(socket);
        broadcast.clients.add(client);
        beginFlushes();
        client.caller = caller;
        const market_id = parts.gateway.marketId();
        client.say({ type: "ready", participant: caller.participant, market_id });
      };
      if (request.headers.authorization !== undefined)
        answer(client, () => greet(access.authenticate(request, "")));
      socket.on("message", (data: Buffer) =>
        answer(client, () => {
          const request = readRequest(data);
          if (request.op === "auth")
            return greet(access.callerOf(request.key, request.participant));
          handle(broadcast, client, request);
        }),
      );
    },
  );
}

/**
 * Ends a socket that does not say in time who it is, and the one that waits longest where too
 * many wait.
 */
function awaitAuth(strangers: Set<WebSocket>, socket: WebSocket): void {
  strangers.add(socket);
  const [oldest] = strangers;
  if (strangers.size > strangersMax && oldest !== undefined) {
    strangers.delete(oldest);
    oldest.terminate();
  }
  const late = setTimeout(() => {
    if (strangers.delete(socket)) socket.close(4401, "send auth first");
  }, authTimeoutMs);
  socket.on("close", () => {
    clearTimeout(late);
    strangers.delete(socket);
  });
}

/** Throws `Problem` where the key, or everybody together, has as many streams as may be. */
function needRoom({ clients }: Broadcast, client: StreamClient, { key }: Caller): void {
  const others = [...clients].filter((each) => each !== client);
  const ofKey = others.filter(({ caller }) => caller?.key.id === key.id);
  if (ofKey.length < clientsOfKeyMax && others.length < clientsMax) return;
  throw new Problem(
    429,
    "TOO_MANY_STREAMS",
    `at most ${clientsOfKeyMax} streams of one key, ${clientsMax} of all: close one`,
  );
}

/** A stream lives no longer than its key. */
function endRevoked(broadcast: Broadcast, access: Access): void {
  for (const client of broadcast.clients) {
    if (client.caller === null || access.isLive(client.caller.key)) continue;
    forget(broadcast, client);
    client.end(4401, "the key was revoked");
  }
}

/** What the client did wrong is said to it; the socket stays. */
function answer(client: StreamClient, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    client.say({ type: "error", code: error.code, detail: error.message });
  }
}

function readRequest(data: Buffer): StreamRequest {
  const json = readJson(data, "message");
  const read = streamRequest.safeParse(json);
  if (read.success) return read.data;
  throw fieldProblem(streamRequest, json, read.error);
}

function handle(
  broadcast: Broadcast,
  client: StreamClient,
  request: Exclude<StreamRequest, { readonly op: "auth" }>,
): void {
  if (request.op === "ping") return client.say({ type: "pong" });
  if (client.caller === null) throw new Problem(401, "KEY_MISSING", "send auth first");
  if (request.op === "unsubscribe") {
    leave(broadcast, client, request.id);
    return client.say({ type: "unsubscribed", id: request.id });
  }
  if (client.subscriptions.size >= subscriptionsMax)
    throw new Problem(
      429,
      "TOO_MANY_SUBSCRIPTIONS",
      `at most ${subscriptionsMax}; unsubscribe some`,
    );
  broadcast.parts.reads.take(client.caller.key.id, 1);
  const symbol = request.symbol === undefined ? null : canonicalSymbol(request.symbol);
  if ((request.channel === "depth" || request.channel === "prints") && symbol === null)
    throw new Problem(400, "MISSING_FIELD", `symbol is missing: ${request.channel} needs a symbol`);
  needParticipant(client.caller, request.channel);
  join(broadcast, client, { channel: request.channel, symbol, levels: request.levels ?? 5 });
}

/** Own channels need to know whose; everybody's do not. */
function needParticipant(caller: Caller, channel: string): void {
  const isOwn = ["confirmations", "affirmations"].includes(channel);
  const isOwnOrAll = ["orders", "trades", "settlements"].includes(channel) && !isOperations(caller);
  if (isOwn || isOwnOrAll) participantOf(caller);
}
