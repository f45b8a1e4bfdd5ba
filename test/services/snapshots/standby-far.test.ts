import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { runService, type ServiceReport } from "../../../src/cli/market/run-service.ts";
import { localTerms } from "../../../src/domain/facts/terms.ts";
import { openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { eventsTopic } from "../../../src/protocol/topics.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { until } from "../../acceptance/market-process.ts";

/** Whoever reads it sees the end of the log of steps a thousand records further than it is. */
function seenFromFar(log: MarketLog): MarketLog {
  return {
    ...log,
    async reader(topic, partition, from) {
      const reader = await log.reader(topic, partition, from);
      if (topic !== eventsTopic) return reader;
      return {
        ...reader,
        async read(waitMs) {
          const { records, end } = await reader.read(waitMs);
          return { records, end: end + 1000 };
        },
      };
    },
  };
}

test("a standby that does not come near the end takes a snapshot each five times the steps, so that the next start is shorter", async () => {
  const cluster = openMemoryCluster(1);
  const ended = new AbortController();
  const heard: ServiceReport[] = [];
  const start = async (name: "exchange" | "intake", log: MarketLog): Promise<void> => {
    const report = (each: ServiceReport): void => void heard.push(each);
    const parts = { log, terms: localTerms, termsDigest: "test", report, snapshotSteps: 20 };
    await runService(name, parts, ended.signal);
    await log.close();
  };
  const log = openMemoryLog(cluster, "test");
  const has = (type: ServiceReport["type"]) => async () => heard.some((each) => each.type === type);
  const running = [start("exchange", openMemoryLog(cluster, "writer"))];
  await until("one exchange writes", has("claimed"));
  running.push(start("exchange", seenFromFar(openMemoryLog(cluster, "far"))));
  await until("another stands by", has("standby"));
  running.push(start("intake", openMemoryLog(cluster, "intake")));
  const appender = await log.appender("Trade_Order", 0);
  const value = Buffer.from(
    JSON.stringify({ type: "Trade_Order", qty: 1, symbol: "SBI", price: 9 }),
  );
  for (let sent = 0; sent < 60; sent += 1) await appender.append([{ key: null, value }]);
  const steps = async () => (await log.bounds(eventsTopic, 0)).end;
  await until("they are decided", async () => (await steps()) > 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  equal(heard.filter(({ type }) => type === "snapshot").length, 0);
  for (let sent = 0; sent < 60; sent += 1) await appender.append([{ key: null, value }]);
  await until("a snapshot is taken", has("snapshot"));
  const taken = heard.find((each) => each.type === "snapshot");
  ok(taken !== undefined && Number("seq" in taken && taken.seq) >= 100, JSON.stringify(taken));
  ended.abort();
  await Promise.all(running);
  await log.close();
});
