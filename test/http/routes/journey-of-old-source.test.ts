import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { openSnapshotMarket, recordedSteps } from "../../services/snapshot-market.ts";
import { startGateway } from "../running-gateway.ts";

test("a journey is told where a source was made anew since, with fewer partitions, and ends no gateway", async () => {
  const steps = recordedSteps("instant-crowd-3");
  const market = await openSnapshotMarket(steps);
  await market.write(steps.length);
  const gateway = await startGateway({ log: market.log }, []);
  const unhandled: unknown[] = [];
  const hear = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", hear);
  try {
    const { body } = await gateway.call("operations", "GET", "/v1/trades?limit=1000");
    const ids = (body["trades"] as { trade_id: string }[]).map(({ trade_id }) => trade_id);
    ok(ids.length > 20);
    let hops = 0;
    for (const id of ids) {
      const told = await gateway.call("operations", "GET", `/v1/trades/${id}/journey`);
      deepEqual([id, told.status], [id, 200]);
      const all = told.body["hops"] as { topic: string; partition: number; record: unknown }[];
      const gone = all.filter(({ topic, partition }) => topic === "sauda.orders" && partition > 0);
      hops += gone.length;
      ok(gone.every(({ record }) => record === null));
    }
    ok(hops > 0, "no source of theirs had more than one partition");
    deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", hear);
    await gateway.close();
  }
});
