import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { StreamClient, type StreamState } from "../../web/src/gateway/stream-client.ts";
import { newSubscription, take, type Topic } from "../../web/src/gateway/subscription.ts";
import { startStreamServer, type StreamServer } from "./stream-server.ts";

const times = { pingMs: 40, staleMs: 120, deadMs: 400, firstBackoffMs: 20, maxBackoffMs: 60 };

/** A client whose states and followed messages are told as lines. */
type Watched = {
  readonly client: StreamClient;
  readonly lines: string[];
  follow(topic: Topic): () => void;
  /** Waits until a line that fits is told, after the lines already waited for. */
  next(fits: RegExp): Promise<string>;
};

function watch(context: TestContext, url: string, key = "good"): Watched {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let seen = 0;
  const tell = (line: string): void => {
    lines.push(line);
    for (const look of waiting) look();
  };
  const client = new StreamClient({
    url,
    key,
    participant: "HDFC",
    times,
    onState: (state: StreamState) =>
      tell(state.type === "crowded" ? `crowded ${state.code}` : state.type),
    onReady: (marketId) => tell(`ready ${marketId}`),
    onError: (code) => tell(`error ${code}`),
  });
  context.after(() => client.close());
  return {
    client,
    lines,
    follow: (topic) =>
      client.subscribe(topic, {
        onMessage: ({ n }) => tell(`message ${n}`),
        onLost: (why) => tell(`lost ${why}`),
        onBegin: (why) => tell(`begin ${why}`),
      }),
    next: (fits) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const look = (): void => {
        const at = lines.findIndex((line, index) => index >= seen && fits.test(line));
        if (at === -1) return;
        seen = at + 1;
        waiting.delete(look);
        resolve(lines[at] ?? "");
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}

async function serve(context: TestContext, port = 0): Promise<StreamServer> {
  const server = await startStreamServer(port);
  context.after(() => server.close());
  return server;
}

const market = { type: "market", seq: 1, orders: 0, trades: 0, interval_ms: 1 };

test("authenticates, subscribes, and passes on what counts from 0", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.follow({ channel: "market" });
  watched.client.open();
  await watched.next(/^begin null$/);
  server.say({ ...market, id: 1, n: 0 });
  server.say({ ...market, id: 1, n: 1 });
  await watched.next(/^message 1$/);
  assert.deepEqual(server.heard[0], { op: "auth", key: "good", participant: "HDFC" });
  assert.deepEqual(watched.lines, [
    "connecting",
    "live",
    "ready m1",
    "begin null",
    "message 0",
    "message 1",
  ]);
});

test("a refused subscription takes no later one's answer", async (context) => {
  const server = await serve(context);
  const refused = watch(context, server.url);
  refused.client.open();
  await refused.next(/^ready/);
  server.isRefusing = true;
  const leave = refused.follow({ channel: "trades" });
  await refused.next(/^error TOO_MANY_SUBSCRIPTIONS$/);
  leave();
  server.isRefusing = false;
  const begun = Promise.withResolvers<string>();
  const nothing = (): void => undefined;
  refused.client.subscribe(
    { channel: "trades", levels: 5 },
    { onMessage: () => begun.resolve("the later one"), onLost: nothing, onBegin: nothing },
  );
  await server.until(({ levels }) => levels === 5);
  server.say({ ...market, id: 1, n: 0 });
  const first = refused.next(/^(begin|message)/).then((line) => `the refused one: ${line}`);
  assert.equal(await Promise.race([begun.promise, first]), "the later one");
});

test("what is too much now is lost, told once, and asked for until it is taken", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  server.isRefusing = true;
  watched.follow({ channel: "market" });
  watched.client.open();
  await watched.next(/^lost TOO_MANY_SUBSCRIPTIONS: /);
  const asked = () => server.heard.filter(({ op }) => op === "subscribe").length;
  await server.until(() => asked() === 3);
  server.isRefusing = false;
  await watched.next(/^begin TOO_MANY_SUBSCRIPTIONS: /);
  assert.equal(watched.lines.filter((line) => line.startsWith("error")).length, 1);
});

test("a gap is told as a loss, and the subscription made anew", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.follow({ channel: "depth", symbol: "SBIN", levels: 20 });
  watched.client.open();
  await watched.next(/^begin/);
  server.say({ ...market, id: 1, n: 0 });
  server.say({ ...market, id: 1, n: 2 });
  await watched.next(/^lost message 2 came where 1 was next$/);
  await watched.next(/^begin message 2 came/);
  await server.until(({ op, id }) => op === "unsubscribe" && id === 1);
  server.say({ ...market, id: 1, n: 3 });
  server.say({ ...market, id: 2, n: 0 });
  await watched.next(/^message 0$/);
  assert.ok(!watched.lines.includes("message 3"), "what came late for the old one is not shown");
});

test("a message that a follower fails at counts as missed", () => {
  const nothing = (): void => undefined;
  const onMessage = ({ n }: { readonly n: number }): void => {
    if (n === 0) throw new Error("no levels");
  };
  const followed = newSubscription(
    { channel: "market" },
    { onMessage, onLost: nothing, onBegin: nothing },
  );
  const counts = { orders: 0, trades: 0, lag_records: 0, pending: 0, prices: [] };
  const message = { ...counts, type: "market", id: 1, seq: 1, interval_ms: 1 } as const;
  assert.throws(() => take(followed, { ...message, n: 0 }), /no levels/);
  assert.equal(take(followed, { ...message, n: 1 }), "message 1 came where 0 was next");
});

test("a resync of the server begins anew at 0 under the same id", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.follow({ channel: "trades", symbol: "SBIN" });
  watched.client.open();
  await watched.next(/^begin/);
  server.say({ ...market, id: 1, n: 0 });
  server.say({ type: "resync", id: 1, why: "you read too slowly" });
  server.say({ ...market, id: 1, n: 0 });
  await watched.next(/^lost you read too slowly$/);
  await watched.next(/^begin you read too slowly$/);
  await watched.next(/^message 0$/);
});

test("a cut connection is told, tried again with growing waits, and everything followed anew", async (context) => {
  const server = await serve(context);
  const { port } = new URL(server.url);
  const watched = watch(context, server.url);
  watched.follow({ channel: "orders" });
  watched.client.open();
  await watched.next(/^begin null$/);
  await server.close();
  await watched.next(/^lost connection lost/);
  await watched.next(/^waiting$/);
  await watched.next(/^waiting$/);
  const again = await serve(context, Number(port));
  await watched.next(/^live$/);
  await watched.next(/^begin connection lost/);
  again.say({ ...market, id: 1, n: 0 });
  await watched.next(/^message 0$/);
});

test("a server that hangs is stale at first, then given up", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.client.open();
  await watched.next(/^live$/);
  server.isSilent = true;
  await watched.next(/^stale$/);
  server.isSilent = false;
  await watched.next(/^live$/);
  server.isSilent = true;
  await watched.next(/^stale$/);
  await watched.next(/^waiting$/);
});

test("a key that is not wanted is not tried again and again", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url, "bad");
  watched.client.open();
  await watched.next(/^refused$/);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(server.heard.length, 1);
});

test("a stream that has no room now is told, and asked for until it has", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.follow({ channel: "market" });
  server.isFull = true;
  watched.client.open();
  await watched.next(/^crowded TOO_MANY_STREAMS$/);
  await watched.next(/^crowded TOO_MANY_STREAMS$/);
  server.isFull = false;
  await watched.next(/^live$/);
  await watched.next(/^begin TOO_MANY_STREAMS: close one$/);
  assert.ok(!watched.lines.some((line) => /^(error|refused|waiting)/.test(line)));
});

test("a stream that lost its room on a break is followed anew when there is some", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.follow({ channel: "market" });
  watched.client.open();
  await watched.next(/^begin null$/);
  server.isFull = true;
  server.cut();
  await watched.next(/^crowded/);
  server.isFull = false;
  watched.client.retryNow();
  await watched.next(/^begin connection lost/);
});

test("the refusal of what is no longer followed is told to nobody", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.client.open();
  await watched.next(/^ready/);
  server.isRefusing = true;
  watched.follow({ channel: "trades" })();
  await server.until(({ channel }) => channel === "trades");
  server.say({ type: "error", code: "SENTINEL", detail: "" });
  await watched.next(/^error SENTINEL$/);
  assert.ok(!watched.lines.some((line) => line.includes("TOO_MANY")));
});

test("what is no longer followed is said so, and tells nothing more", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  const leave = watched.follow({ channel: "market" });
  watched.client.open();
  await watched.next(/^begin/);
  leave();
  await server.until(({ op, id }) => op === "unsubscribe" && id === 1);
  server.say({ ...market, id: 1, n: 0 });
  server.say({ type: "error", code: "SENTINEL", detail: "" });
  await watched.next(/^error SENTINEL$/);
  assert.ok(!watched.lines.includes("message 0"));
});

test("two of the same channel, one of them left before its answer, are not mixed up", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.client.open();
  await watched.next(/^ready/);
  const leave = watched.follow({ channel: "depth", symbol: "TCS" });
  watched.follow({ channel: "depth", symbol: "SBIN" });
  leave();
  await watched.next(/^begin null$/);
  await server.until(({ op, id }) => op === "unsubscribe" && id === 1);
  server.say({ ...market, id: 2, n: 0 });
  await watched.next(/^message 0$/);
});

test("what is not of the contract is told, not swallowed", async (context) => {
  const server = await serve(context);
  const watched = watch(context, server.url);
  watched.client.open();
  await watched.next(/^ready/);
  server.say({ type: "surprise" });
  await watched.next(/^error NOT_OF_THE_CONTRACT$/);
});
