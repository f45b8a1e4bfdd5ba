import { deepEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { newStreamClient, type Subscription } from "../../src/http/stream/stream-client.ts";
import { connectSockets } from "./connected-sockets.ts";
import { until } from "../acceptance/market-process.ts";

type Said = { readonly type: string; readonly id: number; readonly n?: number };

function newSubscription(id: number): Subscription {
  return { id, channel: "depth", symbol: "X", n: 0, isBroken: false };
}

test("who does not read loses messages, memory stays bounded, and hears resync before anything new", async (context) => {
  const { socket, connection, reader } = await connectSockets(context);
  const client = newStreamClient(socket, connection);
  const subscription = newSubscription(7);
  client.subscriptions.set(7, subscription);
  const messages: Said[] = [];
  reader.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString("utf8")) as Said));
  reader.pause();
  const rest = `,"x":"${"x".repeat(10_000)}"`;
  let most = 0;
  for (let sent = 0; sent < 5_000; sent += 1) {
    client.tell(subscription, "delta", rest);
    deepEqual(client.mend(0), [], "nothing is mended while nobody reads");
    most = Math.max(most, socket.bufferedAmount);
    if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  ok(subscription.isBroken, "fifty megabytes were not all taken");
  ok(most < 300 * 1024, `${most} bytes wait, promised 256 KiB and a message`);
  reader.resume();
  let begun: readonly Subscription[] = [];
  while (begun.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    begun = client.mend(1);
  }
  deepEqual(begun, [subscription]);
  client.tell(subscription, "snapshot", rest);
  await until("a new snapshot comes", () => messages.at(-1)?.type === "snapshot");
  const resync = messages.findIndex(({ type }) => type === "resync");
  deepEqual(
    messages.slice(resync).map(({ type, n }) => `${type} ${n ?? ""}`),
    ["resync ", "snapshot 0"],
  );
  deepEqual(
    messages.slice(0, resync).map(({ n }) => n),
    [...Array(resync).keys()],
    "no gap before it",
  );
});

test("who takes nothing for half a minute is closed", async (context) => {
  const { socket, connection, reader } = await connectSockets(context);
  reader.pause();
  const client = newStreamClient(socket, connection);
  const subscription = newSubscription(1);
  while (!subscription.isBroken) {
    client.tell(subscription, "delta", `,"x":"${"x".repeat(100_000)}"`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.mend(1_000);
  equal(socket.readyState, WebSocket.OPEN);
  client.mend(31_001);
  await once(socket, "close");
});

test("who asks on and on and reads no answer is cut off before the answers fill the memory", async (context) => {
  const { socket, connection, reader } = await connectSockets(context);
  reader.pause();
  const client = newStreamClient(socket, connection);
  let most = 0;
  for (let sent = 0; sent < 5_000 && socket.readyState === WebSocket.OPEN; sent += 1) {
    client.say({ type: "error", code: "x".repeat(10_000), detail: "" });
    most = Math.max(most, socket.bufferedAmount);
    if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  ok(socket.readyState !== WebSocket.OPEN, "fifty megabytes of answers were not all kept");
  ok(most < 1_100 * 1024, `${most} bytes wait, promised 1 MiB and a message`);
});
