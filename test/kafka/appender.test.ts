import {
  deepStrictEqual,
  match,
  ok,
  partialDeepStrictEqual,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import type { AppendResult } from "../../src/services/log.ts";
import type { TestKafka } from "./broker.ts";
import { testClients, type TestClients } from "./clients.ts";
import { makeTopic } from "./topic.ts";
import { apiKeys, startFrameProxy, type FrameProxy } from "./frame-proxy.ts";
import { until } from "../acceptance/market-process.ts";

let clients: TestClients;
let kafka: TestKafka;
/** Straight to the broker. */
let log: KafkaLog;
let cluster: Cluster;

before(async () => {
  clients = await testClients(0);
  ({ kafka, log, cluster } = clients);
});

after(() => clients?.stop());

const records = (...values: string[]) =>
  values.map((value) => ({ key: null, value: Buffer.from(value) }));

/** What stands in the log, read straight from the broker. */
async function valuesIn(topic: string): Promise<(string | undefined)[]> {
  const { end } = await log.bounds(topic, 0);
  const reader = await log.reader(topic, 0, 0);
  const values: (string | undefined)[] = [];
  while (values.length < end) {
    for (const each of (await reader.read(1000)).records) values.push(each.value?.toString());
  }
  await reader.close();
  return values;
}

/** A log whose every byte goes through a proxy. */
async function withProxy(work: (proxy: FrameProxy, far: KafkaLog) => Promise<void>): Promise<void> {
  const proxy = await startFrameProxy(kafka.bootstrap);
  const far = openKafkaLog({ bootstrap: proxy.bootstrap, clientId: "far" });
  try {
    await work(proxy, far);
  } finally {
    await far.close();
    await proxy.close();
  }
}

test("where a partition begins and ends is asked over one connection, which is made anew when it is cut", () =>
  withProxy(async (proxy, far) => {
    const topic = await makeTopic(cluster, "bounds");
    const appender = await log.appender(topic, 0);
    for (let written = 0; written < 30; written += 1) {
      if (written === 20) proxy.cutAll();
      deepStrictEqual(await far.bounds(topic, 0), { start: 0, end: written });
      await appender.append(records("one more"));
    }
    await appender.close();
    const asked = proxy.count(apiKeys.metadata);
    ok(asked <= 3, `its leader was asked for ${asked} times`);
    await rejects(far.bounds(topic, 1), /bounds-1: the topic has no such partition/);
  }));

describe("R7: an append", { concurrency: true }, () => {
  test("stands at the answered offset + its index, in one request of one batch", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "one-batch");
      const appender = await far.appender(topic, 0);
      partialDeepStrictEqual(await appender.append(records("a", "b", "c")), {
        type: "at",
        offset: 0,
      });
      partialDeepStrictEqual(await appender.append(records("d")), { type: "at", offset: 3 });
      strictEqual(proxy.count(apiKeys.produce), 2);
      deepStrictEqual(await valuesIn(topic), ["a", "b", "c", "d"]);
      await appender.close();
    }));

  test("whose connection is reset before the broker got it is unanswered, and not sent again", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "reset-before");
      const appender = await far.appender(topic, 0);
      const caught = proxy.catch("request", apiKeys.produce, "cut");
      const result = await appender.append(records("a"));
      await caught;
      strictEqual(result.type, "unanswered");
      strictEqual(proxy.count(apiKeys.produce), 1);
      deepStrictEqual(await valuesIn(topic), []);
      // The same appender goes on when it is told to, on a new connection.
      partialDeepStrictEqual(await appender.append(records("a")), { type: "at", offset: 0 });
      await appender.close();
    }));

  test("whose connection is reset after the broker got it is unanswered, and stands once", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "reset-after");
      const appender = await far.appender(topic, 0);
      const caught = proxy.catch("response", apiKeys.produce, "cut");
      const result = await appender.append(records("a", "b"));
      await caught;
      strictEqual(result.type, "unanswered");
      strictEqual(proxy.count(apiKeys.produce), 1);
      deepStrictEqual(await valuesIn(topic), ["a", "b"]);
      partialDeepStrictEqual(await appender.append(records("a", "b")), { type: "at", offset: 2 });
      await appender.close();
    }));

  test("whose answer is lost is unanswered within about 3 s, and stands once", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "answer-lost");
      const appender = await far.appender(topic, 0);
      const caught = proxy.catch("response", apiKeys.produce, "drop");
      const started = performance.now();
      const result = await appender.append(records("a"));
      const tookMs = performance.now() - started;
      await caught;
      match(result.type === "unanswered" ? result.why : "", /no answer within 3000 ms/);
      ok(tookMs > 2900 && tookMs < 6000, `${tookMs} ms`);
      strictEqual(proxy.count(apiKeys.produce), 1);
      deepStrictEqual(await valuesIn(topic), ["a"]);
      await appender.close();
    }));

  test("held on the way lands after its successor's, and the old appender sees it by the offset", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "held");
      const old = await far.appender(topic, 0);
      partialDeepStrictEqual(await old.append(records("old 0")), { type: "at", offset: 0 });
      const holding = proxy.catch("request", apiKeys.produce, "hold");
      const sending = old.append(records("old 1"));
      const held = await holding;
      const successor = await log.appender(topic, 0);
      partialDeepStrictEqual(await successor.append(records("new 1")), { type: "at", offset: 1 });
      strictEqual((await sending).type, "unanswered");
      held.deliver();
      await until("all three stand there", async () => (await log.bounds(topic, 0)).end >= 3);
      partialDeepStrictEqual(await old.append(records("old 2")), { type: "at", offset: 3 });
      deepStrictEqual(await valuesIn(topic), ["old 0", "new 1", "old 1", "old 2"]);
      await Promise.all([old.close(), successor.close()]);
    }));

  test("answered late, while its sender still waits, is told where it stands", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "late");
      const appender = await far.appender(topic, 0);
      const holding = proxy.catch("response", apiKeys.produce, "hold");
      const sending = appender.append(records("a"));
      const held = await holding;
      await log.appender(topic, 0).then(async (other) => {
        await other.append(records("b"));
        await other.close();
      });
      held.deliver();
      partialDeepStrictEqual(await sending, { type: "at", offset: 0 });
      partialDeepStrictEqual(await appender.append(records("c")), { type: "at", offset: 2 });
      await appender.close();
    }));
});

describe("a refused append", () => {
  const refused = (result: AppendResult) => {
    if (result.type === "refused") return [result.retriable, result.why];
    return [result.type, result.type === "unanswered" ? result.why : result.offset];
  };

  test("does not stand, and is refused for good when it is too large", async () => {
    const topic = await makeTopic(cluster, "small", { configs: { "max.message.bytes": "1000" } });
    const appender = await log.appender(topic, 0);
    const [isRetriable, why] = refused(await appender.append(records("x".repeat(2000))));
    strictEqual(isRetriable, false, String(why));
    match(String(why), /^small, partition 0: MESSAGE_TOO_LARGE/);
    strictEqual((await log.bounds(topic, 0)).end, 0);
    partialDeepStrictEqual(await appender.append(records("y")), { type: "at", offset: 0 });
    await appender.close();
  });

  test("was never sent when there is no connection, and may be sent again", () =>
    withProxy(async (proxy, far) => {
      const topic = await makeTopic(cluster, "unconnected");
      const appender = await far.appender(topic, 0);
      await proxy.close();
      await sleep(50); // until this side has seen the connection go
      const [isRetriable] = refused(await appender.append(records("a")));
      strictEqual(isRetriable, true);
      strictEqual(proxy.count(apiKeys.produce), 0);
      await appender.close();
    }));

  test("breaks on overlapping calls, calls after close, and nothing to append", async () => {
    const appender = await log.appender(await makeTopic(cluster, "overlap"), 0);
    const first = appender.append(records("a"));
    await rejects(appender.append(records("b")), /two appends at once/);
    partialDeepStrictEqual(await first, { type: "at", offset: 0 });
    await rejects(appender.append([]), /without records/);
    await appender.close();
    await rejects(appender.append(records("c")), /after close/);
  });
});

test("a reader throws when its connection goes, and then goes on where it was", () =>
  withProxy(async (proxy, far) => {
    const topic = await makeTopic(cluster, "goes-on");
    const appender = await log.appender(topic, 0);
    await appender.append(records("a"));
    const reader = await far.reader(topic, 0, 0);
    strictEqual((await reader.read(5000)).records.length, 1);
    const reading = rejects(reader.read(20_000), /connection lost/);
    await sleep(50);
    proxy.cutAll();
    await reading;
    await appender.append(records("b"));
    const { records: more } = await reader.read(5000);
    deepStrictEqual(
      more.map(({ offset }) => offset),
      [1],
    );
    const closing = rejects(reader.read(20_000));
    await reader.close();
    await closing;
    await appender.close();
  }));

test("a broker that is killed and started again costs errors, no process and no record", async () => {
  const topic = await makeTopic(cluster, "killed");
  const appender = await log.appender(topic, 0);
  const reader = await log.reader(topic, 0, 0);
  partialDeepStrictEqual(await appender.append(records("a")), { type: "at", offset: 0 });
  const reading = reader.read(20_000).then(() => reader.read(20_000));
  const failing = rejects(reading);
  await kafka.kill();
  await failing;
  const [isRetriable] = [await appender.append(records("b"))].map(
    (result) => result.type === "refused" && result.retriable,
  );
  strictEqual(isRetriable, true);
  await kafka.restart();
  partialDeepStrictEqual(await appender.append(records("b")), { type: "at", offset: 1 });
  deepStrictEqual(await valuesIn(topic), ["a", "b"]);
  await Promise.all([reader.close(), appender.close()]);
});
