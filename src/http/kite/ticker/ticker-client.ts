import type { WebSocket } from "ws";
import type { KiteCaller, KiteLogin } from "../kite-access.ts";
import { heartbeat, tickMessage, type TickMode } from "./tick-packet.ts";
import type { TickerRequest } from "./ticker-request.ts";

/**
 * A socket with more unsent bytes than this gets no ticks: its tokens wait, each once, for
 * the newest.
 */
const unsentBytesMax = 256 * 1024;
/** A socket that takes nothing for so long is closed. */
const stalledMaxMs = 30_000;
/** Tokens of one socket. Source: Kite Connect v3, "WebSocket streaming". */
const tokensMax = 3_000;

/**
 * One socket of the ticker. Its queue is bounded: of each token it is owed one packet, never two.
 */
export type TickerClient = {
  readonly caller: KiteCaller;
  readonly login: KiteLogin;
  /** Says what was wrong with the request; null where nothing was. */
  want(request: TickerRequest, isKnown: (token: number) => boolean): string | null;
  /** The token's quote has changed. */
  owe(token: number): void;
  /** Sends what is owed, unless the socket is slow: then later, as it is by then. */
  pay(packetOf: (mode: TickMode, token: number) => Buffer, elapsedMs: number): void;
  /**
   * A text message. A socket too slow for news of its orders is closed, so that none is
   * missed unseen.
   */
  tell(message: object): void;
  beat(): void;
  /** Closes the socket. */
  end(code: number, why: string): void;
};

/** A client of the socket. */
export function newTickerClient(
  socket: WebSocket,
  caller: KiteCaller,
  login: KiteLogin,
): TickerClient {
  const modes = new Map<number, TickMode>();
  const owed = new Set<number>();
  let stalledSinceMs: number | null = null;
  const isSlow = (): boolean => socket.bufferedAmount > unsentBytesMax;

  function wantOne(token: number, { mode, isSubscribe }: TickerRequest): boolean {
    if (mode === null) {
      modes.delete(token);
      owed.delete(token);
      return true;
    }
    if (!modes.has(token) && modes.size >= tokensMax) return false;
    if (!isSubscribe || !modes.has(token)) modes.set(token, mode);
    owed.add(token);
    return true;
  }

  return {
    caller,
    login,
    want: (request, isKnown) => {
      const unknown = request.tokens.find((token) => !isKnown(token));
      for (const token of request.tokens)
        if (isKnown(token) && !wantOne(token, request))
          return `at most ${tokensMax} instruments on one socket`;
      return unknown === undefined ? null : `instrument_token ${unknown}: no such instrument`;
    },
    owe: (token) => {
      if (modes.has(token)) owed.add(token);
    },
    pay: (packetOf, elapsedMs) => {
      if (isSlow()) {
        stalledSinceMs ??= elapsedMs;
        if (elapsedMs - stalledSinceMs > stalledMaxMs) socket.terminate();
        return;
      }
      stalledSinceMs = null;
      if (owed.size === 0) return;
      const packets = [...owed].map((token) => packetOf(modes.get(token) ?? "quote", token));
      owed.clear();
      socket.send(tickMessage(packets));
    },
    tell: (message) => {
      if (isSlow()) return socket.close(1013, "you read too slowly: ask GET /orders");
      socket.send(JSON.stringify(message));
    },
    beat: () => {
      if (!isSlow()) socket.send(heartbeat);
    },
    end: (code, why) => socket.close(code, why),
  };
}
