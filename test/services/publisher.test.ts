import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { allRecords, committedRecords } from "../../src/memory/memory-cluster.ts";
import { eventsTopic, publishedTopic, topicSpecs } from "../../src/protocol/topics.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { Stop } from "../../src/services/stop.ts";
import { clusterOf, makeMarketLog } from "../postgres/market-log.ts";
import { reconcilePublic } from "../../src/services/reconciling/reconciliation.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { cutAndGrow } from "../postgres/cut-log.ts";
import { committedOf, publishAll, publishedOf } from "./published.ts";

const made = makeMarketLog(5, 60);
const { records } = made;
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

test("R15: a publisher that is far behind goes on in many transactions: who reads waits for none that holds it all", async () => {
  const { records: log } = makeMarketLog(7, 2_500);
  const bytesOf = (from: number, to: number): number =>
    log.slice(from, to).reduce((sum, { value }) => sum + value.length, 0);
  const whole = bytesOf(0, log.length);
  ok(whole > 2 * 256 * 1024, `${whole} bytes`);
  const cluster = clusterOf(log);
  await publishAll(cluster);
  // Each transaction ends with the place that it reached.
  const published = committedRecords(cluster, publishedTopic, 0);
  const places = published.flatMap(({ value }) => {
    const { next } = JSON.parse(String(value)) as { readonly next?: number };
    return next === undefined ? [] : [next];
  });
  const sizes = places.map((place, index) => bytesOf(places[index - 1] ?? 0, place));
  ok(Math.max(...sizes) <= 256 * 1024, `${sizes.join(", ")} bytes`);
  ok(sizes.length > 2, `${sizes.length} transactions`);
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

test("a transaction's records are made as they are taken, none of them before", async () => {
  const placesBefore: number[] = [];
  const placesAfter: number[] = [];
  const cluster = clusterOf(records);
  const watch = (log: MarketLog<string>): MarketLog<string> => ({
    ...log,
    async publisher(...args) {
      const publisher = await log.publisher(...args);
      return {
        ...publisher,
        publish(made, placeAfter) {
          placesBefore.push(placeAfter().next);
          const taken = [...made];
          placesAfter.push(placeAfter().next);
          return publisher.publish(taken, placeAfter);
        },
      };
    },
  });
  await publishAll(cluster, undefined, watch);
  // Each finds the log read as far as the one before it, and leads on when its records are taken.
  deepEqual(placesBefore.slice(1), placesAfter.slice(0, -1));
  equal(placesAfter.at(-1), records.length);
  ok((placesBefore.at(-1) ?? NaN) < records.length);
  deepEqual(committedOf(cluster), await publishedOf(records));
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

test("R21: a log that was cut and has grown past the publisher's place stops it, before it writes anything", async () => {
  const end = records.length;
  for (const kept of [1, half, end - 1]) {
    const cluster = clusterOf(records);
    await publishAll(cluster);
    const before = countRecords(cluster);
    cutAndGrow(cluster, made, kept);
    ok(cluster.partition(eventsTopic, 0).end > end);
    const place = cluster.group("sauda-publisher").place(`${eventsTopic}/0`);
    // Again and again: who starts it once more finds the same.
    for (let life = 0; life < 2; life += 1) {
      await rejects(publishAll(cluster), (error) => {
        ok(error instanceof Stop, String(error));
        const at = "step \\d+ of epoch \\d+, chain [0-9a-f]{64}";
        const both = `published to offset ${end}: published was ${at}.*the log is there at ${at}`;
        match(error.message, new RegExp(`${both}.*sauda reconcile`));
        return true;
      });
    }
    equal(countRecords(cluster), before);
    deepEqual(cluster.group("sauda-publisher").place(`${eventsTopic}/0`), place);
  }
});

test("R21: the reconciler names what is public and not in a log that was cut and has grown again", async () => {
  const cluster = clusterOf(records);
  await publishAll(cluster);
  const fewer = { ...made, steps: made.steps.slice(0, Math.floor(made.steps.length / 3)) };
  cutAndGrow(cluster, fewer, 1 + Math.floor(records.length / 6));
  const parts = { log: openMemoryLog(cluster, "reconciler"), shard: 0, shards: 1 };
  const breaks: string[] = [];
  await reconcilePublic({ ...parts, nowMs: Date.now(), graceMs: 0 }, ({ kind }) => {
    breaks.push(kind);
  });
  ok(breaks.length > 0, "what the lost steps said is public");
});

test("R15: a place without a chain, of a program of before or set by a person, is taken once and told", async () => {
  const cluster = clusterOf(records.slice(0, half));
  await publishAll(cluster);
  const place = `${eventsTopic}/0`;
  const group = cluster.group("sauda-publisher");
  group.store(place, group.committed(place) ?? -1);
  cluster.partition(eventsTopic, 0).append(records.slice(half), 0);
  const reports: { readonly type: string; readonly what?: string }[] = [];
  const alarms = (): string[] =>
    reports.flatMap(({ type, what }) => (type === "alarm" ? [what ?? ""] : []));
  await publishAll(cluster, (report) => reports.push(report));
  equal(alarms().length, 1);
  match(alarms()[0] ?? "", new RegExp(`offset ${half} was stored without a chain`));
  deepEqual(committedOf(cluster), await publishedOf(records));
  reports.length = 0;
  await publishAll(cluster, (report) => reports.push(report));
  deepEqual(alarms(), []);
});
