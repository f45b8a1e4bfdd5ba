import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { StreamMessage } from "../../http/stream/stream-schemas.ts";
import { Failure } from "../output.ts";
import { answerMs, wordsOf } from "./gateway-client.ts";
import type { MarketContext } from "./market-context.ts";

/** What is subscribed to. */
type Subscribing = { readonly channel: string; readonly symbol?: string | undefined };

/** What waits to be shown; a reader that is slower than that misses some, and is told. */
const inboxMax = { messages: 50_000, chars: 64 * 1024 * 1024 };
/** How long before a gateway that is gone is asked again. */
const againMs = 1_000;

/**
 * The stream's messages of the subscriptions, from now on until the signal, also of a gateway that
 * starts anew or has no room for a while. Throws `Failure` where nobody answers the first time, or
 * the gateway refuses.
 */
export async function* followStream(
  context: MarketContext,
  participant: string | undefined,
  subscriptions: readonly Subscribing[],
): AsyncGenerator<StreamMessage> {
  const { market, output, signal } = context;
  let isFullTold = false;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    let isBackTold = isFirst;
    try {
      for await (const message of messagesOf(context, participant, subscriptions)) {
        yield message;
        if (message.type !== "subscribed" || isBackTold) continue;
        isBackTold = true;
        isFullTold = false;
        output.warn("the gateway answers again; what happened in between is missing here");
      }
    } catch (error) {
      if (!(error instanceof StreamEnd)) throw error;
      const why = error.isFull ? error.message : `${error.message}: ${await market.whySilent()}`;
      if (isFirst && !error.wasReady) throw new Failure(`the gateway at ${market.http}: ${why}`);
      if (error.wasReady) output.warn(`the stream has ended, waiting for the gateway: ${why}`);
      else if (error.isFull && !isFullTold) output.warn(`waiting for room at the gateway: ${why}`);
      isFullTold ||= error.isFull;
    }
    await sleep(againMs, undefined, { signal }).catch(() => {}); // Ctrl-C: the loop ends
  }
}

/** Why a socket tells no more, or told nothing. */
class StreamEnd extends Error {
  readonly wasReady: boolean;
  /** The gateway has no room for one more now. */
  readonly isFull: boolean;

  constructor(why: string, wasReady: boolean, isFull = false) {
    super(why);
    this.wasReady = wasReady;
    this.isFull = isFull;
  }
}

/**
 * The messages of one socket, until the signal. Throws `StreamEnd` where the socket ends before.
 */
async function* messagesOf(
  { market, signal }: MarketContext,
  participant: string | undefined,
  subscriptions: readonly Subscribing[],
): AsyncGenerator<StreamMessage> {
  const inbox = newInbox();
  const socket = openSocket(market.http, inbox);
  const say = (message: object): void => socket.send(JSON.stringify(message));
  socket.on("open", () => say({ op: "auth", key: market.key, participant }));
  const stop = (): void => inbox.wake();
  signal.addEventListener("abort", stop, { once: true });
  let isReady = false;
  try {
    while (!signal.aborted) {
      const text = inbox.texts.shift();
      if (text !== undefined) {
        inbox.chars -= text.length;
        const message = JSON.parse(text) as StreamMessage;
        if (message.type === "error") throw refused(message);
        if (message.type === "ready") {
          isReady = true;
          for (const each of subscriptions) say({ op: "subscribe", ...each });
        } else yield message;
        continue;
      }
      if (inbox.missed > 0) {
        const why = `read too slowly: ${inbox.missed} messages are left out`;
        yield { type: "resync", id: 0, why };
        inbox.missed = 0;
      }
      if (inbox.end !== null) throw new StreamEnd(inbox.end, isReady);
      const { promise, resolve } = Promise.withResolvers<void>();
      inbox.wake = resolve;
      await promise;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    socket.terminate(); // a gateway that is stuck would never answer a farewell
  }
}

function refused({ code, detail }: { readonly code: string; readonly detail: string }): Error {
  const why = `${code}: ${detail}`;
  return code === "TOO_MANY_STREAMS" ? new StreamEnd(why, false, true) : new Failure(why);
}

/** What a socket told and nobody has read yet. */
type Inbox = {
  readonly texts: string[];
  chars: number;
  missed: number;
  /** Why no more comes; null: more may come. */
  end: string | null;
  /** Called when there is something new. */
  wake: () => void;
};

function newInbox(): Inbox {
  return { texts: [], chars: 0, missed: 0, end: null, wake: () => {} };
}

/** Opens the stream, until it ends or tells nothing for too long, not even that it is there. */
function openSocket(http: string, inbox: Inbox): WebSocket {
  const socket = new WebSocket(`${http.replace(/^http/, "ws")}/v1/stream`, {
    maxPayload: inboxMax.chars,
    perMessageDeflate: false,
    // Through no proxy that the environment names, as all requests to this machine.
    ...(http.startsWith("https:") ? {} : { agent: new Agent() }),
  });
  let isHeard = false;
  const hear = (): void => {
    isHeard = true;
  };
  const end = (why: string): void => {
    inbox.end ??= why;
    inbox.wake();
  };
  const watch = setInterval(() => {
    if (!isHeard) return end(`no answer within ${answerMs / 1000} s`);
    isHeard = false;
    socket.ping();
  }, answerMs);
  socket.on("pong", hear);
  socket.on("message", (data: Buffer) => {
    hear();
    const text = data.toString("utf8");
    if (inbox.texts.length < inboxMax.messages && inbox.chars + text.length <= inboxMax.chars) {
      inbox.texts.push(text);
      inbox.chars += text.length;
    } else inbox.missed += 1;
    inbox.wake();
  });
  socket.on("error", (error) => end(wordsOf(error)));
  socket.on("close", (_code, reason: Buffer) => {
    clearInterval(watch);
    end(reason.toString("utf8") || "it was cut off");
  });
  return socket;
}
