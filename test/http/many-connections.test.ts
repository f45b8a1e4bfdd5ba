import { equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStream } from "./open-stream.ts";
import { rawSocket, until, type RawSocket } from "./raw-socket.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

const connectionsMax = 500;
let market: RunningGateway;

before(async () => {
  market = await startGateway({ connectionsMax });
});

after(() => market.close());

const asking = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/** Opens so many connections, a hundred at a time; all of them say the same, or nothing. */
async function open(count: number, text: string): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(Array.from({ length: 100 }, () => rawSocket(market.url, text)))),
    );
  return sockets;
}

test("5,000 connections that ask for nothing more neither keep a good client out nor cut its stream", async () => {
  const stream = await openStream(market.url, market.keys.HDFC);
  const idle = [...(await open(2_500, "")), ...(await open(2_500, asking))];
  const askedAtMs = performance.now();
  for (let times = 0; times < 5; times += 1)
    equal((await market.call("HDFC", "GET", "/v1/session")).status, 200);
  const tookMs = performance.now() - askedAtMs;
  ok(tookMs < 3_000, `answered after ${tookMs} ms`);
  const stay = (): number => idle.filter(({ endedAfterMs }) => endedAfterMs === null).length;
  ok(await until(() => stay() < connectionsMax, 10_000), `${stay()} connections stay`);
  ok(stay() > connectionsMax / 4, `only ${stay()} stay: one is cut for one that comes`);
  stream.say({ op: "ping" });
  await stream.take("pong");
  stream.close();
});
