import { deepStrictEqual } from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openCluster, connectToLeader, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { produceById } from "../../src/kafka/produce.ts";
import { batchLayout as at, encodeBatch } from "../../src/kafka/record-batch.ts";
import { until } from "../acceptance/market-process.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { withPacked } from "./packed-batch.ts";
import { makeTopic } from "./topic.ts";

// A real broker takes a batch that Java unpacks and Node does not: a gzip member with the beginning
// of another behind it.

const topic = "sell-offers";
const timeoutMs = 5000;
let kafka: TestKafka;
let cluster: Cluster;

before(async () => {
  kafka = await testKafka();
  cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "stranger" });
  await makeTopic(cluster, topic);
});

after(async () => {
  cluster?.close();
  await kafka?.stop();
});

const plain = (text: string): Buffer => encodeBatch([{ key: null, value: Buffer.from(text) }], 0);

function broken(): Buffer {
  const batch = plain("broken");
  const packed = Buffer.concat([gzipSync(batch.subarray(at.records)), Buffer.from([0x1f, 0x8b])]);
  return withPacked(batch, packed);
}

test("a batch that only Java unpacks stops nobody: a source's relay and a public topic's reader go on behind it", async () => {
  const { connection, topicId } = await connectToLeader(cluster, topic, 0);
  // A topic that was just made may have no leader for a moment: a batch stands where the broker
  // says so.
  for (const [offset, batch] of [plain("before"), broken(), plain("behind")].entries())
    await until(`batch ${offset} stands`, async () => {
      const record = { topic, partition: 0, batch };
      const answer = await connection.call(produceById, timeoutMs, topicId, timeoutMs, record);
      return answer.errorCode === 0 && answer.baseOffset === offset;
    });
  connection.destroy();
  const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "reader" });
  try {
    const source = await log.sourceReader(topic, 0, 0);
    const entries: unknown[] = [];
    for (let next = 0; next < 3;) {
      const read = await source.read(1000);
      for (const entry of read.entries)
        entries.push(
          "packedBytes" in entry
            ? [entry.firstOffset, "packed"]
            : [entry.offset, String(entry.value)],
        );
      next = read.next;
    }
    await source.close();
    deepStrictEqual(entries, [
      [0, "before"],
      [1, "packed"],
      [2, "behind"],
    ]);
    const reader = await log.committedReader(topic, 0, 0);
    const records: unknown[] = [];
    for (let next = 0; next < 3;) {
      const read = await reader.read(1000);
      records.push(...read.records.map(({ offset, value }) => [offset, String(value)]));
      next = read.next;
    }
    await reader.close();
    deepStrictEqual(records, [
      [0, "before"],
      [1, "null"],
      [2, "behind"],
    ]);
  } finally {
    await log.close();
  }
});
