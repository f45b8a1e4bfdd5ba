import type { WebSocket } from "ws";
import { canonicalSymbol } from "../domain/instrument.ts";
import { isOperations, participantOf } from "./caller.ts";
import type { Access, Caller } from "./caller.ts";
import type { DoorParts } from "./door.ts";
import { Problem } from "./problem.ts";
import type { Server } from "./server.ts";
import { newStreamClient, subscriptionsMax } from "./stream-client.ts";
import type { StreamClient } from "./stream-client.ts";
import { flush, forget, join, leave, newBroadcast, sendPulse, takeStep } from "./broadcast.ts";
import type { Broadcast } from "./broadcast.ts";
import { streamRequest } from "./stream-schemas.ts";
import type { z } from "zod";

/** A socket that has not said who it is after so long is closed. */
const authTimeoutMs = 5_000;
/** Depth and prints go out, and broken subscriptions are mended, this often. */
const flushMs = 25;
/** The market's pulse goes out this often. */
const pulseMs = 500;
/** Sockets at a time. */
const clientsMax = 1_000;

type StreamRequest = z.infer<typeof streamRequest>;

/** `/v1/stream`: what happens, pushed. Nothing need be polled. */
export function streamRoute(app: Server, parts: DoorParts, access: Access): void {
  const broadcast = newBroadcast(parts);
  const stopListening = parts.gateway.listen((step) => takeStep(broadcast, step));
  const flushing = setInterval(() => flush(broadcast), flushMs);
  const pulsing = setInterval(() => {
    endRevoked(broadcast, access);
    sendPulse(broadcast);
  }, pulseMs);
  app.addHook("onClose", async () => {
    clearInterval(flushing);
    clearInterval(pulsing);
    stopListening();
  });
  app.get(
    "/v1/stream",
    { websocket: true, config: { isOpen: true }, schema: { hide: true } },
    (socket: WebSocket, request) => {
      if (broadcast.clients.size >= clientsMax) return socket.close(1013, "too many streams");
      const client = newStreamClient(socket, request.socket);
      broadcast.clients.add(client);
      const late = setTimeout(() => socket.close(4401, "send auth first"), authTimeoutMs);
      socket.on("close", () => {
        clearTimeout(late);
        forget(broadcast, client);
      });
      socket.on("error", () => socket.terminate());
      const greet = (caller: Caller): void => {
        clearTimeout(late);
        client.caller = caller;
        const market_id = parts.gateway.marketId();
        client.say({ type: "ready", participant: caller.participant, market_id });
      };
      if (request.headers.authorization !== undefined)
        answer(client, () => greet(access.authenticate(request, "")));
      socket.on("message", (data: Buffer) =>
        answer(client, () => {
          const said = readRequest(data);
          if (said.op === "auth") return greet(access.callerOf(said.key, said.participant));
          handle(broadcast, client, said);
        }),
      );
    },
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
  let json: unknown;
  try {
    json = JSON.parse(data.toString("utf8"));
  } catch {
    throw new Problem(400, "NOT_JSON", "send a JSON object as a text");
  }
  const read = streamRequest.safeParse(json);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0] ?? { path: [], message: "" };
  throw new Problem(400, "INVALID_FIELD", `${path.join(".") || "message"}: ${message}`);
}

function handle(
  broadcast: Broadcast,
  client: StreamClient,
  said: Exclude<StreamRequest, { readonly op: "auth" }>,
): void {
  if (said.op === "ping") return client.say({ type: "pong" });
  if (client.caller === null) throw new Problem(401, "KEY_MISSING", "send auth first");
  if (said.op === "unsubscribe") {
    leave(broadcast, client, said.id);
    return client.say({ type: "unsubscribed", id: said.id });
  }
  if (client.subscriptions.size >= subscriptionsMax)
    throw new Problem(
      429,
      "TOO_MANY_SUBSCRIPTIONS",
      `at most ${subscriptionsMax}; unsubscribe some`,
    );
  const symbol = said.symbol === undefined ? null : canonicalSymbol(said.symbol);
  if ((said.channel === "depth" || said.channel === "prints") && symbol === null)
    throw new Problem(400, "MISSING_FIELD", `symbol is missing: ${said.channel} needs a symbol`);
  needParticipant(client.caller, said.channel);
  join(broadcast, client, { channel: said.channel, symbol, levels: said.levels ?? 5 });
}

/** Own channels need to know whose; everybody's do not. */
function needParticipant(caller: Caller, channel: string): void {
  const isOwn = ["orders", "confirmations", "affirmations"].includes(channel);
  const isOwnOrAll = ["trades", "settlements"].includes(channel) && !isOperations(caller);
  if (isOwn || isOwnOrAll) participantOf(caller);
}
