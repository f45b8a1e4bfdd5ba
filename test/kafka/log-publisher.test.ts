import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { offsetDeleteV0 } from "@platformatic/kafka";
import { openCluster, type Cluster, openCoordinatorLink } from "../../src/kafka/cluster.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { openPublisher, type PublisherTerms } from "../../src/kafka/publisher.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import type { Publisher, PublicRecord } from "../../src/services/log.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { readCommittedRecords } from "./committed-reader.ts";
import { apiKeys, startFrameProxy } from "./frame-proxy.ts";

/** How many requests are held past patience and delivered later; more of them with this variable. */
const heldRuns = Number(process.env["SAUDA_HELD_RUNS"] ?? 20);
const legs = ["Demat_allocation", "Cash_movement"] as const;

let kafka: TestKafka;
let log: KafkaLog;
let cluster: Cluster;
const forEver = new AbortController().signal;

before(async () => {
  kafka = await testKafka();
  log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "test-publisher" });
  await log.createTopics(2);
});

after(async () => {
  await log?.close();
  cluster?.close();
  await kafka?.stop();
});

function termsOf(name: string, partition = 0): PublisherTerms {
  return { transactionalId: name, group: name, topic: eventsTopic, partition, outputs: legs };
}

/** Both legs of one trade, with its id as the value. */
const trade = (id: string): PublicRecord[] =>
  legs.map((topic) => ({
    topic,
    partition: 0,
    key: null,
    value: Buffer.from(id),
    headers: [["id", id]],
  }));

/** The ids that a correct reader of committed records sees on a leg, of those with the prefix. */
async function idsOn(topic: string, prefix: string): Promise<string[]> {
  const records = await readCommittedRecords(kafka.bootstrap, topic, 0);
  return records.map(({ value }) => value?.toString() ?? "").filter((id) => id.startsWith(prefix));
}

async function publishAll(publisher: Publisher, name: string, from: number, to: number) {
  for (let i = from; i < to; i++) await publisher.publish(trade(`${name} ${i}`), i + 1);
}

describe("R15: a publisher", { concurrency: true }, () => {
  test("stores records and offset together, the first time the offset alone", async () => {
    const terms = termsOf("together");
    const publisher = await openPublisher(cluster, terms, forEver);
    strictEqual(await publisher.committed(), null);
    await publisher.publish([], 0);
    strictEqual(await publisher.committed(), 0);
    deepStrictEqual(await idsOn(legs[0], "together"), []);
    await publishAll(publisher, "together", 0, 30);
    strictEqual(await publisher.committed(), 30);
    const expected = Array.from({ length: 30 }, (_, i) => `together ${i}`);
    for (const leg of legs) deepStrictEqual(await idsOn(leg, "together"), expected);
    await publisher.close();
    await rejects(publisher.publish([], 31), /has ended/);
  });

  test("can be started again and again under the same transactional id", async () => {
    const terms = termsOf("again", 1);
    for (let i = 0; i < 15; i++) {
      const publisher = await openPublisher(cluster, terms, forEver);
      strictEqual(await publisher.committed(), i === 0 ? null : i);
      await publishAll(publisher, "again", i, i + 1);
      await publisher.close();
    }
    strictEqual((await idsOn(legs[1], "again")).length, 15);
  });

  test("fences the older one, which ends and never publishes again", async () => {
    const terms = termsOf("fenced");
    const older = await openPublisher(cluster, terms, forEver);
    await publishAll(older, "fenced", 0, 3);
    const newer = await openPublisher(cluster, terms, forEver);
    strictEqual(await newer.committed(), 3);
    await rejects(
      older.publish(trade("fenced zombie"), 99),
      /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/,
    );
    await rejects(older.publish(trade("fenced zombie"), 99), /has ended/);
    await publishAll(newer, "fenced", 3, 5);
    strictEqual(await newer.committed(), 5);
    for (const leg of legs) {
      deepStrictEqual(
        await idsOn(leg, "fenced"),
        [0, 1, 2, 3, 4].map((i) => `fenced ${i}`),
      );
    }
    await Promise.all([older.close(), newer.close()]);
  });

  test("that never published is fenced too, also before its first transaction", async () => {
    const terms = termsOf("early");
    const older = await openPublisher(cluster, terms, forEver);
    const newer = await openPublisher(cluster, terms, forEver);
    await newer.publish(trade("early new"), 1);
    await rejects(older.publish(trade("early old"), 1));
    deepStrictEqual(await idsOn(legs[0], "early"), ["early new"]);
    await Promise.all([older.close(), newer.close()]);
  });

  test("knows a lost offset by its absence", async () => {
    const terms = termsOf("lost");
    const publisher = await openPublisher(cluster, terms, forEver);
    await publisher.publish([], 4);
    const link = await openCoordinatorLink(cluster, "group", terms.group);
    const topics = [{ name: eventsTopic, partitions: [{ partitionIndex: 0 }] }];
    await link.call(offsetDeleteV0.api, 3000, terms.group, topics);
    link.destroy();
    strictEqual(await publisher.committed(), null);
    await publisher.close();
  });

  test("breaks on two transactions at once", async () => {
    const publisher = await openPublisher(cluster, termsOf("twice"), forEver);
    const first = publisher.publish(trade("twice 0"), 1);
    await rejects(publisher.publish(trade("twice 1"), 2), /two transactions at once/);
    await first;
    await publisher.close();
  });

  test("refused for good, such as a record that is too large, ends and leaves nothing", async () => {
    const publisher = await openPublisher(cluster, termsOf("large"), forEver);
    const [demat] = trade("large 0");
    ok(demat !== undefined);
    const large = { ...demat, topic: legs[1], value: Buffer.alloc(9 * 1024 * 1024) };
    await rejects(publisher.publish([demat, large], 1), /MESSAGE_TOO_LARGE/);
    const next = await openPublisher(cluster, termsOf("large"), forEver);
    strictEqual(await next.committed(), null);
    await next.publish([], 0);
    deepStrictEqual(await idsOn(legs[0], "large"), []);
    await Promise.all([publisher.close(), next.close()]);
  });

  test("waits for a broker, and gives up when its log is closed", async () => {
    const far = openCluster({ bootstrap: "localhost:1", clientId: "test" });
    const closing = new AbortController();
    const waiting = openPublisher(far, termsOf("nowhere"), closing.signal);
    setTimeout(() => closing.abort(), 300);
    await rejects(waiting, /abort/i);
    far.close();
  });

  test("belongs to a group of its log", async () => {
    const group = await log.join("of-log", [eventsTopic], "each");
    const publisher = await log.publisher("of-log", group, 1);
    await publisher.publish([], 11);
    strictEqual(await group.committed(eventsTopic, 1), 11);
    strictEqual(await group.committed(eventsTopic, 0), null);
    await group.close();
    // The offset stands or falls with the transactional id, not with the membership.
    await publisher.publish([], 12);
    strictEqual(await publisher.committed(), 12);
    await publisher.close();
  });
});

const heldKinds = [
  "endTxn",
  "addPartitionsToTxn",
  "produce",
  "txnOffsetCommit",
  "addOffsetsToTxn",
] as const;

/**
 * One run: the third transaction's request is held past the publisher's patience, a successor takes
 * over and publishes on, and the held request is delivered in the middle of the successor's work.
 */
async function holdOne(name: string, kind: (typeof heldKinds)[number]): Promise<void> {
  const proxy = await startFrameProxy(kafka.bootstrap);
  const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
  try {
    const older = await openPublisher(far, termsOf(name), forEver);
    await older.publish([], 0);
    await publishAll(older, name, 0, 2);
    const holding = proxy.catch("request", apiKeys[kind], "hold");
    const failing = rejects(older.publish(trade(`${name} 2`), 3), /no answer within/);
    // The machine may be so busy that another request went unanswered: then nothing was held.
    const held = await Promise.race([holding, failing.then(() => null)]);
    ok(held !== null, `${kind} never came`);
    await failing;
    await rejects(older.publish(trade(`${name} zombie`), 9), /has ended/);
    const newer = await openPublisher(cluster, termsOf(name), forEver);
    const from = await newer.committed();
    strictEqual(from, 2, "the transaction was not committed");
    await publishAll(newer, name, 2, 4);
    // Into the successor's next transaction, without waiting for anything.
    const publishing = publishAll(newer, name, 4, 12);
    held.deliver();
    await publishing;
    strictEqual(await newer.committed(), 12);
    const expected = Array.from({ length: 12 }, (_, i) => `${name} ${i}`);
    for (const leg of legs) deepStrictEqual(await idsOn(leg, `${name} `), expected);
    await Promise.all([older.close(), newer.close()]);
  } finally {
    far.close();
    await proxy.close();
  }
}

const untilAll = { timeout: 30_000 + heldRuns * 3000 };
test(
  `R15: ${heldRuns} requests held past patience and delivered later tear no transaction`,
  untilAll,
  async () => {
    const runs = Array.from({ length: heldRuns }, (_, i) => i);
    // In waves, so that each waits out its patience together with others.
    while (runs.length > 0) {
      const wave = runs.splice(0, 10);
      await Promise.all(
        wave.map((i) => holdOne(`held${i}`, heldKinds[i % heldKinds.length] ?? "endTxn")),
      );
    }
  },
);

test("R15: a commit whose answer is lost is thrown, and read by the next publisher as done", async () => {
  const proxy = await startFrameProxy(kafka.bootstrap);
  const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
  const older = await openPublisher(far, termsOf("answer"), forEver);
  await older.publish(trade("answer 0"), 1);
  const cutting = proxy.catch("response", apiKeys.endTxn, "cut");
  await rejects(older.publish(trade("answer 1"), 2), /connection lost/);
  await cutting;
  strictEqual(proxy.count(apiKeys.endTxn), 2, "the commit was sent once");
  const newer = await openPublisher(cluster, termsOf("answer"), forEver);
  strictEqual(await newer.committed(), 2);
  deepStrictEqual(await idsOn(legs[0], "answer"), ["answer 0", "answer 1"]);
  await Promise.all([older.close(), newer.close()]);
  far.close();
  await proxy.close();
});

test("a broker killed in a transaction: the publisher ends, the next one goes on where it was", async () => {
  const publisher = await openPublisher(cluster, termsOf("killed"), forEver);
  await publishAll(publisher, "killed", 0, 5);
  const publishing = publishAll(publisher, "killed", 5, 10_000);
  const failing = rejects(publishing, (error: Error) => {
    match(error.message, /connection lost|no connection|closed|cannot be reached/);
    return true;
  });
  await kafka.kill();
  await failing;
  const [next] = await Promise.all([
    openPublisher(cluster, termsOf("killed"), forEver),
    kafka.restart(),
  ]);
  const from = (await next.committed()) ?? -1;
  ok(from >= 5);
  await publishAll(next, "killed", from, from + 3);
  const expected = Array.from({ length: from + 3 }, (_, i) => `killed ${i}`);
  for (const leg of legs) deepStrictEqual(await idsOn(leg, "killed"), expected);
  await Promise.all([publisher.close(), next.close()]);
});
