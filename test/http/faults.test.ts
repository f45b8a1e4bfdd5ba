import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { startGateway } from "./running-gateway.ts";

test("a fault of ours is told to people with its place, once, and to the caller without", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "faulty");
  let isBroken = false;
  const faulty = {
    ...log,
    partitions: (topic: string) =>
      isBroken ? Promise.reject(new Error("a wheel came off")) : log.partitions(topic),
  };
  const alarms: string[] = [];
  const report = (event: { readonly type: string }): void => {
    if (event.type === "alarm" && "what" in event) alarms.push(String(event.what));
  };
  const market = await startGateway({ log: faulty, report }, []);
  try {
    isBroken = true;
    for (const _ of [1, 2]) {
      const { status, body } = await market.call("operations", "GET", "/v1/flow");
      deepEqual([status, body["code"]], [500, "BROKEN"]);
      ok(!JSON.stringify(body).includes("wheel"));
    }
    equal(alarms.length, 1);
    match(alarms[0] ?? "", /^GET \/v1\/flow failed: Error: a wheel came off\n +at /);
  } finally {
    await market.close();
    await log.close();
  }
});
