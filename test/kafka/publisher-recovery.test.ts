import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  ConfigResourceTypes,
  endTxnV3,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
  initProducerIdV4,
  txnOffsetCommitV3,
} from "@platformatic/kafka";
import { openCluster, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { openPublisher } from "../../src/kafka/publisher.ts";
import type { PublisherTerms } from "../../src/kafka/publisher-terms.ts";
import { formatMetadata } from "../../src/kafka/publisher-recovery.ts";
import { produceByName } from "../../src/kafka/produce.ts";
import { openPublisherConnections } from "../../src/kafka/publisher-connections.ts";
import { encodeBatch } from "../../src/kafka/record-batch.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import type { PublicRecord } from "../../src/services/log.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { readCommittedRecords } from "./committed-reader.ts";
import { placeAt } from "../place-at.ts";

/**
 * The parts of one transaction. What is not known to the coordinator gets no mark, as if it
 * were lost.
 */
const parts = ["Demat_allocation", "Cash_movement", "offset"] as const;
type Part = (typeof parts)[number];
const legs = parts.slice(0, 2);

let kafka: TestKafka;
let cluster: Cluster;
const forEver = new AbortController().signal;

before(async () => {
  kafka = await testKafka();
  cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "test-recovery" });
  const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  await log.createTopics(1);
  await log.close();
  // Lets a test write in a transaction that the coordinator knows nothing of.
  const change = {
    name: "transaction.partition.verification.enable",
    configOperation: IncrementalAlterConfigOperationTypes.SET,
    value: "false",
  };
  const everyBroker = {
    resourceType: ConfigResourceTypes.BROKER,
    resourceName: "",
    configs: [change],
  };
  await cluster.ask(incrementalAlterConfigsV1.api, [everyBroker], false);
});

after(async () => {
  cluster?.close();
  await kafka?.stop();
});

const trade = (id: string): PublicRecord<string>[] =>
  legs.map((topic) => ({ topic, partition: 0, key: null, value: Buffer.from(id), headers: [] }));

async function idsOn(topic: string, prefix: string): Promise<string[]> {
  const records = await readCommittedRecords(kafka.bootstrap, topic, 0);
  return records.map(({ value }) => value?.toString() ?? "").filter((id) => id.startsWith(prefix));
}

/** Writes trade 1 and offset 2 in a transaction that ends for the `known` parts only. */
async function loseMarks(
  terms: PublisherTerms,
  written: readonly Part[],
  known: readonly Part[],
  isCommit: boolean,
): Promise<void> {
  const { transactionalId, group, topic, partition } = terms;
  const connections = openPublisherConnections(cluster, transactionalId, group);
  const init = [transactionalId, 10_000, -1n, -1] as const;
  const { producerId, producerEpoch } = await connections.ask(
    "transaction",
    initProducerIdV4.api,
    ...init,
  );
  const who = [transactionalId, producerId, producerEpoch] as const;
  const topics = legs
    .filter((leg) => known.includes(leg))
    .map((name) => ({ name, partitions: [0] }));
  if (topics.length > 0) {
    const joined = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics };
    await connections.ask("transaction", addPartitionsToTxnV3.api, [joined]);
  }
  if (known.includes("offset")) {
    await connections.ask("transaction", addOffsetsToTxnV3.api, ...who, group);
  }
  const atMs = Date.now() + 5;
  const value = Buffer.from(`${transactionalId} 1`);
  const producer = {
    id: producerId,
    epoch: producerEpoch,
    firstSequence: 0,
    isTransactional: true,
  };
  const batch = encodeBatch([{ key: null, value }], atMs, producer);
  const batches = legs
    .filter((leg) => written.includes(leg))
    .map((leg) => ({ topic: leg, partition: 0, batch }));
  if (batches.length > 0) await connections.produce(produceByName, batches);
  const offset = { partitionIndex: partition, committedOffset: 2n, committedLeaderEpoch: -1 };
  const offsets = [
    { name: topic, partitions: [{ ...offset, committedMetadata: formatMetadata(atMs) }] },
  ];
  const nobody = [-1, "", null] as const;
  const commit = [transactionalId, group, producerId, producerEpoch, ...nobody, offsets] as const;
  await connections.ask("group", txnOffsetCommitV3.api, ...commit);
  if (known.length > 0) await connections.ask("transaction", endTxnV3.api, ...who, isCommit);
  connections.destroy();
}

const cases: readonly (readonly [Part[], Part[], "commit" | "abort", number])[] = [
  // written, with a mark, the decision, the offset that must be read afterwards
  [[...parts], [], "commit", 2],
  [[...parts], ["Demat_allocation"], "commit", 2],
  [[...parts], ["Demat_allocation"], "abort", 1],
  [[...parts], ["offset"], "commit", 2],
  [[...parts], ["offset"], "abort", 1],
  [[...parts], [...legs], "commit", 2],
  [[...parts], [...legs], "abort", 1],
  [[...parts], ["Cash_movement", "offset"], "commit", 2],
  [[...parts], ["Cash_movement", "offset"], "abort", 1],
  [["offset"], [], "commit", 2],
];

describe("R15: a transaction whose marks a broker lost is ended as it was decided", () => {
  for (const [index, [written, known, decision, expected]] of cases.entries()) {
    const what = known.length === 0 ? "nowhere" : `on ${known.join(" and ")}`;
    test(`${decision} of ${written.length} parts, marked ${what}`, async () => {
      const name = `lost${index}`;
      const place = { topic: eventsTopic, partition: 0, outputs: legs };
      const terms = { transactionalId: name, group: name, ...place };
      const older = await openPublisher(cluster, terms, forEver);
      await older.publish([], placeAt(0));
      await older.publish(trade(`${name} 0`), placeAt(1));
      await older.close();
      await loseMarks(terms, written, known, decision === "commit");
      const newer = await openPublisher(cluster, terms, forEver);
      strictEqual((await newer.committed())?.next, expected);
      if (expected === 1) await newer.publish(trade(`${name} 1`), placeAt(2));
      await newer.publish(trade(`${name} 2`), placeAt(3));
      const ids = (written.length === 1 ? [0, 2] : [0, 1, 2]).map((i) => `${name} ${i}`);
      for (const leg of legs) deepStrictEqual(await idsOn(leg, name), ids);
      await newer.close();
    });
  }
});
