import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readTerms } from "../../src/cli/market/market-terms.ts";
import { runService } from "../../src/cli/market/run-service.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import {
  openMemoryCluster,
  allRecords,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import {
  emptyChain,
  commandDigest,
  encodeClaim,
  logKey,
  nextChain,
} from "../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import type { AppendResult, MarketLog } from "../../src/services/log.ts";
import { readLog } from "../checker/log-reading.ts";
import { until } from "../acceptance/market-process.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";

const participants = join(import.meta.dirname, "..", "..", "participants.json");

/** Runs an exchange until it has claimed, or throws what it threw. */
async function claimOnce(log: MarketLog): Promise<void> {
  const ended = new AbortController();
  const report = ({ type }: { type: string }): void => {
    if (type === "claimed") ended.abort();
  };
  await runService("exchange", { ...(await readTerms(participants)), log, report }, ended.signal);
}

/** A log whose one step was decided from command 0 with this digest. */
async function writeLog(cluster: MemoryCluster, digest: string): Promise<void> {
  const { termsDigest } = await readTerms(participants);
  const log = openMemoryLog(cluster, "writer");
  const commandsTopicId = await log.topicId(commandsTopic);
  const head = { type: "Claim", format: 1, rules: 2, epoch: 1, nonce: "n", owner: "test" } as const;
  const claim = encodeClaim({ ...head, genesis: { ...genesis, commandsTopicId, termsDigest } });
  const chain = nextChain(emptyChain, logKey, claim);
  const step = { cause: { offset: 0, digest }, part: 0, last: true, at: timeMs(1), events: [] };
  const steps = encodeSteps(1, 1, chain, [step]);
  const events = await log.appender(eventsTopic, 0);
  for (const value of [claim, steps]) await events.append([{ key: logKey, value }]);
}

test("R6: a writer stops where the last cause is another command than the log was decided from", async () => {
  const cluster = openMemoryCluster(1);
  await writeLog(cluster, commandDigest(null, Buffer.from("another command")));
  const log = openMemoryLog(cluster, "exchange");
  const commands = await log.appender(commandsTopic, 0);
  await commands.append([{ key: logKey, value: encodeCommand({ type: "Tick" }) }]);
  await assert.rejects(run(log), /command 0 is not the one the log was decided from/);
});

test("R6: a writer stops where the commands end before the last cause", async () => {
  const cluster = openMemoryCluster(1);
  await writeLog(cluster, commandDigest(null, Buffer.from("lost")));
  await assert.rejects(run(openMemoryLog(cluster, "exchange")), /commands end at 0/);
});

/** Runs an exchange that has to stop by itself. */
async function run(log: MarketLog): Promise<void> {
  const terms = await readTerms(participants);
  await runService("exchange", { ...terms, log, report: () => {} }, AbortSignal.timeout(5000));
}

test("R6: a claim whose answer is lost is given up, and the next one is made after it", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "exchange");
  let lost = 0;
  const losing: MarketLog = {
    ...log,
    appender: async (topic, partition) => {
      const appender = await log.appender(topic, partition);
      const append = async (
        records: Parameters<typeof appender.append>[0],
      ): Promise<AppendResult> => {
        const result = await appender.append(records);
        if (topic !== eventsTopic || lost > 0) return result;
        lost += 1;
        return { type: "unanswered", why: "the answer was lost" };
      };
      return { append, close: () => appender.close() };
    },
  };
  await claimOnce(losing);
  const { claims } = readLog(allRecords(cluster, eventsTopic, 0));
  assert.deepEqual(
    claims.map(({ epoch }) => epoch),
    [1, 2],
  );
  assert.notEqual(claims[0]?.nonce, claims[1]?.nonce);
});

test("R6: who waits goes on where the writer before it ended, in the next epoch, and decides nothing twice", async () => {
  const cluster = openMemoryCluster(1);
  const terms = await readTerms(participants);
  const commands = cluster.partition(commandsTopic, 0);
  const send = (): number =>
    commands.append([{ key: logKey, value: encodeCommand({ type: "Tick" }) }], Date.now());
  const decided = (): number[] =>
    readLog(allRecords(cluster, eventsTopic, 0)).steps.map(({ step }) => step.cause.offset);
  const start = (owner: string) => {
    const [ended, told] = [new AbortController(), [] as string[]];
    const log = openMemoryLog(cluster, owner);
    const report = ({ type }: { type: string }): void => void told.push(type);
    const running = runService("exchange", { ...terms, log, report }, ended.signal);
    return { told, end: () => (ended.abort(), running) };
  };
  const first = start("first");
  let second: ReturnType<typeof start> | null = null;
  try {
    await until("the first has claimed", () => first.told.includes("claimed"));
    second = start("second");
    const { told } = second;
    await until("the second waits", () => told.includes("standby"));
    send();
    send();
    await until("both are decided", () => decided().length === 2);
    await first.end();
    await until("the second has claimed", () => told.includes("claimed"));
    send();
    await until("the third is decided", () => decided().length === 3);
  } finally {
    await Promise.all([first.end(), second?.end()]);
  }
  const { claims, ignored } = readLog(allRecords(cluster, eventsTopic, 0));
  assert.deepEqual(decided(), [0, 1, 2]);
  assert.deepEqual(
    claims.map(({ epoch }) => epoch),
    [1, 2],
  );
  assert.deepEqual([...first.told, ...(second?.told ?? [])], ["claimed", "standby", "claimed"]);
  assert.deepEqual(ignored, []);
});
