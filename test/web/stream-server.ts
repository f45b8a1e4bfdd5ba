import { WebSocketServer, type WebSocket } from "ws";

/** A stream's other end, real to the wire, that says only what a test tells it to. */
export type StreamServer = {
  readonly url: string;
  /** Everything the clients said, oldest first. */
  readonly heard: readonly Record<string, unknown>[];
  /** Says it to the newest client. */
  say(message: object): void;
  /** Whether requests are answered; a server that hangs does not. */
  isSilent: boolean;
  /** Whether subscriptions are refused, as a gateway does with more than it bears. */
  isRefusing: boolean;
  /** Whether there is no room for one more stream. */
  isFull: boolean;
  /** Waits until a client said something that fits. */
  until(fits: (request: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  /** Cuts the newest client off. */
  cut(): void;
  close(): Promise<void>;
};

/**
 * Listens on a free port, or on the one given. Answers auth, subscribe and ping as the gateway
 * does.
 */
export async function startStreamServer(port = 0, key = "good"): Promise<StreamServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  await new Promise((resolve) => server.once("listening", resolve));
  const heard: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let newest: WebSocket | null = null;
  let ids = 0;
  const say = (message: object): void => newest?.send(JSON.stringify(message));

  function answer(request: Record<string, unknown>): void {
    if (request["op"] === "auth" && request["key"] !== key)
      return say({ type: "error", code: "KEY_UNKNOWN", detail: "no such key" });
    if (request["op"] === "auth" && state.isFull)
      return say({ type: "error", code: "TOO_MANY_STREAMS", detail: "close one" });
    if (request["op"] === "auth") return say({ type: "ready", participant: null, market_id: "m1" });
    if (request["op"] === "ping") return say({ type: "pong" });
    if (request["op"] !== "subscribe") return;
    if (state.isRefusing)
      return say({ type: "error", code: "TOO_MANY_SUBSCRIPTIONS", detail: "unsubscribe some" });
    ids += 1;
    const { channel, symbol = null } = request;
    say({ type: "subscribed", id: ids, channel, symbol });
  }

  server.on("connection", (socket) => {
    newest = socket;
    socket.on("message", (data: Buffer) => {
      const request = JSON.parse(data.toString()) as Record<string, unknown>;
      heard.push(request);
      if (!state.isSilent) answer(request);
      for (const look of waiting) look();
    });
  });
  const address = server.address();
  const state: StreamServer = {
    url: `ws://127.0.0.1:${typeof address === "object" ? address?.port : port}`,
    heard,
    say,
    isSilent: false,
    isRefusing: false,
    isFull: false,
    until: (fits) => {
      const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
      const look = (): void => {
        const found = heard.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
    cut: () => newest?.terminate(),
    close: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}
