import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readTerms } from "../../src/cli/market/market-terms.ts";
import {
  runService,
  serviceNames,
  workingReport,
  type ServiceName,
} from "../../src/cli/market/run-service.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { commandsTopic, eventsTopic, topicSpecs } from "../../src/protocol/topics.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { Stop } from "../../src/services/stop.ts";

const participants = join(import.meta.dirname, "..", "..", "participants.json");
const internal = topicSpecs.find(({ name }) => name === eventsTopic)?.config ?? {};

/**
 * Runs the service until it reports `until`, by default that it works; then ends it. Rejects with
 * what it threw.
 */
async function start(
  cluster: MemoryCluster,
  name: ServiceName,
  { mode, until = workingReport[name] }: { mode?: "strict"; until?: string } = {},
): Promise<void> {
  const terms = await readTerms(participants, mode);
  const log = openMemoryLog(cluster, name);
  const ended = new AbortController();
  const report = ({ type }: { type: string }): void => {
    if (type === until) ended.abort();
  };
  await runService(name, { ...terms, log, report }, ended.signal);
}

function stopsWith(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Stop, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

const wrong: readonly [string, (cluster: MemoryCluster) => void, RegExp][] = [
  [
    "two partitions",
    (cluster) => cluster.createTopic(eventsTopic, 2, internal),
    /sauda\.events.*2/,
  ],
  [
    "compacted",
    (cluster) => cluster.createTopic(eventsTopic, 1, { ...internal, "cleanup.policy": "compact" }),
    /sauda\.events.*cleanup\.policy.*compact/,
  ],
  [
    "seven days",
    (cluster) =>
      cluster.createTopic(commandsTopic, 1, { ...internal, "retention.ms": "604800000" }),
    /sauda\.commands.*retention\.ms.*604800000/,
  ],
];

for (const [what, spoil, says] of wrong) {
  for (const name of serviceNames) {
    test(`R1: ${name} stops at a log with ${what}, and names it`, async () => {
      const cluster = openMemoryCluster(1);
      spoil(cluster);
      await assert.rejects(start(cluster, name), stopsWith(says));
    });
  }
}

test("R2: an exchange with other terms than the log's stops and names the difference", async () => {
  const cluster = openMemoryCluster(1);
  await start(cluster, "exchange");
  await assert.rejects(
    start(cluster, "exchange", { mode: "strict" }),
    stopsWith(/made otherwise: termsDigest/),
  );
});

test("R1: an exchange stops where the commands were made anew under the log", async () => {
  const cluster = openMemoryCluster(1);
  await start(cluster, "exchange");
  cluster.createTopic(commandsTopic, 1, internal);
  await assert.rejects(start(cluster, "exchange"), stopsWith(/made otherwise: commandsTopicId/));
});

/** A market with some orders decided and published, whose services have ended. */
async function oldMarket(): Promise<MemoryCluster> {
  const cluster = openMemoryCluster(1);
  const order = { order_id: "b1", buyer: "HDFC", stock_symbol: "SBI", quantity: 1 };
  const value = Buffer.from(JSON.stringify({ ...order, price_per_unit: 985 }));
  cluster.partition("buy-orders", 0).append([{ key: null, value }], 0);
  const isDone = (): boolean => cluster.partition("sauda.executions", 0).end > 0;
  await Promise.all(serviceNames.map((name) => runUntil(cluster, name, isDone)));
  return cluster;
}

/** Runs the service until it is so, or rejects with what it threw; at most 20 seconds. */
async function runUntil(
  cluster: MemoryCluster,
  name: ServiceName,
  isSo: () => boolean,
  onReport: (report: { readonly type: string }) => void = () => {},
  spoil: (log: MarketLog) => MarketLog = (log) => log,
): Promise<void> {
  const terms = await readTerms(participants);
  const log = spoil(openMemoryLog(cluster, name));
  const ended = new AbortController();
  const timer = setInterval(() => isSo() && ended.abort(), 10);
  const tooLong = setTimeout(() => ended.abort(), 20_000);
  try {
    await runService(name, { ...terms, log, report: onReport }, ended.signal);
    assert.ok(isSo(), `${name} went on for 20 s`);
  } finally {
    clearInterval(timer);
    clearTimeout(tooLong);
    await log.close();
  }
}

const never = (): boolean => false;

test("where the head of the log was deleted exchange and publisher stop, and say the way on", async () => {
  for (const name of ["exchange", "publisher"] as const) {
    const cluster = await oldMarket();
    cluster.partition(eventsTopic, 0).deleteHead(1);
    const says = stopsWith(/sauda\.events-0 is not whole.*before 1 has been deleted.*sauda reset/);
    await assert.rejects(runUntil(cluster, name, never), says);
  }
});

test("where the commands were deleted up to the last cause, or beyond, the exchange stops", async () => {
  const cluster = await oldMarket();
  const { end } = cluster.partition(commandsTopic, 0);
  cluster
    .partition(commandsTopic, 0)
    .append([{ key: Buffer.from("sauda"), value: Buffer.from("{}") }], 0);
  cluster.partition(commandsTopic, 0).deleteHead(end + 1);
  const says = stopsWith(/sauda\.commands-0 is not whole.*has been deleted.*sauda reset/);
  await assert.rejects(runUntil(cluster, "exchange", never), says);
});

test("where commands are deleted under an exchange at work it stops", async () => {
  const cluster = await oldMarket();
  const commands = cluster.partition(commandsTopic, 0);
  const record = { key: Buffer.from("sauda"), value: Buffer.from("{}") };
  const lose = ({ type }: { readonly type: string }): void => {
    if (type !== "claimed") return;
    commands.append([record, record], 0);
    commands.deleteHead(commands.end);
    commands.append([record], 0);
  };
  const says = stopsWith(/sauda\.commands-0 is not whole/);
  await assert.rejects(runUntil(cluster, "exchange", never, lose), says);
});

test("where the log's tail was lost the publisher stops instead of waiting for it to grow again", async () => {
  const cluster = await oldMarket();
  const events = cluster.partition(eventsTopic, 0);
  events.deleteTail(events.end - 1);
  await assert.rejects(runUntil(cluster, "publisher", never), stopsWith(/but was published to/));
});

test("what the broker refuses for good stops the exchange at once", async () => {
  const cluster = await oldMarket();
  const tight = (log: MarketLog): MarketLog => ({
    ...log,
    async appender(topic, partition) {
      const appender = await log.appender(topic, partition);
      if (topic !== eventsTopic) return appender;
      const refused = { type: "refused", retriable: false, why: "MESSAGE_TOO_LARGE" } as const;
      return { ...appender, append: () => Promise.resolve(refused) };
    },
  });
  const reports: string[] = [];
  const onReport = ({ type }: { readonly type: string }): void => void reports.push(type);
  const running = runUntil(cluster, "exchange", never, onReport, tight);
  await assert.rejects(running, stopsWith(/refuses a claim for good: MESSAGE_TOO_LARGE; put that/));
  assert.ok(!reports.includes("doubt"));
});

for (const [name, topic] of [
  ["exchange", commandsTopic],
  ["publisher", eventsTopic],
] as const) {
  test(`the ${name} under which ${topic} is deleted stops at the third time, with the way on`, async () => {
    const cluster = await oldMarket();
    const isWorking = workingReport[name];
    const lose = ({ type }: { readonly type: string }): void => {
      if (type === isWorking) cluster.deleteTopic(topic);
    };
    const says = stopsWith(/no such topic; for the third time.*start the .* again/);
    await assert.rejects(runUntil(cluster, name, never, lose), says);
  });
}

test("an exchange under which the log is deleted stops at its next step", async () => {
  const cluster = await oldMarket();
  const lose = ({ type }: { readonly type: string }): void => {
    if (type !== "claimed") return;
    cluster.deleteTopic(eventsTopic);
    cluster.partition(commandsTopic, 0).append([{ key: null, value: Buffer.from("{}") }], 0);
  };
  const says = stopsWith(/refuses steps for good: .*no such topic/);
  await assert.rejects(runUntil(cluster, "exchange", never, lose), says);
});
