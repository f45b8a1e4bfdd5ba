import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { describeTransactionsV0, initProducerIdV4, offsetDeleteV0 } from "@platformatic/kafka";
import { openCluster, type Cluster, connectToCoordinator } from "../../src/kafka/cluster.ts";
import type { KafkaLog } from "../../src/kafka/kafka-log.ts";
import { formatMetadata } from "../../src/kafka/publisher-recovery.ts";
import { openPublisherConnections } from "../../src/kafka/publisher-connections.ts";
import { openPublisher } from "../../src/kafka/publisher.ts";
import type { PublisherTerms } from "../../src/kafka/publisher-terms.ts";
import { findTransactionWay } from "../../src/kafka/transaction.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { until } from "../acceptance/market-process.ts";
import type { PublicRecord } from "../../src/services/log.ts";
import type { TestKafka } from "./broker.ts";
import { testClients, type TestClients } from "./clients.ts";
import { readCommittedRecords } from "./committed-reader.ts";
import { apiKeys, startFrameProxy } from "./frame-proxy.ts";
import {
  forEver,
  holdMany,
  idsOn,
  legs,
  publishAll,
  readsAlike,
  termsOf,
  trade,
} from "./publishing.ts";
import { placeAt } from "../place-at.ts";

/**
 * How many requests are held past the timeout and delivered later; more of them with this variable.
 */
const heldRuns = Number(process.env["SAUDA_HELD_RUNS"] ?? 20);
/** All requests of a transaction, and the question before it. */
const heldKinds = ["endTxn", "produce", "txnOffsetCommit", "describeTransactions"] as const;

let clients: TestClients;
let kafka: TestKafka;
let log: KafkaLog;
let cluster: Cluster;

before(async () => {
  clients = await testClients(2);
  ({ kafka, log, cluster } = clients);
});

after(() => clients?.stop());

/** The epoch that the transactional id has now, counted from the first one it was given. */
async function epochOf(transactionalId: string): Promise<number> {
  const connection = await connectToCoordinator(cluster, "transaction", transactionalId);
  const answer = await connection.call(describeTransactionsV0.api, 3000, [transactionalId]);
  connection.destroy();
  return answer.transactionStates[0]?.producerEpoch ?? -1;
}

/**
 * Commits offset 0 in a transaction of that time, as a publisher on a machine with another
 * clock does.
 */
async function commitAt(terms: PublisherTerms, atMs: number): Promise<void> {
  const { transactionalId, group } = terms;
  const connections = openPublisherConnections(cluster, transactionalId, group);
  const args = [transactionalId, 10_000, -1n, -1] as const;
  const { producerId, producerEpoch } = await connections.ask(
    "transaction",
    initProducerIdV4.api,
    ...args,
  );
  const run = await findTransactionWay(cluster);
  const producer = { id: producerId, epoch: producerEpoch };
  await run(connections, terms, producer, { batches: [], next: 0, metadata: formatMetadata(atMs) });
  connections.destroy();
}

describe("R15: a publisher", { concurrency: true }, () => {
  test("writes far more in one transaction than a topic takes in one batch, in order", async () => {
    // The topics have Kafka's own limit, as where somebody else made them.
    const publisher = await openPublisher(cluster, termsOf("much"), forEver);
    const records = Array.from({ length: 60 }, (_, index) =>
      trade(`much-${String(index).padStart(80_000, "0")}`),
    ).flat();
    await publisher.publish(records, placeAt(1));
    await publisher.publish(trade("much-more"), placeAt(2));
    for (const leg of legs) {
      const ids = await idsOn(kafka.bootstrap, leg, "much-");
      deepStrictEqual(
        ids.map((id) => id.slice(-4)),
        [...Array.from({ length: 60 }, (_, index) => String(index).padStart(4, "0")), "more"],
      );
    }
    strictEqual((await publisher.committed())?.next, 2);
    await publisher.close();
  });

  test("stops at a record that no topic takes, and does not try again", async () => {
    const publisher = await openPublisher(cluster, termsOf("too-much"), forEver);
    const record = { ...trade("too-much")[0], value: Buffer.alloc(2_000_000) } as PublicRecord;
    await rejects(publisher.publish([record], placeAt(1)), {
      name: "Stop",
      message: /MESSAGE_TOO_LARGE/,
    });
    await publisher.close();
  });

  test("stores records and offset together, the first time the offset alone", async () => {
    const terms = termsOf("together");
    const publisher = await openPublisher(cluster, terms, forEver);
    strictEqual(await publisher.committed(), null);
    await publisher.publish([], placeAt(0));
    strictEqual((await publisher.committed())?.next, 0);
    deepStrictEqual(await idsOn(kafka.bootstrap, legs[0], "together"), []);
    await publisher.publish([], placeAt(0, 'what log it is of: "1"\n'));
    deepStrictEqual(await publisher.committed(), { next: 0, note: 'what log it is of: "1"\n' });
    await publishAll(publisher, "together", 0, 30);
    strictEqual((await publisher.committed())?.next, 30);
    const expected = Array.from({ length: 30 }, (_, i) => `together ${i}`);
    for (const leg of legs)
      deepStrictEqual(await idsOn(kafka.bootstrap, leg, "together"), expected);
    await publisher.close();
    await rejects(publisher.publish([], placeAt(31)), /has ended/);
  });

  test("can be started again and again under the same transactional id", async () => {
    const terms = termsOf("again", 1);
    for (let i = 0; i < 15; i++) {
      const publisher = await openPublisher(cluster, terms, forEver);
      strictEqual((await publisher.committed())?.next, i === 0 ? undefined : i);
      await publishAll(publisher, "again", i, i + 1);
      await publisher.close();
    }
    strictEqual((await idsOn(kafka.bootstrap, legs[1], "again")).length, 15);
  });

  test("fences the older one, which ends and never publishes again", async () => {
    const terms = termsOf("fenced");
    const older = await openPublisher(cluster, terms, forEver);
    await publishAll(older, "fenced", 0, 3);
    const newer = await openPublisher(cluster, terms, forEver);
    strictEqual((await newer.committed())?.next, 3);
    await rejects(
      older.publish(trade("fenced zombie"), placeAt(99)),
      /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/,
    );
    await rejects(older.publish(trade("fenced zombie"), placeAt(99)), /has ended/);
    await publishAll(newer, "fenced", 3, 5);
    strictEqual((await newer.committed())?.next, 5);
    for (const leg of legs) {
      deepStrictEqual(
        await idsOn(kafka.bootstrap, leg, "fenced"),
        [0, 1, 2, 3, 4].map((i) => `fenced ${i}`),
      );
    }
    await Promise.all([older.close(), newer.close()]);
  });

  test("that never published is fenced too, also before its first transaction", async () => {
    const terms = termsOf("early");
    const older = await openPublisher(cluster, terms, forEver);
    const newer = await openPublisher(cluster, terms, forEver);
    await newer.publish(trade("early new"), placeAt(1));
    await rejects(older.publish(trade("early old"), placeAt(1)));
    deepStrictEqual(await idsOn(kafka.bootstrap, legs[0], "early"), ["early new"]);
    await Promise.all([older.close(), newer.close()]);
  });

  test("asks three times for a transaction, each under an epoch of its own", async (t) => {
    const proxy = await startFrameProxy(kafka.bootstrap);
    t.after(() => proxy.close());
    const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
    t.after(() => far.close());
    const publisher = await openPublisher(far, termsOf("asks"), forEver);
    await publishAll(publisher, "asks", 0, 8);
    const asked = (kinds: (keyof typeof apiKeys)[]) =>
      kinds.map((kind) => proxy.count(apiKeys[kind]));
    deepStrictEqual(asked(["produce", "txnOffsetCommit", "endTxn"]), [8, 8, 8]);
    deepStrictEqual(asked(["addPartitionsToTxn", "addOffsetsToTxn"]), [0, 0]);
    strictEqual(await epochOf("asks"), 8);
    await publisher.close();
  });

  test("asks for a transaction's marks once it is committed, not when the next one comes", async (t) => {
    const proxy = await startFrameProxy(kafka.bootstrap);
    t.after(() => proxy.close());
    const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
    t.after(() => far.close());
    const publisher = await openPublisher(far, termsOf("marks"), forEver);
    const committing = proxy.catch("response", apiKeys.endTxn, "hold");
    const published = publisher.publish(trade("marks 0"), placeAt(1));
    const committed = await committing;
    const asked = proxy.count(apiKeys.describeTransactions);
    committed.deliver();
    await published;
    const isAsked = (): boolean => proxy.count(apiKeys.describeTransactions) > asked;
    await until("the marks are asked for", isAsked, 10_000);
    await publishAll(publisher, "marks", 1, 3);
    strictEqual((await publisher.committed())?.next, 3);
    await publisher.close();
  });

  test("gives each transaction a time of its own, also where its clock is behind", async () => {
    const terms = termsOf("times");
    const ahead = Date.now() + 3_600_000;
    await commitAt(terms, ahead);
    for (const life of [0, 1]) {
      const publisher = await openPublisher(cluster, terms, forEver);
      await publishAll(publisher, "times", 2 * life, 2 * life + 2);
      await publisher.close();
    }
    for (const leg of legs) {
      const records = await readCommittedRecords(kafka.bootstrap, leg, 0);
      const own = records.filter(({ value }) => value?.toString().startsWith("times "));
      deepStrictEqual(
        own.map((each) => each.timestampMs - ahead),
        [1, 2, 3, 4],
      );
    }
  });

  test("knows a lost offset by its absence", async () => {
    const terms = termsOf("lost");
    const publisher = await openPublisher(cluster, terms, forEver);
    await publisher.publish([], placeAt(4));
    const connection = await connectToCoordinator(cluster, "group", terms.group);
    const topics = [{ name: eventsTopic, partitions: [{ partitionIndex: 0 }] }];
    await connection.call(offsetDeleteV0.api, 3000, terms.group, topics);
    connection.destroy();
    strictEqual(await publisher.committed(), null);
    await publisher.close();
  });

  test("breaks on two transactions at once", async () => {
    const publisher = await openPublisher(cluster, termsOf("twice"), forEver);
    const first = publisher.publish(trade("twice 0"), placeAt(1));
    await rejects(publisher.publish(trade("twice 1"), placeAt(2)), /two transactions at once/);
    await first;
    await publisher.close();
  });

  test("refused for good, such as a record that is too large, ends and leaves nothing", async () => {
    const publisher = await openPublisher(cluster, termsOf("large"), forEver);
    const [demat] = trade("large 0");
    ok(demat !== undefined);
    const large = { ...demat, topic: legs[1], value: Buffer.alloc(9 * 1024 * 1024) };
    await rejects(publisher.publish([demat, large], placeAt(1)), /MESSAGE_TOO_LARGE/);
    const next = await openPublisher(cluster, termsOf("large"), forEver);
    strictEqual(await next.committed(), null);
    await next.publish([], placeAt(0));
    deepStrictEqual(await idsOn(kafka.bootstrap, legs[0], "large"), []);
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
    await publisher.publish([], placeAt(11));
    strictEqual(await group.committed(eventsTopic, 1), 11);
    strictEqual(await group.committed(eventsTopic, 0), null);
    await group.close();
    // The offset stands or falls with the transactional id, not with the membership.
    await publisher.publish([], placeAt(12));
    strictEqual((await publisher.committed())?.next, 12);
    await publisher.close();
  });
});

const untilAll = { timeout: 30_000 + heldRuns * 3000 };
test(
  `R15: ${heldRuns} requests held past the timeout and delivered later tear no transaction`,
  untilAll,
  () => holdMany(kafka.bootstrap, "held", heldRuns, heldKinds),
);

test("the reconciler's reader sees what is committed, and nothing of what was aborted", () =>
  readsAlike(kafka.bootstrap));

test("R15: a commit whose answer is lost is thrown, and read by the next publisher as done", async () => {
  const proxy = await startFrameProxy(kafka.bootstrap);
  const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
  const older = await openPublisher(far, termsOf("answer"), forEver);
  await older.publish(trade("answer 0"), placeAt(1));
  const cutting = proxy.catch("response", apiKeys.endTxn, "cut");
  await rejects(older.publish(trade("answer 1"), placeAt(2)), /connection lost/);
  await cutting;
  strictEqual(proxy.count(apiKeys.endTxn), 2, "the commit was sent once");
  const newer = await openPublisher(cluster, termsOf("answer"), forEver);
  strictEqual((await newer.committed())?.next, 2);
  deepStrictEqual(await idsOn(kafka.bootstrap, legs[0], "answer"), ["answer 0", "answer 1"]);
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
  const from = (await next.committed())?.next ?? -1;
  ok(from >= 5);
  await publishAll(next, "killed", from, from + 3);
  const expected = Array.from({ length: from + 3 }, (_, i) => `killed ${i}`);
  for (const leg of legs) deepStrictEqual(await idsOn(kafka.bootstrap, leg, "killed"), expected);
  await Promise.all([publisher.close(), next.close()]);
});
