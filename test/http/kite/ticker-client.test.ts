import { deepEqual, equal, ok } from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import type { KiteCaller } from "../../../src/http/kite/kite-access.ts";
import { newTickerClient } from "../../../src/http/kite/ticker/ticker-client.ts";
import { connectSockets } from "../connected-sockets.ts";
import { until } from "../../acceptance/market-process.ts";

const key = { id: "HDFC", roles: [], participants: ["HDFC"], secretDigest: "" };
const caller: KiteCaller = { key, participant: "HDFC" };

const login = { apiKey: "HDFC", accessToken: "" };

test("who does not read is owed each token once, memory stays bounded, then he gets the newest", async (context) => {
  const { socket, reader } = await connectSockets(context);
  const client = newTickerClient(socket, caller, login);
  const tokens = Array.from({ length: 1_000 }, (_, index) => index);
  equal(
    client.want({ mode: "full", isSubscribe: false, tokens }, () => true),
    null,
  );
  reader.pause();
  let most = 0;
  let made = 0;
  const packetOf = (_mode: string, token: number): Buffer => {
    made += 1;
    const packet = Buffer.alloc(184);
    packet.writeUInt32BE(token);
    packet.writeUInt32BE(made, 4);
    return packet;
  };
  for (let round = 0; round < 200; round += 1) {
    for (const token of tokens) client.owe(token);
    client.pay(packetOf, 0);
    most = Math.max(most, socket.bufferedAmount);
    await new Promise((resolve) => setImmediate(resolve));
  }
  ok(made < 100_000, `${made} packets were made for a socket that takes none`);
  ok(most < 256 * 1024 + 190_000, `${most} bytes wait, promised 256 KiB and a message`);
  let last: Buffer = Buffer.alloc(0);
  reader.on("message", (data: Buffer) => (last = data));
  reader.resume();
  const before = made;
  while (made === before) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    client.pay(packetOf, 1);
  }
  equal(made - before, 1_000, "each token once, however often it changed");
  const isNewest = (): boolean => last.length > 0 && last.readUInt32BE(last.length - 180) === made;
  await until("the newest price has come", isNewest);
});

/** A client whose socket has more unsent bytes than the bound. */
async function slowClient(context: TestContext) {
  const connected = await connectSockets(context);
  const client = newTickerClient(connected.socket, caller, login);
  connected.reader.pause();
  while (connected.socket.bufferedAmount <= 256 * 1024) {
    connected.socket.send(Buffer.alloc(512 * 1024));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...connected, client };
}

test("a socket that takes nothing for half a minute is closed", async (context) => {
  const { socket, client } = await slowClient(context);
  for (const nowMs of [0, 30_000]) client.pay(() => Buffer.alloc(8), nowMs);
  equal(socket.readyState, WebSocket.OPEN);
  client.pay(() => Buffer.alloc(8), 30_001);
  ok(socket.readyState !== WebSocket.OPEN);
});

test("a socket too slow for news of its orders is closed: none is missed unseen", async (context) => {
  const { socket, client } = await slowClient(context);
  client.tell({ type: "order", data: {} });
  ok(socket.readyState !== WebSocket.OPEN);
});

test("a socket may have 3000 instruments, and those it has may change", async (context) => {
  const { socket } = await connectSockets(context);
  const client = newTickerClient(socket, caller, login);
  const tokens = Array.from({ length: 3_000 }, (_, index) => index);
  const want = (mode: "full" | null, list: readonly number[]): string | null =>
    client.want({ mode, isSubscribe: false, tokens: list }, () => true);
  const tooMany = "at most 3000 instruments on one socket";
  deepEqual([want("full", tokens), want("full", [3_000])], [null, tooMany]);
  deepEqual([want("full", [5]), want(null, [5]), want("full", [3_000])], [null, null, null]);
});
