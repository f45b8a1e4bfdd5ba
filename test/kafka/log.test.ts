import {
  deepStrictEqual,
  match,
  ok,
  partialDeepStrictEqual,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  createPartitionsV3,
  deleteRecordsV2,
  deleteTopicsV6,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
  Producer,
} from "@platformatic/kafka";
import { type Cluster, connectToLeader } from "../../src/kafka/cluster.ts";
import { KafkaUnreachable } from "../../src/kafka/errors.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { openPublisher } from "../../src/kafka/publisher.ts";
import {
  commandsTopic,
  deadLettersTopic,
  eventsTopic,
  topicSpecs,
} from "../../src/protocol/topics.ts";
import { OutsideLog, type LogRecord, type Reader } from "../../src/services/log.ts";
import type { TestKafka } from "./broker.ts";
import { testClients, type TestClients } from "./clients.ts";
import { makeTopic } from "./topic.ts";
import { until } from "../acceptance/market-process.ts";
import { placeAt } from "../place-at.ts";

let clients: TestClients;
let kafka: TestKafka;
let log: KafkaLog;
let cluster: Cluster;

before(async () => {
  clients = await testClients(1);
  ({ kafka, log, cluster } = clients);
});

after(() => clients?.stop());

/** Reads until `count` records are there, and checks that offsets follow each other. */
async function readRecords(reader: Reader, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) records.push(...(await reader.read(5000)).records);
  for (const [index, record] of records.entries()) {
    strictEqual(record.offset, (records[0]?.offset ?? 0) + index);
  }
  return records;
}

const record = (value: string, key: string | null = "sauda") => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
});

async function setConfig(topic: string, name: string, value: string): Promise<void> {
  const change = { name, configOperation: IncrementalAlterConfigOperationTypes.SET, value };
  const resource = { resourceType: 2 as const, resourceName: topic, configs: [change] };
  await cluster.ask(incrementalAlterConfigsV1.api, [resource], false);
}

/** A changed setting reaches the broker's answers a moment later. */
async function problemsOnceThereAre(count: number): Promise<readonly string[]> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const problems = await log.findTopicProblems(1);
    if (problems.length === count || performance.now() > deadline) return problems;
  }
}

describe("the topics", () => {
  test("are made as they must be, once", async () => {
    deepStrictEqual(await log.findTopicProblems(1), []);
    const before = await log.topicId(eventsTopic);
    await log.createTopics(1);
    strictEqual(await log.topicId(eventsTopic), before);
    strictEqual(await log.partitions(eventsTopic), 1);
  });

  const settings = [
    [eventsTopic, "cleanup.policy", "compact", "delete"],
    [commandsTopic, "retention.ms", "604800000", "-1"],
    [eventsTopic, "retention.bytes", "1073741824", "-1"],
    [eventsTopic, "max.message.bytes", "1048588", "8388608"],
    [deadLettersTopic, "max.message.bytes", "1048588", "2097152"],
  ] as const;
  for (const [topic, setting, found, needed] of settings) {
    test(`R1: ${topic} with ${setting} ${found} is named`, async () => {
      await setConfig(topic, setting, found);
      const problems = await problemsOnceThereAre(1);
      await setConfig(topic, setting, needed);
      strictEqual(problems.length, 1);
      match(
        problems[0] ?? "",
        new RegExp(`^${topic}: ${setting}: found ${found}, needed ${needed}\\.`),
      );
      match(problems[0] ?? "", new RegExp(`--add-config ${setting}=${needed}`));
      deepStrictEqual(await problemsOnceThereAre(0), []);
    });
  }

  test("R1: another number of partitions, and a missing topic, are named; all can be made anew", async () => {
    const assignments = [{ brokerIds: [1] }, { brokerIds: [1] }];
    const more = { name: eventsTopic, count: 3, assignments };
    await cluster.ask(createPartitionsV3.api, [more], 3000, false);
    await until("it has grown", async () => (await log.partitions(eventsTopic)) >= 3);
    const [problem, ...others] = await log.findTopicProblems(1);
    match(problem ?? "", /^sauda\.events: partitions: found 3, needed 1\./);
    deepStrictEqual(others, []);
    const oldId = await log.topicId(eventsTopic);
    await log.deleteMarket([]);
    strictEqual((await log.findTopicProblems(1)).length, topicSpecs.length);
    await log.createTopics(1);
    deepStrictEqual(await log.findTopicProblems(1), []);
    ok((await log.topicId(eventsTopic)) !== oldId, "a topic made anew is another topic");
  });
});

describe("a reader", () => {
  test("gives records as they were written, from any offset, with the end", async () => {
    const topic = await makeTopic(cluster, "as-written");
    const appender = await log.appender(topic, 0);
    const before = Date.now();
    await appender.append([record("a"), record("b", null), record(""), record("d", "")]);
    await appender.append([record("e")]);
    const reader = await log.reader(topic, 0, 0);
    const { records, end } = await reader.read(5000);
    strictEqual(end, 5);
    deepStrictEqual(
      records.map(({ offset, key, value, isControl }) => [
        offset,
        key?.toString(),
        value?.toString(),
        isControl,
      ]),
      [
        [0, "sauda", "a", false],
        [1, undefined, "b", false],
        [2, "sauda", "", false],
        [3, "", "d", false],
        [4, "sauda", "e", false],
      ],
    );
    for (const { timestampMs } of records) ok(timestampMs >= before && timestampMs <= Date.now());
    for (const from of [1, 2, 3, 4]) {
      const later = await log.reader(topic, 0, from);
      deepStrictEqual(
        (await later.read(5000)).records.map(({ offset }) => offset),
        [0, 1, 2, 3, 4].slice(from),
      );
      await later.close();
    }
    await reader.close();
    await appender.close();
  });

  test("gives a record of 8 MiB", async () => {
    const topic = await makeTopic(cluster, "large", {
      configs: { "max.message.bytes": String(8 * 1024 * 1024) },
    });
    const appender = await log.appender(topic, 0);
    const value = Buffer.alloc(8 * 1024 * 1024 - 100, 7);
    partialDeepStrictEqual(await appender.append([{ key: null, value }]), {
      type: "at",
      offset: 0,
    });
    const reader = await log.reader(topic, 0, 0);
    ok((await reader.read(5000)).records[0]?.value?.equals(value));
    await Promise.all([reader.close(), appender.close()]);
  });

  test("waits for the first record, and no longer than asked", async () => {
    const topic = await makeTopic(cluster, "waits");
    const reader = await log.reader(topic, 0, 0);
    const appender = await log.appender(topic, 0);
    let started = performance.now();
    deepStrictEqual(await reader.read(300), { records: [], end: 0 });
    ok(performance.now() - started < 2000);
    started = performance.now();
    const waiting = reader.read(20_000);
    await appender.append([record("now")]);
    strictEqual((await waiting).records.length, 1);
    ok(performance.now() - started < 5000);
    await Promise.all([reader.close(), appender.close()]);
  });

  test("decompresses, and shows control records so that offsets stay contiguous", async () => {
    const topic = await makeTopic(cluster, "compressed");
    const common = {
      clientId: "test",
      bootstrapBrokers: [kafka.bootstrap],
      autocreateTopics: false,
    };
    const algorithms = ["gzip", "snappy", "lz4", "zstd"] as const;
    const values = (name: string) => [0, 1, 2].map((i) => `${name} ${i} `.repeat(200));
    for (const compression of algorithms) {
      const producer = new Producer({ ...common, compression });
      const messages = values(compression).map((value) => ({
        topic,
        partition: 0,
        value: Buffer.from(value),
      }));
      await producer.send({ messages });
      await producer.close();
    }
    const place = { topic: eventsTopic, partition: 0, outputs: [topic] };
    const terms = { transactionalId: "t", group: "t", ...place };
    const publisher = await openPublisher(cluster, terms, new AbortController().signal);
    const published = { topic, partition: 0, key: null, value: Buffer.from("in"), headers: [] };
    await publisher.publish([published], placeAt(0));
    await publisher.close();
    const reader = await log.reader(topic, 0, 1);
    const records = await readRecords(reader, 13);
    const expected = [...algorithms.flatMap(values).slice(1), "in"];
    deepStrictEqual(
      records.slice(0, 12).map(({ value }) => value?.toString()),
      expected,
    );
    const { key, value, isControl } = records[12] ?? {};
    deepStrictEqual({ key, value, isControl }, { key: null, value: null, isControl: true });
    await reader.close();
  });

  test("R4: stops outside the log: past the end, before the start, in a topic made anew", async () => {
    const topic = await makeTopic(cluster, "outside");
    const appender = await log.appender(topic, 0);
    await appender.append([record("a"), record("b"), record("c")]);
    const past = await log.reader(topic, 0, 4);
    await rejects(past.read(200), OutsideLog);
    const { connection } = await connectToLeader(cluster, topic, 0);
    const cutAt = { name: topic, partitions: [{ partitionIndex: 0, offset: 2n }] };
    await connection.call(deleteRecordsV2.api, 3000, [cutAt], 3000);
    connection.destroy();
    deepStrictEqual(await log.bounds(topic, 0), { start: 2, end: 3 });
    const before = await log.reader(topic, 0, 1);
    await rejects(before.read(200), OutsideLog);
    const inside = await log.reader(topic, 0, 2);
    strictEqual((await inside.read(5000)).records.length, 1);

    await cluster.ask(deleteTopicsV6.api, [{ name: topic }], 3000);
    await until("it is gone", async () => (await cluster.findTopic(topic)) === null);
    await makeTopic(cluster, topic);
    await rejects(inside.read(5000), OutsideLog);
    const refused = await appender.append([record("d")]);
    strictEqual(refused.type, "refused");
    const again = await appender.append([record("d")]);
    ok(
      again.type === "refused" && !again.retriable,
      "it does not follow the name to another topic",
    );
    deepStrictEqual(await log.bounds(topic, 0), { start: 0, end: 0 });
    await Promise.all([past, before, inside, appender].map((each) => each.close()));
  });

  test("is fast: small records, one after the other", async () => {
    const topic = await makeTopic(cluster, "fast");
    const appender = await log.appender(topic, 0);
    const batch = Array.from({ length: 2000 }, (_, i) => record(`${i}`.padEnd(100)));
    for (let i = 0; i < 50; i++) await appender.append(batch);
    const reader = await log.reader(topic, 0, 0);
    const before = process.cpuUsage();
    await readRecords(reader, 100_000);
    const { user, system } = process.cpuUsage(before);
    const usEach = (user + system) / 100_000;
    // CPU time, for a busy machine takes the clock's. Measured 2 to 4; the limit only catches a
    // wrong turn.
    ok(usEach < 16, `${usEach.toFixed(1)} us of CPU a record`);
    await Promise.all([reader.close(), appender.close()]);
  });
});

describe("Kafka that cannot be used", () => {
  const ways = [
    ["localhost:1", /^Kafka at localhost:1 cannot be reached: nothing listens there/],
    ["no.such.host.invalid:9092", /cannot be reached/],
    ["localhost:0", /expected host:port/],
    ["", /expected host:port/],
  ] as const;
  for (const [bootstrap, expected] of ways) {
    test(`"${bootstrap}" is explained in one line`, async () => {
      await rejects(
        async () => openKafkaLog({ bootstrap, clientId: "test" }).topicId(eventsTopic),
        (error: Error) => {
          ok(error instanceof KafkaUnreachable);
          match(error.message, expected);
          ok(!error.message.includes("\n"));
          return true;
        },
      );
    });
  }
});
