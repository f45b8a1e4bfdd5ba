import assert from "node:assert/strict";
import { test } from "node:test";
import { noFaults, type Fate, type Faults } from "../../src/memory/faults.ts";
import { Member } from "../../src/memory/member.ts";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import type { OutRecord } from "../../src/services/log.ts";

const one = (text: string): OutRecord[] => [{ key: null, value: Buffer.from(text) }];
const texts = (cluster: MemoryCluster): (string | undefined)[] =>
  allRecords(cluster, commandsTopic, 0).map(({ value }) => value?.toString());

/** A cluster under a virtual clock where every request meets this fate. */
function fated(changes: Partial<Fate>): { cluster: MemoryCluster; clock: VirtualClock } {
  const fate = { landsAfterMs: 1, answersAfterMs: 1, timeoutMs: 3000, refused: false, ...changes };
  const clock = new VirtualClock(new Random(1), 0);
  const faults: Faults = {
    ...noFaults,
    fate: (kind) => (kind === "append" ? fate : noFaults.fate(kind)),
  };
  return { cluster: openMemoryCluster(1, { clock, faults }), clock };
}

/** What a piece of work has come to after so much virtual time: its value, or "waits". */
async function after<Value>(
  clock: VirtualClock,
  ms: number,
  work: Promise<Value>,
): Promise<Value | "waits"> {
  let outcome: Value | "waits" = "waits";
  void work.then((value) => (outcome = value));
  await clock.run(() => false, clock.nowMs() + ms);
  return outcome;
}

test("a cluster has every topic of the market as it must be", async () => {
  const log = openMemoryLog(openMemoryCluster(2), "doctor");
  assert.deepEqual(await log.findTopicProblems(2), []);
  assert.equal(await log.partitions(eventsTopic), 2);
});

test("what differs from the required settings is named", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "doctor");
  cluster.createTopic(eventsTopic, 3, { "cleanup.policy": "compact", "retention.ms": "604800000" });
  const problems = await log.findTopicProblems(1);
  assert.match(problems.join("\n"), /sauda.events: expected 1 partitions, found 3/);
  assert.match(problems.join("\n"), /expected cleanup.policy=delete, found compact/);
  assert.match(problems.join("\n"), /expected retention.ms=-1, found 604800000/);
});

test("a topic made anew has another id, and readers of the old one are outside", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "reader");
  const before = await log.topicId(commandsTopic);
  const reader = await log.reader(commandsTopic, 0, 0);
  cluster.createTopic(commandsTopic, 1, {});
  assert.notEqual(await log.topicId(commandsTopic), before);
  await assert.rejects(reader.read(0), { name: "OutsideLog" });
});

test("records come in order, from the position on, and a read waits for the first", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "reader");
  const appender = await log.appender(commandsTopic, 0);
  assert.partialDeepStrictEqual(await appender.append(one("a")), { type: "at", offset: 0 });
  assert.partialDeepStrictEqual(await appender.append(one("b")), { type: "at", offset: 1 });
  const reader = await log.reader(commandsTopic, 0, 1);
  assert.deepEqual(
    (await reader.read(0)).records.map(({ offset }) => offset),
    [1],
  );
  const waiting = reader.read(10_000);
  await appender.append(one("c"));
  const { records, end } = await waiting;
  assert.deepEqual([records[0]?.value?.toString(), end], ["c", 3]);
  assert.deepEqual((await reader.read(1)).records, []);
  assert.deepEqual(await log.bounds(commandsTopic, 0), { start: 0, end: 3 });
});

test("a position before the head or behind the end is outside the log", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "reader");
  const appender = await log.appender(commandsTopic, 0);
  for (const text of ["a", "b", "c"]) await appender.append(one(text));
  cluster.partition(commandsTopic, 0).deleteHead(1);
  cluster.partition(commandsTopic, 0).deleteTail(2);
  for (const [from, isInside] of [
    [0, false],
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    const read = (await log.reader(commandsTopic, 0, from)).read(0);
    if (isInside) await read;
    else await assert.rejects(read, { name: "OutsideLog" });
  }
});

test("a batch above the topic's limit is refused for good, a second one at a time breaks", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "writer");
  const appender = await log.appender(commandsTopic, 0);
  const large = await appender.append([{ key: null, value: Buffer.alloc(9 * 1024 * 1024) }]);
  assert.equal(large.type === "refused" && large.retriable, false);
  const first = appender.append(one("a"));
  await assert.rejects(appender.append(one("b")), /before the first was answered/);
  assert.equal((await first).type, "at");
});

test("an append whose answer is lost is unanswered, and stands", async () => {
  const { cluster, clock } = fated({ answersAfterMs: null });
  const appender = await openMemoryLog(cluster, "writer").appender(commandsTopic, 0);
  const result = appender.append(one("a"));
  assert.equal(await after(clock, 2999, result), "waits");
  assert.match(JSON.stringify(await after(clock, 1, result)), /unanswered/);
  assert.deepEqual(texts(cluster), ["a"]);
});

test("an append that is lost is unanswered, and never stands", async () => {
  const { cluster, clock } = fated({ landsAfterMs: null });
  const appender = await openMemoryLog(cluster, "writer").appender(commandsTopic, 0);
  assert.match(JSON.stringify(await after(clock, 60_000, appender.append(one("a")))), /unanswered/);
  assert.deepEqual(texts(cluster), []);
});

test("an append may land after its sender has given up, and after a later one", async () => {
  const { cluster, clock } = fated({ landsAfterMs: 5000 });
  const log = openMemoryLog(cluster, "writer");
  const appender = await log.appender(commandsTopic, 0);
  const late = appender.append(one("late"));
  assert.match(JSON.stringify(await after(clock, 4000, late)), /unanswered/);
  cluster.partition(commandsTopic, 0).append(one("successor's"), clock.nowMs());
  await clock.run(() => false, 6000);
  assert.deepEqual(texts(cluster), ["successor's", "late"]);
});

test("a refused append does not stand and may be sent again", async () => {
  const { cluster, clock } = fated({ refused: true });
  const appender = await openMemoryLog(cluster, "writer").appender(commandsTopic, 0);
  const result = await after(clock, 10, appender.append(one("a")));
  assert.match(JSON.stringify(result), /refused","retriable":true/);
  assert.deepEqual(texts(cluster), []);
});

test("of a paused process nothing goes on, but what it sent lands", async () => {
  const { cluster, clock } = fated({ landsAfterMs: 5 });
  const member = new Member("writer");
  const appender = await openMemoryLog(cluster, member).appender(commandsTopic, 0);
  const result = appender.append(one("a"));
  member.pause();
  assert.equal(await after(clock, 100, result), "waits");
  assert.deepEqual(texts(cluster), ["a"]);
  member.resume();
  assert.partialDeepStrictEqual(await after(clock, 0, result), { type: "at", offset: 0 });
});

test("a crashed process never goes on, and sends nothing any more", async () => {
  const { cluster, clock } = fated({ landsAfterMs: 5 });
  const member = new Member("writer");
  const appender = await openMemoryLog(cluster, member).appender(commandsTopic, 0);
  const result = appender.append(one("a"));
  member.crash();
  assert.equal(await after(clock, 60_000, result), "waits");
  assert.deepEqual(texts(cluster), ["a"]);
  const asked = openMemoryLog(cluster, member).topicId(commandsTopic);
  assert.equal(await after(clock, 60_000, asked), "waits");
});

test("an isolated process runs, and what it sends is lost", async () => {
  const { cluster, clock } = fated({});
  const member = new Member("writer");
  const appender = await openMemoryLog(cluster, member).appender(commandsTopic, 0);
  member.isolate(true);
  assert.match(JSON.stringify(await after(clock, 3000, appender.append(one("a")))), /unanswered/);
  assert.deepEqual(texts(cluster), []);
});

test("without faults it carries at least 200,000 records a second", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "both");
  const appender = await log.appender(commandsTopic, 0);
  const reader = await log.reader(commandsTopic, 0, 0);
  const batch = Array.from({ length: 500 }, () => ({ key: null, value: Buffer.alloc(300) }));
  const wanted = 200_000;
  const cpuBefore = process.cpuUsage();
  let read = 0;
  for (let sent = 0; sent < wanted; sent += batch.length) {
    await appender.append(batch);
    read += (await reader.read(0)).records.length;
  }
  // Time of this process, not of the wall: other tests run beside this one.
  const { user, system } = process.cpuUsage(cpuBefore);
  assert.equal(read, wanted);
  assert.ok(user + system < 1_000_000, `${wanted} records took ${user + system} microseconds`);
});
