import { setTimeout as sleep } from "node:timers/promises";
import type { StreamMessage } from "../../http/stream/stream-schemas.ts";
import { Failure } from "../output.ts";
import { answerMs } from "./gateway-client.ts";
import type { MarketContext } from "./market-context.ts";

/** What is subscribed to. */
type Subscribing = { readonly channel: string; readonly symbol?: string | undefined };

/** What waits to be shown; a reader that is slower than that misses some, and is told. */
const inboxMax = { messages: 50_000, chars: 64 * 1024 * 1024 };
/** How long before a gateway that is gone is asked again. */
const againMs = 1_000;

/**
 * The stream's messages of the subscriptions, from now on until the signal, also of a gateway that starts anew. Throws
 * `Failure` where nobody answers the first time, or the gateway refuses.
 */
export async function* followStream(
  context: MarketContext,
  participant: string | undefined,
  subscriptions: readonly Subscribing[],
): AsyncGenerator<StreamMessage> {
  const { market, output, signal } = context;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      for await (const message of messagesOf(context, participant, subscriptions)) {
        yield message;
        if (message.type === "subscribed" && !isFirst)
          output.warn("the gateway answers again; what happened in between is missing here");
      }
    } catch (error) {
      if (!(error instanceof NoStream)) throw error;
      if (isFirst)
        throw new Failure(
          `the gateway at ${market.http}: ${error.message}: ${await market.whySilent()}`,
        );
    }
    if (signal.aborted) return;
    if (isFirst) output.warn("the stream has ended: waiting for the gateway");
    await sleep(againMs, undefined, { signal }).catch(() => {}); // Ctrl-C: the loop ends
  }
}

class NoStream extends Error {}

/** The messages of one socket, until it or the signal ends. Throws `NoStream` where none is to be had. */
async function* messagesOf(
  { market, signal }: MarketContext,
  participant: string | undefined,
  subscriptions: readonly Subscribing[],
): AsyncGenerator<StreamMessage> {
  const socket = new WebSocket(`${market.http.replace(/^http/, "ws")}/v1/stream`);
  const inbox: string[] = [];
  const state = { isEnded: false, why: "", missed: 0, chars: 0 };
  let wake = (): void => {};
  socket.addEventListener("message", ({ data }) => {
    const text = String(data);
    if (inbox.length < inboxMax.messages && state.chars + text.length <= inboxMax.chars) {
      inbox.push(text);
      state.chars += text.length;
    } else state.missed += 1;
    wake();
  });
  const end = (why: string): void => {
    state.isEnded = true;
    state.why ||= why;
    wake();
  };
  socket.addEventListener("error", () => end("no stream there"));
  socket.addEventListener("close", ({ reason }) => end(reason));
  socket.addEventListener("open", () => say({ op: "auth", key: market.key, participant }));
  const say = (message: object): void => socket.send(JSON.stringify(message));
  const late = setTimeout(() => end(`no answer within ${answerMs / 1000} s`), answerMs);
  const stop = (): void => end("");
  signal.addEventListener("abort", stop, { once: true });
  let isReady = false;
  try {
    while (!signal.aborted) {
      const text = inbox.shift();
      if (text !== undefined) {
        state.chars -= text.length;
        const message = JSON.parse(text) as StreamMessage;
        if (message.type === "error") throw new Failure(`${message.code}: ${message.detail}`);
        if (message.type === "ready") {
          isReady = true;
          clearTimeout(late);
          for (const each of subscriptions) say({ op: "subscribe", ...each });
        } else yield message;
        continue;
      }
      if (state.missed > 0) {
        yield {
          type: "resync",
          id: 0,
          why: `read too slowly: ${state.missed} messages are left out`,
        };
        state.missed = 0;
      }
      if (state.isEnded) break;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    if (!isReady && !signal.aborted) throw new NoStream(state.why);
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
    socket.close();
  }
}
