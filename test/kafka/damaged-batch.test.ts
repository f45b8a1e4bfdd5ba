import { deepEqual, equal, rejects } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { snapshotsTopic } from "../../src/protocol/topics.ts";
import { BatchDamaged } from "../../src/services/log.ts";
import { readSnapshotRecords } from "../../src/services/snapshots/snapshot-topic.ts";
import { until } from "../acceptance/market-process.ts";
import { testKafka, type TestKafka } from "./broker.ts";

// A broker gives what lies on its disk, also where a byte of it has changed: it compares nothing.

let kafka: TestKafka;
let log: KafkaLog;

before(async () => {
  kafka = await testKafka();
  log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  await log.createTopics(1);
  const appender = await log.appender(snapshotsTopic, 0);
  // A topic that was just made may have no leader for a moment.
  for (const text of ["before", "damaged", "behind"])
    await until(`${text} stands`, async () => {
      const record = { key: Buffer.from(text), value: Buffer.from(`value ${text}`) };
      return (await appender.append([record])).type === "at";
    });
  await appender.close();
  const path = join(kafka.dir, "log", `${snapshotsTopic}-0`, `${"0".repeat(20)}.log`);
  const bytes = await readFile(path);
  bytes.write("D", bytes.indexOf("value damaged") + "value ".length);
  await writeFile(path, bytes);
});

after(async () => {
  await log?.close();
  await kafka?.stop();
});

test("what stands before a damaged batch is read, and nobody reads on behind it without a word", async () => {
  const reader = await log.reader(snapshotsTopic, 0, 0);
  const { records } = await reader.read(1000);
  deepEqual(
    records.map(({ key }) => String(key)),
    ["before"],
  );
  for (let asked = 0; asked < 3; asked += 1)
    await rejects(reader.read(1000), (error: unknown) => {
      equal(error instanceof BatchDamaged && error.baseOffset, 1);
      return true;
    });
  await reader.close();
});

test("R18: a damaged batch among the snapshots hides none of those around it", async () => {
  const keys: string[] = [];
  for await (const { key } of readSnapshotRecords(log, 0, 0, 3)) keys.push(String(key));
  deepEqual(keys, ["before", "behind"]);
});
