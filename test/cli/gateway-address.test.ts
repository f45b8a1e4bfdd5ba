import { equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { CannotListen, runGateway } from "../../src/cli/market/gateway-service.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Stop } from "../../src/services/stop.ts";
import { sauda } from "../acceptance/market-process.ts";

const neighbour = createServer();
let port = 0;

before(async () => {
  neighbour.listen(0, "127.0.0.1");
  await once(neighbour, "listening");
  ({ port } = neighbour.address() as AddressInfo);
});

after(() => neighbour.close());

test("a market in memory whose port is taken names the option, and its exit code is a failure's", async () => {
  const refused = await sauda(["up", "--in-memory", "--http-port", String(port)]);
  equal(refused.code, 1);
  match(refused.err.join("\n"), new RegExp(`port ${port} is taken.*--http-port`));
});

for (const [what, over, says] of [
  ["a port that is taken", () => ({ port }), /--http-port/],
  ["an address of another machine", () => ({ host: "192.0.2.1" }), /192\.0\.2\.1.*--host/],
] as const)
  test(`a gateway told to listen on ${what} stops: started again it would fail again`, async () => {
    const parts = {
      log: openMemoryLog(openMemoryCluster(1), "gateway"),
      logName: "memory" as const,
      host: "127.0.0.1",
      port: 0,
      ordersPerSecond: 10,
      origins: [],
      keysFile: null,
      desk: null,
      webDir: "no-web",
      report: () => {},
    };
    const running = runGateway({ ...parts, ...over() }, new AbortController().signal);
    await rejects(running, (error: unknown) => {
      match(String(error), says);
      return error instanceof CannotListen && error instanceof Stop;
    });
  });
