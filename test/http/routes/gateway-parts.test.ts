import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { newEndedSessions } from "../../../src/http/kite/ended-sessions.ts";
import { newMeasures } from "../../../src/http/measures/measures.ts";
import { newMeters } from "../../../src/http/measures/meters.ts";
import { buildServer } from "../../../src/http/server.ts";
import { noFaults } from "../../../src/memory/faults.ts";
import { openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { realClock } from "../../../src/services/clock.ts";
import { newGateway } from "../../../src/services/gateway.ts";
import { newMarketWatch } from "../../../src/services/market-watch.ts";
import { builtDashboard } from "../../built-dashboard.ts";

/** The same object; whoever asks for one of these parts of it is noted. */
function noting<Whole extends object>(whole: Whole, parts: RegExp, asked: string[]): Whole {
  return new Proxy(whole, {
    get: (target, name) => {
      if (parts.test(String(name))) asked.push(String(name));
      return Reflect.get(target, name);
    },
  });
}

test("no door is made with records or a view of its gateway: a snapshot brings others, so each question asks anew", async () => {
  const log = openMemoryLog(openMemoryCluster(1, { clock: realClock, faults: noFaults }), "test");
  const report = (): void => {};
  const waits = { pendingMax: 1, answerTimeoutMs: 1 };
  const own = newGateway({ log, shards: 1, clock: realClock, report, ...waits });
  const asked: string[] = [];
  const views = noting(own.views, /^\d+$/, asked);
  const gateway = noting({ ...own, views }, /^viewOf$/, asked);
  Object.defineProperty(gateway, "records", {
    get: () => {
      asked.push("records");
      return own.records;
    },
  });
  const looks = { stuckMs: 5_000, freshMs: 1_000, followed: () => null };
  const watch = newMarketWatch({ log, shards: 1, clock: realClock, ...looks });
  const server = await buildServer({
    gateway,
    log,
    measures: newMeasures(newMeters()),
    older: null,
    watch,
    logName: "memory",
    keys: () => [],
    endedSessions: newEndedSessions(() => realClock.nowMs()),
    ordersPerSecond: 1,
    readsPerSecond: 1,
    connectionsMax: 10,
    origins: [],
    hosts: null,
    webDir: builtDashboard(),
    postbacks: [{ keyId: "a-key", url: "http://127.0.0.1:1/" }],
    alarm: () => {},
  });
  try {
    await server.ready();
    deepEqual(asked, []);
    await server.inject({ url: "/metrics" });
    deepEqual(new Set(asked), new Set(["0", "records"]), "a question does");
  } finally {
    await server.close();
    await log.close();
  }
});
