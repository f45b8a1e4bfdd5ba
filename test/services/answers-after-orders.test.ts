import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { readCommand } from "../../src/protocol/log/command-record.ts";
import { commandsTopic, sourceTopics } from "../../src/protocol/topics.ts";
import { allRecords, openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { realClock } from "../../src/services/clock.ts";
import { runIntake } from "../../src/services/intake.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { until } from "../acceptance/market-process.ts";

/** The log, but whoever appends orders waits so long first: a road with a stall on it. */
function withSlowOrders(log: MarketLog, stallMs: number): MarketLog {
  return {
    ...log,
    appender: async (topic, partition) => {
      const appender = await log.appender(topic, partition);
      return {
        append: async (records) => {
          const isOrders = records.some(({ value }) => value.includes("PlaceOrder"));
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
    deepEqual(commands(), [...pair, ...pair, ...pair]);
  } finally {
    ended.abort();
    await intake;
    await group.close();
    await log.close();
  }
});
