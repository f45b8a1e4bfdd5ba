import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { timeMs } from "../../src/domain/facts/units.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { eventsTopic, snapshotsTopic } from "../../src/protocol/topics.ts";
import type { LogBreak } from "../../src/services/audit/log-break.ts";
import { LogWalk } from "../../src/services/audit/log-walk.ts";
import { SnapshotComparison } from "../../src/services/audit/snapshot-audit.ts";
import { foldRecord, newLogFold } from "../../src/services/log-fold.ts";
import { takeSnapshot } from "../../src/services/snapshots/take-snapshot.ts";
import { realClock } from "../../src/services/clock.ts";
import { readKey } from "../../src/services/snapshots/manifest.ts";
import {
  openAll,
  openSnapshotMarket,
  recordedSteps,
  rewrite,
  type SnapshotMarket,
} from "./snapshot-market.ts";

const steps = recordedSteps();

type Compared = {
  readonly compared: number;
  readonly ofOthers: number;
  readonly breaks: readonly LogBreak[];
};

/** Folds the log from its first record and compares the snapshots on the way. */
async function compare({ cluster }: SnapshotMarket): Promise<Compared> {
  const log = openMemoryLog(cluster, "auditor");
  const breaks: LogBreak[] = [];
  const snapshots = await SnapshotComparison.open(log, 0, (broken) => breaks.push(broken));
  const { end } = cluster.partition(eventsTopic, 0).bounds;
  const walk = await LogWalk.open(log, eventsTopic, 0, end);
  const fold = newLogFold();
  for (let record = await walk.take(); record !== null; record = await walk.take()) {
    snapshots.before(fold);
    const verdict = foldRecord(fold, record);
    if (verdict.type === "steps") snapshots.take(verdict.steps, verdict.seq, record);
    snapshots.compareAt(fold);
  }
  await walk.close();
  const counts = snapshots.end(fold);
  await log.close();
  return { ...counts, breaks };
}

/** Two snapshots of a follower, and one of a follower that went on from the second. */
async function marketWithSnapshots(): Promise<SnapshotMarket> {
  const market = await openSnapshotMarket(steps);
  for (const count of [150, 120]) {
    await market.write(count);
    await market.take();
  }
  await market.write(110);
  const { followed, heard } = await openAll(market.log);
  ok(heard.some(({ type }) => type === "restored"));
  const randomHex = (bytes: number): string => "ab".repeat(bytes);
  const parts = { log: market.log, shard: 0, clock: realClock, randomHex };
  await takeSnapshot(parts, followed, new AbortController().signal);
  await market.write(20);
  return market;
}

test("snapshots are what the log folds to, also of a follower that began at a snapshot itself", async () => {
  const market = await marketWithSnapshots();
  const { compared, ofOthers, breaks } = await compare(market);
  deepEqual(breaks, []);
  deepEqual([compared, ofOthers], [3, 0]);
  const none = await openSnapshotMarket(steps);
  await none.write(10);
  deepEqual(await compare(none), { compared: 0, ofOthers: 0, breaks: [] });
});

test("a snapshot of a wrong fold, whole as it is, is named with both digests", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(100);
  market.followed.view.market.clockMs = timeMs(market.followed.view.market.clockMs + 1);
  const { offset } = await market.take();
  await market.write(20);
  const { breaks, compared } = await compare(market);
  deepEqual([breaks.length, compared], [1, 0]);
  const [{ topic, expected, found } = {}] = breaks;
  equal(topic, snapshotsTopic);
  match(
    String(expected),
    new RegExp(`^the state at offset ${offset} of the log \\(market\\), SHA-256`),
  );
  match(String(found), /^\w{64} in snapshot 100-/);
});

test("each of 100 changes of one byte in a snapshot's values is told, and which snapshot it was", async () => {
  const market = await marketWithSnapshots();
  const whole = market.cluster.partition(snapshotsTopic, 0).slice(0, Infinity);
  const random = new Random(5);
  for (let round = 0; round < 100; round += 1) {
    const spoiled = random.pick(whole);
    const at = random.between(0, (spoiled.value?.length ?? 1) - 1);
    rewrite(market.cluster, (record) => {
      const { key, value } = whole[record.offset] ?? record;
      if (record.offset !== spoiled.offset || value === null) return { key, value };
      return {
        key,
        value: Buffer.from(value.map((byte, each) => (each === at ? byte ^ 4 : byte))),
      };
    });
    const { breaks, compared } = await compare(market);
    deepEqual([breaks.length, compared], [1, 2], `round ${round}`);
    const id = readKey(spoiled.key)?.id ?? "";
    ok(breaks[0]?.expected.includes(id), `${breaks[0]?.expected}: ${id}`);
  }
});

test("a snapshot of a step that the log has lost is told: the log ends before it", async () => {
  const market = await openSnapshotMarket(steps);
  await market.write(100);
  await market.take();
  market.cluster.partition(eventsTopic, 0).deleteTail(market.followed.view.fold.offset - 30);
  const { breaks } = await compare(market);
  equal(breaks.length, 1);
  match(breaks[0]?.found ?? "", /^an end of it at \d+$/);
});
