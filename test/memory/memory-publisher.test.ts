import assert from "node:assert/strict";
import { test } from "node:test";
import { noFaults, type Faults } from "../../src/memory/faults.ts";
import { Member } from "../../src/memory/member.ts";
import {
  allRecords,
  committedRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import type { PublicRecord, Publisher } from "../../src/services/log.ts";
import { placeAt } from "../place-at.ts";

const topic = "Demat_allocation";
const record = (text: string): PublicRecord => ({
  topic,
  partition: 0,
  key: null,
  value: Buffer.from(text),
  headers: [["sauda-id", text]],
});

function world(faults: Faults = noFaults) {
  const clock = new VirtualClock(new Random(1), 0);
  return { clock, cluster: openMemoryCluster(1, { clock, faults }) };
}

async function publisher(cluster: MemoryCluster, member: Member | string): Promise<Publisher> {
  const log = openMemoryLog(cluster, member);
  return log.publisher("sauda-publisher-0", await log.join("p", [eventsTopic], "each"), 0);
}

const all = (cluster: MemoryCluster): (string | undefined)[] =>
  allRecords(cluster, topic, 0).map((one) => (one.isControl ? "mark" : one.value?.toString()));
const committed = (cluster: MemoryCluster): (string | undefined)[] =>
  committedRecords(cluster, topic, 0).map(({ value }) => value?.toString());

test("a transaction's records, its mark and its offset are there together", async () => {
  const { cluster } = world();
  const one = await publisher(cluster, "one");
  assert.equal(await one.committed(), null);
  await one.publish([record("a"), record("b")], placeAt(7));
  await one.publish([], placeAt(9));
  assert.deepEqual(all(cluster), ["a", "b", "mark"]);
  assert.deepEqual(committed(cluster), ["a", "b"]);
  assert.deepEqual(committedRecords(cluster, topic, 0)[0]?.headers, [["sauda-id", "a"]]);
  assert.equal((await one.committed())?.next, 9);
});

test("a crash inside leaves records that only an uncommitted reader sees, and no offset", async () => {
  const { cluster, clock } = world();
  const member = new Member("one");
  const one = await publisher(cluster, member);
  await one.publish([record("a")], placeAt(1));
  let requests = 0;
  // The records have landed, the offset has not been sent.
  member.onMoment = (moment) => {
    if (moment === "landed" && (requests += 1) === 1) member.crash();
  };
  void one.publish([record("b")], placeAt(2));
  await clock.run(() => false, 100);
  assert.deepEqual(all(cluster), ["a", "mark", "b"]);
  assert.deepEqual(committed(cluster), ["a"]);
  const two = await publisher(cluster, "two");
  assert.equal((await two.committed())?.next, 1);
  await two.publish([record("b")], placeAt(2));
  assert.deepEqual(all(cluster), ["a", "mark", "b", "mark", "b", "mark"]);
  assert.deepEqual(committed(cluster), ["a", "b"]);
});

test("a new publisher fences the old one for good", async () => {
  const { cluster } = world();
  const one = await publisher(cluster, "one");
  const two = await publisher(cluster, "two");
  await assert.rejects(one.publish([record("a")], placeAt(1)), /fenced/);
  await assert.rejects(one.publish([record("a")], placeAt(1)), /busy or broken/);
  await two.publish([record("b")], placeAt(1));
  assert.deepEqual(committed(cluster), ["b"]);
});

test("a late commit counts before the fence, and is refused after it", async () => {
  for (const isBefore of [true, false]) {
    const { cluster, clock } = world();
    const member = new Member("one");
    const one = await publisher(cluster, member);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let requests = 0;
    member.onMoment = (moment) => {
      if (moment === "sending" && (requests += 1) === 3) member.nextHold = released;
    };
    const published = assert.rejects(one.publish([record("a")], placeAt(1)), /no answer/);
    await clock.run(() => false, 4_000);
    if (isBefore) release();
    await clock.run(() => false, 4_001);
    const two = await publisher(cluster, "two");
    release();
    await clock.run(() => false, 4_002);
    await published;
    assert.deepEqual(committed(cluster), isBefore ? ["a"] : []);
    assert.equal((await two.committed())?.next, isBefore ? 1 : undefined);
  }
});

test("a transaction left open is aborted after its timeout, and hides what follows until then", async () => {
  const { cluster, clock } = world();
  const member = new Member("one");
  const one = await publisher(cluster, member);
  member.onMoment = (moment) => {
    if (moment === "landed") member.crash();
  };
  void one.publish([record("a")], placeAt(1));
  cluster.partition(topic, 0).append([{ key: null, value: Buffer.from("other") }], 0);
  assert.deepEqual(committed(cluster), []);
  await clock.run(() => false, 10_000);
  assert.deepEqual(committed(cluster), ["other"]);
  assert.deepEqual(all(cluster), ["a", "other", "mark"]);
});

test("refused requests of a transaction are sent again, an unanswered one is the end", async () => {
  let asked = 0;
  const faults: Faults = {
    ...noFaults,
    fate(kind) {
      if (kind === "transaction") asked += 1;
      return { ...noFaults.fate(kind), refused: kind === "transaction" && asked % 2 === 1 };
    },
  };
  const { cluster, clock } = world(faults);
  const work = publisher(cluster, "one").then((one) => one.publish([record("a")], placeAt(1)));
  await clock.run(() => false, 5_000);
  await work;
  assert.deepEqual(all(cluster), ["a", "mark"]);
});

test("an open transaction is told with its producer, first offset and age until it ends", async () => {
  const { clock, cluster } = world();
  const log = openMemoryLog(cluster, "doctor");
  const { transactions } = cluster;
  const early = transactions.initProducer("early", 60_000);
  transactions.produce("early", early, [record("E1"), record("E2")]);
  await clock.run(() => false, 1_000);
  const late = transactions.initProducer("late", 60_000);
  transactions.produce("late", late, [record("L1")]);
  await clock.run(() => false, 1_500);
  assert.deepEqual(await log.openTransactions(topic, 0), [
    { producerId: 1, transactionalId: "early", startOffset: 0, ageMs: 1_500 },
    { producerId: 2, transactionalId: "late", startOffset: 2, ageMs: 500 },
  ]);
  transactions.abort("early", early);
  const left = await log.openTransactions(topic, 0);
  assert.deepEqual(
    left.map((each) => each.transactionalId),
    ["late"],
  );
  await clock.run(() => false, 61_000);
  assert.deepEqual(await log.openTransactions(topic, 0), []);
  assert.deepEqual(await log.openTransactions("buy-orders", 0), []);
  assert.deepEqual(committed(cluster), []);
});
