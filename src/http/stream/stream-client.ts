import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Caller } from "../caller.ts";

/** A socket with more unsent bytes than this loses messages, and is told so. */
const unsentBytesMax = 256 * 1024;
/** With so many, answers to what it asked among them, it is closed. */
const answersBytesMax = 4 * unsentBytesMax;
/** Below this it is served again. */
const unsentBytesLow = 32 * 1024;
/** What is gathered for one write. */
const gatheredBytesMax = 16 * 1024;
/** A socket that takes nothing for so long is closed. */
const stalledMaxMs = 30_000;
/** Subscriptions of one socket. */
export const subscriptionsMax = 64;

/** One subscription of one socket. `n` numbers its messages from 0. */
export type Subscription = {
  readonly id: number;
  readonly channel: string;
  /** Canonical; null where none was named. */
  readonly symbol: string | null;
  n: number;
  /** Messages were left out: a resync is due. */
  isBroken: boolean;
};

/** One socket of the stream, with its bounded queue: the socket's own. */
export type StreamClient = {
  caller: Caller | null;
  readonly subscriptions: Map<number, Subscription>;
  /** A message outside any subscription. Who asks on and on and reads no answer is closed. */
  say(message: object): void;
  /** A numbered message: `type` and the JSON text of its other fields, from `,` on. */
  tell(subscription: Subscription, type: string, rest: string): void;
  /** Closes the socket. */
  end(code: number, why: string): void;
  /**
   * Says resync where messages were left out and the socket takes bytes again. Returns what
   * begins anew.
   */
  mend(elapsedMs: number): readonly Subscription[];
};

/** What carries the socket's bytes. */
type Connection = Pick<Socket, "cork" | "uncork">;

/** A client of the socket, which stands on the connection. */
export function newStreamClient(socket: WebSocket, connection: Connection): StreamClient {
  const subscriptions = new Map<number, Subscription>();
  let stalledSinceMs: number | null = null;
  const gather = newGathering(connection);
  return {
    caller: null,
    subscriptions,
    say: (message) => {
      if (socket.bufferedAmount > answersBytesMax) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    end: (code, why) => socket.close(code, why),
    tell: (subscription, type, rest) => {
      if (subscription.isBroken) return;
      if (socket.bufferedAmount > unsentBytesMax) {
        subscription.isBroken = true;
        return;
      }
      gather(rest.length);
      socket.send(`{"type":"${type}","id":${subscription.id},"n":${subscription.n}${rest}}`);
      subscription.n += 1;
    },
    mend: (elapsedMs) => {
      if (socket.bufferedAmount > unsentBytesMax) {
        stalledSinceMs ??= elapsedMs;
        if (elapsedMs - stalledSinceMs > stalledMaxMs) socket.terminate();
        return [];
      }
      stalledSinceMs = null;
      if (socket.bufferedAmount > unsentBytesLow) return [];
      const broken = [...subscriptions.values()].filter(({ isBroken }) => isBroken);
      for (const subscription of broken) {
        const why = "you read too slowly: messages were left out";
        socket.send(JSON.stringify({ type: "resync", id: subscription.id, why }));
        subscription.isBroken = false;
        subscription.n = 0;
      }
      return broken;
    },
  };
}

/**
 * What is told in one go leaves in few writes: a write for each message costs more than the
 * message. Call it before each, with its size.
 */
function newGathering(connection: Connection): (bytes: number) => void {
  let gatheredBytes: number | null = null;
  const send = (): void => {
    if (gatheredBytes === null) return; // sent before its tick
    gatheredBytes = null;
    connection.uncork();
  };
  return (bytes) => {
    if (gatheredBytes !== null && gatheredBytes > gatheredBytesMax) send();
    if (gatheredBytes === null) {
      connection.cork();
      process.nextTick(send);
    }
    gatheredBytes = (gatheredBytes ?? 0) + bytes;
  };
}
