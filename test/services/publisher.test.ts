import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { allRecords } from "../../src/memory/memory-cluster.ts";
import { eventsTopic, publishedTopic, topicSpecs } from "../../src/protocol/topics.ts";
import { Stop } from "../../src/services/stop.ts";
import { clusterOf, makeMarketLog } from "../postgres/market-log.ts";
import { committedOf, publishAll, publishedOf } from "./published.ts";

const { records } = makeMarketLog(5, 60);
const half = Math.floor(records.length / 2);

function countRecords(cluster: ReturnType<typeof clusterOf>): number {
  const outputs = topicSpecs.filter(({ role }) => role === "output");
  return outputs.reduce((sum, { name }) => sum + allRecords(cluster, name, 0).length, 0);
}

test("R15: a publisher begins where the one before it ended: every record once, the same as in one life", async () => {
  const cluster = clusterOf(records.slice(0, half));
  await publishAll(cluster);
  const before = committedOf(cluster);
  cluster.partition(eventsTopic, 0).append(records.slice(half), 0);
  await publishAll(cluster);
  const inOneLife = await publishedOf(records);
  deepEqual(committedOf(cluster), inOneLife);
  ok((before.get("sauda.trades")?.length ?? 0) > 0);
  ok((inOneLife.get("sauda.trades")?.length ?? 0) > (before.get("sauda.trades")?.length ?? 0));
});

test("R15: a publisher whose place was forgotten stops and publishes nothing a second time", async () => {
  const cluster = clusterOf(records);
  await publishAll(cluster);
  const before = countRecords(cluster);
  cluster.group("sauda-publisher").forget(eventsTopic);
  await rejects(publishAll(cluster), (error) => {
    ok(error instanceof Stop, String(error));
    ok(/offset of shard 0's publisher was lost.*would repeat every record/.test(error.message));
    return true;
  });
  equal(countRecords(cluster), before);
});

test("R15: each life marks itself, so that a place that was lost is told from one that never was", async () => {
  const cluster = clusterOf(records.slice(0, half));
  await publishAll(cluster);
  cluster.partition(eventsTopic, 0).append(records.slice(half), 0);
  await publishAll(cluster);
  const published = allRecords(cluster, publishedTopic, 0).filter(({ isControl }) => !isControl);
  const contents = published.map(
    ({ value }) => JSON.parse(String(value)) as Record<string, unknown>,
  );
  // The others say how far the topics are; these are the marks.
  const marks = contents.filter((record) => !("next" in record));
  const market = { v: 1, market_id: "ab".repeat(16), shard: 0 };
  deepEqual(marks, [market, market]);
});
