import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { measureSnapshots, newSnapshotWatch } from "../../../src/http/measures/snapshot-watch.ts";
import { newMeters } from "../../../src/http/measures/meters.ts";
import { eventsTopic } from "../../../src/protocol/topics.ts";
import { openSnapshotMarket, recordedSteps } from "../snapshot-market.ts";

test("the age and the last step of the newest snapshot that fits the log are measured, and nothing where there is none", async () => {
  const market = await openSnapshotMarket(recordedSteps("instant-crowd-1"));
  const meters = newMeters();
  let nowMs = 0;
  const look = newSnapshotWatch(market.log, 1, () => nowMs);
  const shown = async (): Promise<string> => {
    nowMs += 60_000;
    measureSnapshots(meters, await look(), Date.now() + 90_000);
    return meters.registry.metrics();
  };
  ok(!/sauda_snapshot_seq\{/.test(await shown()));
  await market.write(30);
  const { seq } = await market.take();
  const text = await shown();
  match(text, new RegExp(`sauda_snapshot_seq\\{shard="0"\\} ${seq}\\n`));
  match(text, /sauda_snapshot_age_seconds\{shard="0"\} (9\d|1\d\d)/);
  market.cluster.deleteTopic(eventsTopic);
  ok(!/sauda_snapshot_seq\{/.test(await shown()));
  equal(seq, 30);
  deepEqual(await look(), [null]);
});
