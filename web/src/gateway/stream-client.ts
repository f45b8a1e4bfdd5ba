import type { StreamMessage } from "../wire.ts";
import {
  begin,
  lose,
  newSubscription,
  take,
  type CountedMessage,
  type Follower,
  type Subscription,
  type Topic,
} from "./subscription.ts";

/** Where the connection stands. Everything but `live` is shown to the user. */
export type StreamState =
  | { readonly type: "connecting" }
  | { readonly type: "live" }
  /** Nothing was heard for a while, though asked. */
  | { readonly type: "stale"; readonly sinceMs: number }
  /** The connection broke; the next try is at `untilMs`. */
  | { readonly type: "waiting"; readonly untilMs: number; readonly why: string }
  /** The gateway has too many streams for now; the next try is at `untilMs`. */
  | {
      readonly type: "crowded";
      readonly untilMs: number;
      readonly code: string;
      readonly detail: string;
    }
  /** The gateway does not want this key; trying again would not help. */
  | { readonly type: "refused"; readonly code: string; readonly detail: string }
  | { readonly type: "closed" };

/** Times of the stream, in ms. */
type StreamTimes = {
  /** Asked after so much silence. */
  readonly pingMs: number;
  /** Shown as stale after so much silence. */
  readonly staleMs: number;
  /** Given up and connected anew after so much silence. */
  readonly deadMs: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
};

/** A loopback gateway answers a ping in a millisecond; two seconds without are worth a word. */
export const usualTimes: StreamTimes = {
  pingMs: 1_000,
  staleMs: 3_000,
  deadMs: 10_000,
  firstBackoffMs: 250,
  maxBackoffMs: 5_000,
};

/** Who connects to what. */
type StreamOptions = {
  readonly url: string;
  readonly key: string;
  readonly participant: string | null;
  readonly times: StreamTimes;
  readonly onState: (state: StreamState) => void;
  /** Authenticated, with the market's id: after a restart it may be another one. */
  readonly onReady: (marketId: string) => void;
  /** A refusal of one subscription, or a message that is not of the contract. */
  readonly onError: (code: string, detail: string) => void;
};

/**
 * The gateway's stream for one caller: connects, authenticates, subscribes, counts, and begins anew
 * after any loss. What followed before a break follows after it.
 */
export class StreamClient {
  readonly #options: StreamOptions;
  readonly #subscriptions = new Set<Subscription>();
  /** Asked for and not answered yet, in the order asked. */
  #asked: Subscription[] = [];
  #socket: WebSocket | null = null;
  #state: StreamState = { type: "connecting" };
  #isReady = false;
  #failures = 0;
  /** Null until anything was heard. */
  #heardAtMs: number | null = null;
  #triedAtMs = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects; from now on until `close` it stays connected or tries to be. */
  open(): void {
    const { times } = this.#options;
    this.#watch = setInterval(() => this.#watchSilence(), Math.min(500, times.pingMs));
    this.#connect();
  }

  /** Ends for good. */
  close(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#enter({ type: "closed" });
    const socket = this.#socket;
    // Browsers complain of one that is closed before it is open.
    if (socket?.readyState === WebSocket.CONNECTING) {
      this.#socket = null;
      socket.addEventListener("open", () => socket.close());
    } else this.#leaveSocket();
  }

  /** Follows a topic until the returned function is called. */
  subscribe(topic: Topic, follower: Follower): () => void {
    const subscription = newSubscription(topic, follower);
    this.#subscriptions.add(subscription);
    if (this.#isReady) this.#ask(subscription);
    return () => {
      subscription.isClosed = true;
      this.#subscriptions.delete(subscription);
      if (subscription.id !== null) this.#send({ op: "unsubscribe", id: subscription.id });
    };
  }

  /** When anything was last heard; null: never. */
  get heardAtMs(): number | null {
    return this.#heardAtMs;
  }

  /** Connects at once instead of at the end of the backoff. */
  retryNow(): void {
    if (this.#state.type === "waiting" || this.#state.type === "crowded") this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#enter({ type: "connecting" });
    this.#triedAtMs = Date.now();
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    const { key, participant } = this.#options;
    socket.addEventListener("open", () => {
      const auth = { op: "auth", key };
      this.#send(participant === null ? auth : { ...auth, participant });
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#hear(String(data));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.#break(reason === "" ? `closed (${code})` : reason);
    });
  }

  #hear(text: string): void {
    this.#heardAtMs = Date.now();
    const message = readMessage(text);
    if (message === null) return this.#options.onError("NOT_OF_THE_CONTRACT", text.slice(0, 200));
    if (this.#isReady) this.#enter({ type: "live" });
    switch (message.type) {
      case "ready":
        return this.#becomeReady(message.market_id);
      case "subscribed":
        return this.#noteSubscribed(message);
      case "error":
        return this.#noteError(message.code, message.detail);
      case "resync":
        return this.#noteResync(message.id, message.why);
      case "unsubscribed":
      case "pong":
        return;
      case "snapshot":
      case "delta":
      case "order":
      case "confirmation":
      case "affirmation":
      case "trade":
      case "prints":
      case "settlement":
      case "market":
        return this.#noteCounted(message);
    }
  }

  #becomeReady(marketId: string): void {
    this.#isReady = true;
    this.#failures = 0;
    this.#enter({ type: "live" });
    this.#options.onReady(marketId);
    for (const subscription of this.#subscriptions) this.#ask(subscription);
  }

  #ask(subscription: Subscription): void {
    this.#asked.push(subscription);
    this.#send({ op: "subscribe", ...subscription.topic });
  }

  /**
   * Answers come in the order asked: a symbol by its own name here, or a refusal that names
   * nothing.
   */
  #noteSubscribed({ id }: { id: number }): void {
    const subscription = this.#asked.shift();
    if (subscription === undefined || subscription.isClosed)
      return this.#send({ op: "unsubscribe", id });
    begin(subscription, id);
  }

  #noteResync(id: number, why: string): void {
    const subscription = this.#find(id);
    if (subscription === undefined) return;
    lose(subscription, why);
    begin(subscription, id);
  }

  #noteCounted(message: CountedMessage): void {
    const subscription = this.#find(message.id);
    if (subscription === undefined) return;
    const gap = take(subscription, message);
    if (gap === null) return;
    this.#send({ op: "unsubscribe", id: message.id });
    lose(subscription, gap);
    this.#ask(subscription);
  }

  #noteError(code: string, detail: string): void {
    if (this.#isReady) return this.#noteRefused(code, detail);
    // Refused before it was ready: the key or the crowd, not the network.
    this.#leaveSocket();
    if (!isTooMuchNow(code)) return this.#enter({ type: "refused", code, detail });
    for (const subscription of this.#subscriptions) lose(subscription, `${code}: ${detail}`);
    const afterMs = this.#options.times.maxBackoffMs;
    this.#enter({ type: "crowded", untilMs: Date.now() + afterMs, code, detail });
    this.#retry = setTimeout(() => this.#connect(), afterMs);
  }

  /** Of all that is asked only a subscription is refused. */
  #noteRefused(code: string, detail: string): void {
    const refused = this.#asked.shift();
    if (refused?.isClosed === true) return; // nobody waits for it any more
    // Told once: while it is asked for again its panel says that it may be old.
    if (refused === undefined || refused.lostBecause === null) this.#options.onError(code, detail);
    if (refused === undefined) return;
    lose(refused, `${code}: ${detail}`);
    const socket = this.#socket;
    const askAgain = (): void => {
      if (socket === this.#socket && !refused.isClosed) this.#ask(refused);
    };
    if (isTooMuchNow(code)) setTimeout(askAgain, this.#options.times.maxBackoffMs);
  }

  #find(id: number): Subscription | undefined {
    for (const subscription of this.#subscriptions) if (subscription.id === id) return subscription;
    return undefined;
  }

  #break(why: string): void {
    this.#leaveSocket();
    for (const subscription of this.#subscriptions) lose(subscription, `connection lost: ${why}`);
    const { firstBackoffMs, maxBackoffMs } = this.#options.times;
    const backoffMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#enter({ type: "waiting", untilMs: Date.now() + backoffMs, why });
    this.#retry = setTimeout(() => this.#connect(), backoffMs);
  }

  #leaveSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isReady = false;
    this.#asked = [];
    socket?.close();
  }

  /** A broken cable says nothing: only silence where an answer is due shows it. */
  #watchSilence(): void {
    if (this.#socket === null) return;
    const { pingMs, staleMs, deadMs } = this.#options.times;
    const sinceMs = Math.max(this.#triedAtMs, this.#heardAtMs ?? 0);
    const silentMs = Date.now() - sinceMs;
    if (silentMs >= deadMs) return this.#break(`silent for ${Math.round(silentMs / 1000)} s`);
    if (!this.#isReady) return;
    if (silentMs >= pingMs) this.#send({ op: "ping" });
    if (silentMs >= staleMs && this.#state.type !== "stale")
      this.#enter({ type: "stale", sinceMs });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #enter(state: StreamState): void {
    if (state.type === "live" && this.#state.type === "live") return;
    if (this.#state.type === "closed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}

const messageTypes: ReadonlySet<unknown> = new Set<StreamMessage["type"]>([
  "ready",
  "subscribed",
  "unsubscribed",
  "snapshot",
  "delta",
  "order",
  "confirmation",
  "affirmation",
  "trade",
  "prints",
  "settlement",
  "market",
  "resync",
  "error",
  "pong",
]);

/** Whether what is refused may be had later. */
function isTooMuchNow(code: string): boolean {
  return code.startsWith("TOO_MANY_");
}

function readMessage(text: string): StreamMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    const isOurs =
      typeof message === "object" &&
      message !== null &&
      "type" in message &&
      messageTypes.has(message.type);
    return isOurs ? (message as StreamMessage) : null;
  } catch {
    return null;
  }
}
