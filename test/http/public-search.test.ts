import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { CommittedRecord, MarketLog } from "../../src/services/log.ts";
import { findPublished } from "../../src/http/journey/public-search.ts";

const topic = "Demat_allocation";
const always = (): boolean => true;

/** Lays down what a publisher writes: records with a stamp, in one transaction each. */
function write(
  cluster: MemoryCluster,
  stamps: readonly string[],
  outcome: "committed" | "aborted" | "open" = "committed",
): void {
  const records = stamps.map((stamp) => ({
    key: null,
    value: Buffer.from(stamp),
    headers: [["sauda-stamp", stamp]] as const,
  }));
  const transaction = { outcome };
  const partition = cluster.partition(topic, 0);
  // Times that say nothing: clocks of publishers are not asked.
  partition.append(records, 1_000_000 - partition.end * 1000, transaction);
  if (outcome !== "open") partition.appendControl(0, transaction);
}

async function find(cluster: MemoryCluster, shard: number, seq: number): Promise<string[]> {
  const log = openMemoryLog(cluster, "search");
  const found = await findPublished(log, { topic, partition: 0, shard, seq }, always);
  await log.close();
  return found.map(({ record }) => String(record.value));
}

test("property: a step's records are found, however much was published before and after, by any shard", async () => {
  const step = fc.record({ shard: fc.nat(2), records: fc.nat(3), gap: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(50), async (steps, before) => {
      const cluster = openMemoryCluster(1);
      const expected = new Map<string, string[]>();
      const next = [0, 0, 0];
      for (const { shard, records, gap } of steps) {
        const seq = (next[shard] ?? 0) + gap;
        next[shard] = seq + 1;
        const stamps = Array.from({ length: records }, (_, index) => `${shard}/${seq}/${index}`);
        if (stamps.length > 0) write(cluster, stamps);
        expected.set(`${shard}/${seq}`, stamps);
      }
      for (let seq = 0; seq < before; seq += 1) write(cluster, [`7/${seq}/0`]);
      for (const [shard, end] of next.entries())
        for (let seq = 0; seq <= end; seq += 1)
          deepEqual(await find(cluster, shard, seq), expected.get(`${shard}/${seq}`) ?? []);
    }),
    { numRuns: 60 },
  );
});

test("of ten thousand steps each is found in a few looks", async () => {
  const cluster = openMemoryCluster(1);
  for (let seq = 0; seq < 10_000; seq += 1) write(cluster, [`0/${seq}/0`, `0/${seq}/1`]);
  for (const seq of [0, 1, 4999, 9998, 9999])
    deepEqual(await find(cluster, 0, seq), [`0/${seq}/0`, `0/${seq}/1`]);
  deepEqual(await find(cluster, 0, 10_000), [], "not published yet");
});

test("what was aborted, or is not decided yet, is not what was published", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, ["0/1/0"]);
  write(cluster, ["0/2/0"], "aborted");
  write(cluster, ["0/2/0"]);
  write(cluster, ["0/3/0"], "open");
  deepEqual(await find(cluster, 0, 2), ["0/2/0"]);
  deepEqual(await find(cluster, 0, 3), []);
});

test("what retention took is not found, and what stands is", async () => {
  const cluster = openMemoryCluster(1);
  for (let seq = 0; seq < 100; seq += 1) write(cluster, [`0/${seq}/0`]);
  cluster.partition(topic, 0).deleteHead(100);
  deepEqual(await find(cluster, 0, 10), []);
  deepEqual(await find(cluster, 0, 70), ["0/70/0"]);
  cluster.deleteTopic(topic);
  deepEqual(await find(cluster, 0, 70), [], "nor where the topic is gone");
});

test("records of strangers between ours are passed over", async () => {
  const cluster = openMemoryCluster(1);
  const strange = { key: null, value: Buffer.from("hello") };
  cluster.partition(topic, 0).append([strange], 0);
  write(cluster, ["0/1/0"]);
  cluster.partition(topic, 0).append([strange, strange], 0);
  write(cluster, ["0/2/0"]);
  deepEqual(await find(cluster, 0, 2), ["0/2/0"]);
});

test("what stands behind a flood of others is given up, not read through", async () => {
  const reads = { count: 0 };
  const end = 1_000_000;
  const log = openMemoryLog(openMemoryCluster(1), "search");
  /** Steps 0 to 999 of shard 0, then shard 1 alone. */
  const recordAt = (offset: number): CommittedRecord => {
    const stamp = offset < 1000 ? `0/${offset}/0` : `1/${offset}/0`;
    const value = Buffer.from(stamp);
    return { offset, timestampMs: 0, key: null, value, headers: [["sauda-stamp", stamp]] };
  };
  const flooded: MarketLog<string> = {
    ...log,
    bounds: async () => ({ start: 0, end }),
    committedReader: async (_topic, _partition, from) => ({
      async read() {
        reads.count += 1;
        const next = Math.min(from + 2000, end);
        const records = Array.from({ length: next - from }, (_, index) => recordAt(from + index));
        from = next;
        return { records, next };
      },
      close: async () => {},
    }),
  };
  const findIn = async (shard: number, seq: number): Promise<number> => {
    reads.count = 0;
    const found = await findPublished(flooded, { topic, partition: 0, shard, seq }, always);
    ok(reads.count <= 64, `shard ${shard}, step ${seq}: ${reads.count} reads`);
    return found.length;
  };
  equal(await findIn(1, 500_000), 1);
  for (const [shard, seq] of [
    [0, 500],
    [0, 999],
    [0, 1000],
    [7, 1],
  ] as const)
    equal(await findIn(shard, seq), 0);
  await log.close();
});
