import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { after, before, test } from "node:test";
import { seeded } from "../../bench/orders.ts";
import { awaitLegs, openLoad, type Load } from "../../chaos/load.ts";
import { deskText, newSecret } from "../../src/cli/keys/keys-file.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { snapshotsTopic } from "../../src/protocol/topics.ts";
import { readSnapshotRecords } from "../../src/services/snapshots/snapshot-topic.ts";
import { testKafka, type TestKafka } from "../kafka/broker.ts";
import { makeTopic } from "../kafka/topic.ts";
import { checkWholeMarket } from "./market-records.ts";
import {
  groupLimitMs,
  sauda,
  startSauda,
  timeoutMs,
  until,
  type SaudaProcess,
} from "./market-process.ts";
import { openTopics, type Topics } from "./records.ts";

// Services as processes of their own, on a real Kafka whose snapshots are compacted at once.
const started: SaudaProcess[] = [];
let kafka: TestKafka;
let log: KafkaLog;
let topics: Topics;
let load: Load;
const deskSecret = newSecret();

before(async () => {
  kafka = await testKafka();
  log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "snapshots" });
  topics = openTopics(kafka.bootstrap);
  const compacted = { "cleanup.policy": "compact", "max.message.bytes": String(8 * 1024 * 1024) };
  const atOnce = { "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001" };
  const configs = { ...compacted, ...atOnce, "delete.retention.ms": "100" };
  await makeTopic(topics.cluster, snapshotsTopic, { configs });
  await log.createTopics(1);
});

after(async () => {
  for (const process of started) process.signal("SIGKILL");
  await load?.close();
  await topics?.close();
  await log?.close();
  await kafka?.stop();
});

function start(...words: readonly string[]): SaudaProcess {
  const env = { SAUDA_DESK_KEY: deskSecret };
  const process = startSauda([...words, "--json", "--kafka", kafka.bootstrap], { env });
  started.push(process);
  return process;
}

const exchange = (): SaudaProcess =>
  start("exchange", "--snapshot-steps", "200", "--session-timeout", "2");
const report = (type: string): RegExp => new RegExp(`"type":"${type}"`);
const snapshots = (): ReturnType<typeof sauda> =>
  sauda(["snapshot", "list", "--json", "--kafka", kafka.bootstrap]);

test(
  "kill -9 of the exchange under orders: its standby, which took a snapshot meanwhile, goes on from its warm state, and nothing is lost or twice",
  { timeout: groupLimitMs },
  async (context) => {
    const first = exchange();
    await first.line(report("claimed"));
    const standby = exchange();
    await standby.line(report("standby"));
    for (const name of ["intake", "publisher"]) start(name);
    load = await openLoad(kafka.bootstrap, "snapshots", seeded(11));
    await load.send(300, 300);
    await standby.line(report("snapshot"));
    const sending = load.send(600, 300);
    const killedAtMs = performance.now();
    first.signal("SIGKILL");
    await standby.line(report("claimed"));
    const tookMs = Math.round(performance.now() - killedAtMs);
    const isCrowded = (loadavg()[0] ?? 0) > 1.5 * availableParallelism();
    context.diagnostic(`taken over after ${tookMs} ms${isCrowded ? ", machine crowded" : ""}`);
    if (!isCrowded) ok(tookMs < 5000, `taken over after ${tookMs} ms`);
    await sending;
    await awaitLegs(topics, load, timeoutMs);
    await checkWholeMarket(topics, kafka.bootstrap);
  },
);

test(
  "all exchanges and the publisher are killed: who starts next goes on from the snapshot, and nothing is lost or twice",
  { timeout: groupLimitMs },
  async () => {
    const third = exchange();
    match(await third.line(report("restored")), /"seq":[1-9]/);
    await third.line(report("standby"));
    await load.send(100, 300);
    for (const process of started) process.signal("SIGKILL");
    const fourth = exchange();
    await fourth.line(report("restored"));
    await fourth.line(report("claimed"));
    for (const name of ["intake", "publisher"]) start(name);
    await load.send(100, 300);
    await awaitLegs(topics, load, timeoutMs);
    await checkWholeMarket(topics, kafka.bootstrap);
    const { code, out } = await snapshots();
    strictEqual(code, 0, out.join("\n"));
    // One that an exchange was killed over may lie before it.
    match(out.at(-1) ?? "", /"good":true/);
  },
);

test(
  "snapshots that were taken by hand and compacted together are three, all good, and a start goes on from the newest",
  { timeout: groupLimitMs },
  async () => {
    for (let count = 0; count < 4; count += 1) {
      await load.send(20, 300);
      await awaitLegs(topics, load, timeoutMs);
      const { code, out, err } = await sauda(["snapshot", "take", "--kafka", kafka.bootstrap]);
      strictEqual(code, 0, [...out, ...err].join("\n"));
      match(out[0] ?? "", /^TAKEN {2}shard 0 {3}\d+-[0-9a-f]{16} {3}step/);
    }
    const filling = await log.appender(snapshotsTopic, 0);
    const isCompacted = async (): Promise<boolean> => {
      // What was written last is not compacted yet.
      await filling.append([{ key: Buffer.from("filler"), value: Buffer.from("x") }]);
      const { start: from, end } = await log.bounds(snapshotsTopic, 0);
      let records = 0;
      for await (const _ of readSnapshotRecords(log, 0, from, end)) records += 1;
      return records <= end - from - 12;
    };
    await until("old snapshots are compacted away", isCompacted, 2 * timeoutMs);
    await filling.close();
    const { code, out } = await snapshots();
    strictEqual(code, 0, out.join("\n"));
    strictEqual(out.length, 3);
    ok(out.every((line) => line.includes('"good":true')));
    const newest = (JSON.parse(out[0] ?? "{}") as { id: string }).id;
    const next = exchange();
    match(await next.line(report("restored")), new RegExp(newest));
  },
);

/** A gateway that serves: what it answers, and how soon it did. */
async function serving(): Promise<{
  readonly process: SaudaProcess;
  readonly tookMs: number;
  readonly restoredSeq: number;
  readonly answers: readonly string[];
}> {
  const beganMs = performance.now();
  const process = start("gateway", "--http-port", "0", "--desk-only");
  const { seq } = JSON.parse(await process.line(report("restored"))) as { seq: number };
  await process.line(report("serving"));
  const { url } = JSON.parse(await process.line(report("listening"))) as { url: string };
  const headers = { authorization: `Bearer ${deskText(deskSecret)}` };
  const answers: string[] = [];
  let tookMs = 0;
  for (const path of ["orders?limit=1000", "trades?limit=1000", "accounts", "positions"]) {
    const answer = await fetch(`${url}/v1/${path}`, { headers });
    const text = await answer.text();
    strictEqual(answer.status, 200, text);
    answers.push(text);
    tookMs ||= Math.round(performance.now() - beganMs);
  }
  return { process, tookMs, restoredSeq: seq, answers };
}

test(
  "kill -9 of a gateway: those that start next, two at once, begin at the snapshot and answer what it answered",
  { timeout: groupLimitMs },
  async (context) => {
    for (const name of ["intake", "publisher"]) start(name);
    await load.send(100, 300);
    await awaitLegs(topics, load, timeoutMs);
    const first = await serving();
    first.process.signal("SIGKILL");
    await first.process.ended();
    const [second, third] = await Promise.all([serving(), serving()]);
    for (const { answers, restoredSeq, tookMs } of [second, third]) {
      deepStrictEqual(answers, first.answers);
      ok(restoredSeq > 1000, `restored at step ${restoredSeq}`);
      context.diagnostic(`first right answer after ${tookMs} ms`);
    }
    const { orders } = JSON.parse(second.answers[0] ?? "{}") as { orders: unknown[] };
    ok(orders.length > 900);
    const { trades } = JSON.parse(second.answers[1] ?? "{}") as { trades: unknown[] };
    ok(trades.length > 100);
  },
);
