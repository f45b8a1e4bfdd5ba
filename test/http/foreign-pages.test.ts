import { equal, match } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({ hosts: ["Broker.example", "other.example:8443"] });
});

after(() => market.close());

/** What a browser gets that asks under a name. `null`: an old client that says none. */
async function ask(
  port: string,
  host: string | null,
  path = "/healthz",
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers: Record<string, string> = host === null ? {} : { host };
  const asked = request({ host: "127.0.0.1", port, path, headers, setHost: false }, (answer) => {
    let text = "";
    answer.on("data", (data: Buffer) => (text += data.toString()));
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
  });
  asked.on("error", reject);
  asked.end();
  return promise;
}

const portOf = (url: string): string => new URL(url).port;

for (const host of [
  "localhost",
  "LocalHost:7780",
  "sauda.localhost:7780",
  "127.0.0.1:1",
  "[::1]:7780",
  "192.0.2.7",
  "broker.example",
  "other.example",
])
  test(`a gateway on loopback answers as ${host}`, async () => {
    equal((await ask(portOf(market.url), host)).status, 200);
  });

for (const host of [
  "evil.example",
  "localhost.evil.example:7780",
  "127.0.0.1.evil.example",
  "",
  "[evil",
])
  test(`a gateway on loopback is not asked under the name "${host}"`, async () => {
    for (const path of ["/healthz", "/", "/v1/market", "/kite/orders", "/nowhere"])
      equal((await ask(portOf(market.url), host, path)).status, 403, path);
    const { text } = await ask(portOf(market.url), host);
    match(text, /FOREIGN_HOST.*--allow-host/);
  });

for (const [who, path, status, headers] of [
  ["a page of another site", "/v1/stream", 403, "Host: localhost\r\nOrigin: http://evil.example"],
  ["a page whose own name leads here", "/kite/ws", 403, "Host: evil.example"],
  ["a path that cannot be read", "/%zz", 400, "Host: localhost"],
] as const)
  test(`${who} gets no stream, and the gateway closes the socket`, async () => {
    const socket = connect(Number(portOf(market.url)), "127.0.0.1");
    let answer = "";
    socket.on("data", (data: Buffer) => (answer += data.toString()));
    const key = randomBytes(16).toString("base64");
    const upgrade =
      "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: ${key}`;
    socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n${upgrade}\r\n\r\n`);
    try {
      await once(socket, "close", { signal: AbortSignal.timeout(5_000) });
      match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    } finally {
      socket.destroy();
    }
  });

for (const [field, one, other] of [
  ["host", "localhost", "evil.example"],
  ["authorization", "Bearer sauda_HDFC_secret", "Bearer sauda_SBI_secret"],
  ["sauda-participant", "HDFC", "SBI"],
] as const)
  test(`a request that says ${field} twice is refused, whichever comes first`, async () => {
    for (const path of ["/healthz", "/v1/market", "/kite/orders"])
      for (const values of [
        [one, other],
        [other, one],
        [one, one],
      ]) {
        const lines = values.map((value) => `${field}: ${value}`);
        const host = field === "host" ? [] : ["host: localhost"];
        const answer = await talk(path, [...host, ...lines, "connection: close"]);
        match(answer, /^HTTP\/1.1 400 /, `${path} ${lines.join()}`);
        match(answer, new RegExp(`${field} stands twice`));
      }
    match(await talk("/healthz", ["host: localhost", "connection: close"]), /^HTTP\/1.1 200 /);
  });

/** What is answered to these header lines, as they are. */
async function talk(path: string, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(portOf(market.url)), "127.0.0.1");
  let answer = "";
  socket.on("data", (data: Buffer) => (answer += data.toString()));
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  try {
    await once(socket, "close", { signal: AbortSignal.timeout(5_000) });
    return answer;
  } finally {
    socket.destroy();
  }
}

test("a gateway that is not on loopback answers under every name", async () => {
  const open = await startGateway({ host: "0.0.0.0" });
  try {
    equal((await ask(portOf(open.url), "market.example")).status, 200);
  } finally {
    await open.close();
  }
});
