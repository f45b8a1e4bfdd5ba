import assert from "node:assert/strict";
import { test } from "node:test";
import { noFaults } from "../../src/memory/faults.ts";
import { Member } from "../../src/memory/member.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import { commandsTopic, sourceTopics } from "../../src/protocol/topics.ts";
import type { Group } from "../../src/services/log.ts";

const topic = commandsTopic;

type Joined = { readonly member: Member; readonly group: Group };

/** Members of one group on two shards, under a virtual clock; heartbeats are heard at once. */
async function members(...names: string[]) {
  const clock = new VirtualClock(new Random(1), 0);
  const cluster = openMemoryCluster(2, { clock, faults: noFaults });
  const joined: Joined[] = [];
  for (const name of names) {
    const member = new Member(name);
    const log = openMemoryLog(cluster, member);
    joined.push({ member, group: await log.join("exchange", [topic], "each") });
  }
  await clock.run(() => false, 1);
  const [first, second] = joined;
  assert.ok(first);
  return { clock, cluster, first, second: second ?? first };
}

const owned = ({ group }: Joined): number[] => [0, 1].filter((one) => group.has(topic, one));

test("a single member has everything as soon as it has joined, in real time too", async () => {
  const group = await openMemoryLog(openMemoryCluster(2), "one").join("exchange", [topic], "each");
  assert.deepEqual([group.has(topic, 0), group.has(topic, 1)], [true, true]);
  await group.close();
});

test("each gets its share, and who was there keeps what he may", async () => {
  const { first, second } = await members("one", "two");
  assert.deepEqual([owned(first), owned(second)], [[0], [1]]);
});

test("spread one: a single member gets every partition, and keeps it when another joins", async () => {
  const cluster = openMemoryCluster(1);
  const one = await openMemoryLog(cluster, "one").join("intake", sourceTopics, "one");
  const two = await openMemoryLog(cluster, "two").join("intake", sourceTopics, "one");
  assert.ok(sourceTopics.every((source) => one.has(source, 0)));
  assert.ok(!sourceTopics.some((source) => two.has(source, 0)));
  await one.close();
  await Promise.resolve();
  assert.ok(sourceTopics.every((source) => two.has(source, 0)));
});

test("a crashed member is replaced after the session timeout, not before", async () => {
  const { clock, first, second } = await members("one", "two");
  first.member.crash();
  await clock.run(() => false, 5_900);
  assert.deepEqual(owned(second), [1]);
  await clock.run(() => false, 6_100);
  assert.deepEqual(owned(second), [0, 1]);
});

test("a member that was paused for long has nothing after it, until it is given something", async () => {
  const { clock, first, second } = await members("one", "two");
  first.member.pause();
  await clock.run(() => false, 7_000);
  assert.deepEqual(owned(first), [0], "it still believes what it last heard");
  const changed = second.group.changed(new AbortController().signal);
  first.member.resume();
  await clock.run(() => false, 7_100);
  await changed;
  assert.deepEqual(new Set([...owned(first), ...owned(second)]), new Set([0, 1]));
  assert.equal(owned(first).length, 1);
});

test("a pause shorter than the session timeout changes nothing", async () => {
  const { clock, first, second } = await members("one", "two");
  first.member.pause();
  await clock.run(() => false, 5_000);
  first.member.resume();
  await clock.run(() => false, 20_000);
  assert.deepEqual([owned(first), owned(second)], [[0], [1]]);
});

test("an offset stored for a topic's id is none for another topic of that name", async () => {
  const { first } = await members("one", "two");
  await first.group.commit(topic, 0, 5, "old");
  assert.equal(await first.group.committed(topic, 0, "old"), 5);
  assert.equal(await first.group.committed(topic, 0, "new"), null);
  assert.equal(await first.group.committed(topic, 0), 5);
});

test("only the owner in the current generation is confirmed and may commit", async () => {
  const { clock, first, second } = await members("one", "two");
  assert.equal(await first.group.confirms(topic, 0), true);
  assert.equal(await first.group.confirms(topic, 1), false);
  await first.group.commit(topic, 0, 5);
  assert.equal(await second.group.committed(topic, 0), 5);
  // Isolated for longer than the session, back, and asked before it has heard anything.
  first.member.isolate(true);
  await clock.run(() => false, 7_000);
  first.member.isolate(false);
  assert.equal(first.group.has(topic, 0), true);
  await assert.rejects(first.group.commit(topic, 0, 6), /refused: generation/);
  assert.equal(await second.group.committed(topic, 0), 5);
});

test("while the coordinator is away has keeps its value, nothing is confirmed, nobody replaced", async () => {
  const { clock, cluster, first, second } = await members("one", "two");
  cluster.setCoordinatorsAway(true);
  assert.deepEqual(owned(first), [0]);
  assert.equal(await first.group.confirms(topic, 0), false);
  await assert.rejects(first.group.committed(topic, 0), /away/);
  await assert.rejects(first.group.commit(topic, 0, 1), /away/);
  first.member.crash();
  await clock.run(() => false, 30_000);
  assert.deepEqual(owned(second), [1]);
  cluster.setCoordinatorsAway(false);
  await clock.run(() => false, 37_000);
  assert.deepEqual(owned(second), [0, 1]);
});

test("changed resolves for everybody who waits, and when the signal ends it", async () => {
  const { first, second } = await members("one", "two");
  await second.group.changed(new AbortController().signal);
  const ended = new AbortController();
  const waits = [second.group.changed(ended.signal), second.group.changed(ended.signal)];
  await first.group.close();
  await Promise.all(waits);
  const last = second.group.changed(ended.signal);
  ended.abort();
  await last;
});
