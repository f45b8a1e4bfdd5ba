import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { readCommand } from "../../src/protocol/log/command-record.ts";
import { commandsTopic, sourceTopics } from "../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../src/services/clock.ts";
import { runIntake, type IntakeReport } from "../../src/services/intake.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { Away } from "../../src/services/log-errors.ts";
import { until } from "../acceptance/market-process.ts";

/** An intake whose waits are a hundredth of what they are. */
const quickClock = {
  ...realClock,
  sleep: (ms: number, signal?: AbortSignal) => realClock.sleep(ms / 100, signal),
};

function write(cluster: MemoryCluster, topic: string): void {
  cluster.partition(topic, 0).append([{ key: null, value: Buffer.from("{}") }], 0);
}

/** Runs an intake until `isEnough` of what it said, which must come within ten seconds. */
async function relay(
  cluster: MemoryCluster,
  isEnough: (reports: readonly IntakeReport[]) => boolean,
  spoil: (log: MarketLog) => MarketLog = (log) => log,
  clock: Clock = quickClock,
): Promise<readonly IntakeReport[]> {
  const log = spoil(openMemoryLog(cluster, "intake"));
  const group = await log.join("sauda-intake", sourceTopics, "one");
  const ended = new AbortController();
  const reports: IntakeReport[] = [];
  const report = (one: IntakeReport): void => void reports.push(one);
  const running = runIntake({ log, group, shards: 1, clock, report }, ended.signal);
  const untilMs = performance.now() + 10_000;
  while (!isEnough(reports) && performance.now() < untilMs) await realClock.sleep(5);
  ended.abort();
  await running;
  await log.close();
  assert.ok(isEnough(reports), JSON.stringify(reports));
  return reports;
}

const isStuck = (source: string) => (reports: readonly IntakeReport[]) =>
  reports.some((one) => one.type === "stuck" && one.source === source);

function relayed(cluster: MemoryCluster): number {
  return cluster.partition(commandsTopic, 0).end;
}

test("a source that is shorter than what was read of it is said to be stuck, with the way on; others are relayed", async () => {
  const cluster = openMemoryCluster(1);
  cluster.group("sauda-intake").store("buy-orders/0", 5);
  write(cluster, "sell-offers");
  const reports = await relay(
    cluster,
    (all) => isStuck("buy-orders-0")(all) && relayed(cluster) === 1,
  );
  const stuck = reports.find(({ type }) => type === "stuck");
  assert.match(JSON.stringify(stuck), /buy-orders-0 ends at 0, but was read to 5.*made anew/);
});

test("a source whose records cannot be read is said to be stuck; others are relayed", async () => {
  const cluster = openMemoryCluster(1);
  for (const topic of ["Trade_Order", "buy-orders", "sell-offers"]) write(cluster, topic);
  const spoil = (log: MarketLog): MarketLog => ({
    ...log,
    async sourceReader(topic, partition, from) {
      const reader = await log.sourceReader(topic, partition, from);
      if (topic !== "buy-orders") return reader;
      return {
        ...reader,
        read: () => Promise.reject(new Error("offset 0: the checksum is wrong")),
      };
    },
  });
  await relay(cluster, (all) => isStuck("buy-orders-0")(all) && relayed(cluster) === 2, spoil);
});

test("a source that is away is asked for ever, and never said to be stuck", async () => {
  const cluster = openMemoryCluster(1);
  const away = (log: MarketLog): MarketLog => ({
    ...log,
    bounds: () => Promise.reject(new Away("no answer within 3000 ms")),
  });
  const isPatient = (all: readonly IntakeReport[]): boolean =>
    all.filter(({ type }) => type === "restart").length > 20;
  const reports = await relay(cluster, isPatient, away);
  assert.ok(reports.every(({ type }) => type !== "stuck"));
});

test("the next records of a source are read while the place of the last is committed", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, "buy-orders");
  let reads = 0;
  const readsAtCommit: number[] = [];
  const slow = (log: MarketLog): MarketLog => ({
    ...log,
    async sourceReader(topic, partition, from) {
      const reader = await log.sourceReader(topic, partition, from);
      const read = (waitMs: number) => {
        if (topic === "buy-orders") reads += 1;
        return reader.read(waitMs);
      };
      return { ...reader, read };
    },
    async join(...terms) {
      const group = await log.join(...terms);
      return {
        ...group,
        async commit(...place) {
          await realClock.sleep(100);
          readsAtCommit.push(reads);
          await group.commit(...place);
        },
      };
    },
  });
  await relay(cluster, () => readsAtCommit.length === 1, slow);
  assert.deepEqual(readsAtCommit, [2]);
});

/** The log, but a group whose places are stored by `store`. */
function withStore(
  log: MarketLog,
  store: (commit: () => Promise<void>) => Promise<void>,
): MarketLog {
  const join: MarketLog["join"] = async (...terms) => {
    const group = await log.join(...terms);
    return { ...group, commit: (...place) => store(() => group.commit(...place)) };
  };
  return { ...log, join };
}

test("records are relayed on while the place of those before them is being stored", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, "buy-orders");
  let stored = 0;
  const relayedAtStore: number[] = [];
  const slow = (log: MarketLog): MarketLog =>
    withStore(log, async (commit) => {
      while (relayed(cluster) < 2 * (stored + 1) && stored === 0) {
        if (relayed(cluster) === 1) write(cluster, "buy-orders");
        await realClock.sleep(5);
      }
      relayedAtStore.push(relayed(cluster));
      await commit();
      stored += 1;
    });
  await relay(cluster, () => stored === 2, slow);
  assert.deepEqual(relayedAtStore, [2, 2]);
});

test("a place that cannot be stored makes the relay begin anew, from the last that was", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, "buy-orders");
  let tries = 0;
  const broken = (log: MarketLog): MarketLog =>
    withStore(log, async (commit) => {
      tries += 1;
      if (tries === 1) throw new Error("the place is not stored");
      await commit();
    });
  const reports = await relay(cluster, () => tries === 2 && relayed(cluster) === 2, broken);
  const restart = reports.find(({ type }) => type === "restart");
  assert.match(JSON.stringify(restart), /buy-orders-0.*the place is not stored/);
});

test("an intake that ends in order has stored all that it relayed", async () => {
  const cluster = openMemoryCluster(1);
  const count = 20;
  const writing = (async () => {
    for (let each = 0; each < count; each += 1) {
      write(cluster, "buy-orders");
      await realClock.sleep(3);
    }
  })();
  let relayedAtMs = Infinity;
  const isRelayed = (): boolean => {
    if (relayed(cluster) === count) relayedAtMs = Math.min(relayedAtMs, performance.now());
    return performance.now() - relayedAtMs > 50;
  };
  // After the first store it would rest for a minute.
  const restful: Clock = { ...realClock, sleep: (_, signal) => realClock.sleep(60_000, signal) };
  await relay(cluster, isRelayed, (log) => log, restful);
  await writing;
  const log = openMemoryLog(cluster, "after");
  assert.equal(await log.committedOf("sauda-intake", "buy-orders", 0), count);
  await log.close();
});

/** The log, but whoever appends orders waits so long first: a road with a stall on it. */
function withSlowOrders(log: MarketLog, stallMs: number): MarketLog {
  return {
    ...log,
    appender: async (topic, partition) => {
      const appender = await log.appender(topic, partition);
      return {
        append: async (records) => {
          const isOrders = records.some(({ value }) => value?.includes("PlaceOrder"));
          if (topic === commandsTopic && isOrders) await realClock.sleep(stallMs);
          return appender.append(records);
        },
        close: () => appender.close(),
      };
    },
  };
}

test("an answer is not relayed before the orders that were there when it came, however slow they are", async () => {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "test");
  const slow = withSlowOrders(log, 150);
  const ended = new AbortController();
  const group = await slow.join("sauda-intake", sourceTopics, "one");
  const shared = { log: slow, group, shards: 1, clock: realClock, report: () => {} };
  const intake = runIntake(shared, ended.signal);
  const write = async (topic: string, value: string): Promise<void> => {
    const appender = await log.appender(topic, 0);
    await appender.append([{ key: null, value: Buffer.from(value) }]);
    await appender.close();
  };
  const commands = (): string[] =>
    allRecords(cluster, commandsTopic, 0).map(({ key, value }) => readCommand(key, value).type);
  try {
    for (let round = 0; round < 3; round += 1) {
      await write("Trade_Order", `{"type":"Trade_Order","qty":1,"symbol":"SBI","price":985.0}`);
      await write("Counter_party", `{"type":"Counter_party","text":"CONFIRM"}`);
      await until("both are relayed", () => commands().length >= 2 * (round + 1));
    }
    const pair = ["PlaceOrder", "AnswerOrder"];
    assert.deepEqual(commands(), [...pair, ...pair, ...pair]);
  } finally {
    ended.abort();
    await intake;
    await group.close();
    await log.close();
  }
});
