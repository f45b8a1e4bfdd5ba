import { equal, match } from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { startGateway } from "./running-gateway.ts";
import type { RunningGateway } from "./running-gateway.ts";

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

test("a gateway that is not on loopback answers under every name", async () => {
  const open = await startGateway({ host: "0.0.0.0" });
  try {
    equal((await ask(portOf(open.url), "market.example")).status, 200);
  } finally {
    await open.close();
  }
});
