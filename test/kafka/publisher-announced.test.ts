import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FeatureUpgradeTypes, updateFeaturesV1 } from "@platformatic/kafka";
import { openCluster, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { openPublisher } from "../../src/kafka/publisher.ts";
import { findTransactionWay } from "../../src/kafka/transaction.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { apiKeys, startFrameProxy } from "./frame-proxy.ts";
import { forEver, holdMany, idsOn, legs, publishAll, termsOf, trade } from "./publishing.ts";
import { until } from "../acceptance/market-process.ts";
import { placeAt } from "../place-at.ts";

/**
 * How many requests are held past the timeout and delivered later; more of them with this variable.
 */
const heldRuns = Number(process.env["SAUDA_HELD_RUNS"] ?? 10);
const heldKinds = [
  "endTxn",
  "addPartitionsToTxn",
  "produce",
  "txnOffsetCommit",
  "addOffsetsToTxn",
] as const;

let kafka: TestKafka;
let cluster: Cluster;

before(async () => {
  kafka = await testKafka();
  cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "test-announced" });
  const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  await log.createTopics(1);
  await log.close();
  await setTransactionVersion(0);
});

after(async () => {
  cluster?.close();
  await kafka?.stop();
});

/** As it is on a cluster of Kafka 3, or one that was not told yet that it is a newer one. */
async function setTransactionVersion(version: number): Promise<void> {
  const upgradeType =
    version === 2 ? FeatureUpgradeTypes.UPGRADE : FeatureUpgradeTypes.SAFE_DOWNGRADE;
  const update = { feature: "transaction.version", maxVersionLevel: version, upgradeType };
  await cluster.ask(updateFeaturesV1.api, 3000, [update], false);
  // The broker learns it from the controller a moment later.
  await until(
    "the cluster has changed its mind",
    async () => ((await findTransactionWay(cluster)).name === "runAnnounced") === version < 2,
  );
}

describe("R15: on a cluster without transaction version 2, a publisher", () => {
  test("announces what it writes, and keeps its epoch", async (t) => {
    const proxy = await startFrameProxy(kafka.bootstrap);
    t.after(() => proxy.close());
    const far = openCluster({ bootstrap: proxy.bootstrap, clientId: "far" });
    t.after(() => far.close());
    const publisher = await openPublisher(far, termsOf("announces"), forEver);
    await publisher.publish([], placeAt(0));
    await publishAll(publisher, "announces", 0, 5);
    strictEqual((await publisher.committed())?.next, 5);
    const expected = Array.from({ length: 5 }, (_, i) => `announces ${i}`);
    for (const leg of legs)
      deepStrictEqual(await idsOn(kafka.bootstrap, leg, "announces"), expected);
    strictEqual(proxy.count(apiKeys.addOffsetsToTxn), 6);
    strictEqual(proxy.count(apiKeys.describeTransactions), 0);
    await publisher.close();
  });

  test("fences the older one", async () => {
    const older = await openPublisher(cluster, termsOf("older"), forEver);
    await publishAll(older, "older", 0, 2);
    const newer = await openPublisher(cluster, termsOf("older"), forEver);
    const late = older.publish(trade("older zombie"), placeAt(9));
    await rejects(late, /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/);
    await publishAll(newer, "older", 2, 3);
    strictEqual((await newer.committed())?.next, 3);
    await Promise.all([older.close(), newer.close()]);
  });

  const untilAll = { timeout: 30_000 + heldRuns * 3000 };
  test(`${heldRuns} requests held past the timeout tear no transaction`, untilAll, () =>
    holdMany(kafka.bootstrap, "held", heldRuns, heldKinds),
  );

  test("takes the new way in its next life after the cluster's upgrade", async () => {
    const before = await openPublisher(cluster, termsOf("upgraded"), forEver);
    await publishAll(before, "upgraded", 0, 2);
    await setTransactionVersion(2);
    await publishAll(before, "upgraded", 2, 4);
    await before.close();
    const next = await openPublisher(cluster, termsOf("upgraded"), forEver);
    await publishAll(next, "upgraded", 4, 6);
    const expected = Array.from({ length: 6 }, (_, i) => `upgraded ${i}`);
    for (const leg of legs)
      deepStrictEqual(await idsOn(kafka.bootstrap, leg, "upgraded"), expected);
    await next.close();
  });
});
