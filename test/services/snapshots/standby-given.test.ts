import { equal } from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { localTerms } from "../../../src/domain/market.ts";
import { openMemoryCluster, type MemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { Random } from "../../../src/memory/random.ts";
import { commandsTopic, eventsTopic, snapshotsTopic } from "../../../src/protocol/topics.ts";
import { realClock } from "../../../src/services/clock.ts";
import { runExchange, type ExchangeReport } from "../../../src/services/exchange.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { recordedOrders } from "../../replay/recordings.ts";
import { until } from "../../acceptance/market-process.ts";

/** What this process no longer needs is collected now. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** An exchange on its own log of this cluster, which is given the shard when the test says so. */
function startExchange(cluster: MemoryCluster, isGiven: () => boolean, change = same) {
  const log = change(openMemoryLog(cluster, "exchange"));
  const ended = new AbortController();
  const reports: ExchangeReport[] = [];
  const random = new Random(1);
  const work = async (): Promise<void> => {
    const group = await log.join("exchange", [commandsTopic], "each");
    const own = { ...group, has: isGiven, confirms: async () => isGiven() };
    await runExchange(
      {
        log,
        group: own,
        shard: 0,
        shards: 1,
        terms: localTerms,
        termsDigest: "test",
        clock: realClock,
        randomHex: (bytes) => random.hex(bytes),
        owner: "test",
        snapshotSteps: 10,
        report: (report) => void reports.push(report),
      },
      ended.signal,
    );
    await group.close();
  };
  const running = work();
  return { reports, end: () => (ended.abort(), running) };
}

const same = (log: MarketLog): MarketLog => log;

test("a snapshot that waits for Kafka while its standby becomes the writer is never taken: the writer's state is ahead of its log", async () => {
  const cluster = openMemoryCluster(1);
  const { commands } = recordedOrders(200);
  const partition = cluster.partition(commandsTopic, 0);
  partition.append(commands.slice(0, 100), Date.now());
  const steps = (): number => cluster.partition(eventsTopic, 0).end;
  const first = startExchange(cluster, () => true);
  await until("the first commands are decided", () => steps() > 1);
  await first.end();

  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isGiven = false;
  const standby = startExchange(
    cluster,
    () => isGiven,
    (log) => ({
      ...log,
      async bounds(topic, shard) {
        const isStandby = standby.reports.some(({ type }) => type === "standby");
        if (topic === snapshotsTopic && isStandby) {
          asked.resolve();
          await answer.promise;
        }
        return log.bounds(topic, shard);
      },
    }),
  );
  await asked.promise;
  isGiven = true;
  const before = steps();
  partition.append(commands.slice(100), Date.now());
  await until("it writes", () => steps() > before + 1);
  for (let again = 0; again < 3; again += 1) {
    await turn();
    collectGarbage();
  }
  answer.resolve();
  await sleep(200); // a snapshot would be written by then
  await standby.end();
  const types = standby.reports.map(({ type }) => type);
  equal(cluster.partition(snapshotsTopic, 0).end, 0, types.join(" "));
  equal(types.join(" "), "standby claimed");
});
