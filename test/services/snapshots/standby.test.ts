import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { runService, type ServiceReport } from "../../../src/cli/market/run-service.ts";
import { localTerms } from "../../../src/domain/facts/terms.ts";
import { openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { eventsTopic } from "../../../src/protocol/topics.ts";
import { auditShard } from "../../../src/services/audit/log-audit.ts";
import type { LogBreak } from "../../../src/services/audit/log-break.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { followToEnd, newShardView } from "../../../src/services/shard-view.ts";
import { until } from "../../acceptance/market-process.ts";

/** What a service says; `seq`: the last step in a snapshot that it took. */
type Heard = ServiceReport & { readonly seq?: number };

/** A market whose services a test starts, with a snapshot each 20 steps, and an order for it. */
async function openMarket() {
  const cluster = openMemoryCluster(1);
  const log = openMemoryLog(cluster, "test");
  const orders = await log.appender("Trade_Order", 0);
  const ended = new AbortController();
  const heard: Heard[] = [];
  const running: Promise<void>[] = [];
  const run = async (name: "exchange" | "intake", own: MarketLog): Promise<void> => {
    const report = (each: Heard): void => void heard.push(each);
    const parts = { log: own, terms: localTerms, termsDigest: "test", report, snapshotSteps: 20 };
    await runService(name, parts, ended.signal);
    await own.close();
  };
  return {
    log,
    heard: (type: string): Heard[] => heard.filter((each) => each.type === type),
    /** `seenThrough`: the log as the service has it. */
    start(name: "exchange" | "intake", seenThrough = (own: MarketLog): MarketLog => own): void {
      running.push(run(name, seenThrough(openMemoryLog(cluster, `${name}-${running.length}`))));
    },
    async order(price: number): Promise<void> {
      const value = JSON.stringify({ type: "Trade_Order", qty: 1, symbol: "SBI", price });
      await orders.append([{ key: null, value: Buffer.from(value) }]);
    },
    async end(): Promise<void> {
      ended.abort();
      await Promise.all(running);
    },
  };
}

test("what a standby writes while orders come is of one place of the log in all its parts", async () => {
  const market = await openMarket();
  for (const name of ["exchange", "exchange", "intake"] as const) market.start(name);
  await until("one exchange stands by", () => market.heard("standby").length > 0);
  const taken = (): number => market.heard("snapshot").length;
  for (let sent = 0; taken() < 6 && sent < 5_000; sent += 1) {
    await market.order(900 + (sent % 50));
    if (sent % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  ok(taken() >= 6, `${taken()} snapshots`);
  await market.end();
  const breaks: LogBreak[] = [];
  const audited = await auditShard({
    log: market.log,
    shard: 0,
    shards: 1,
    onProgress: () => {},
    onSnapshotBreak: (broken) => breaks.push(broken),
    signal: new AbortController().signal,
  });
  deepEqual(breaks, []);
  ok((audited?.snapshots.compared ?? 0) >= 3);
  await market.log.close();
});

/**
 * Whoever reads it sees the end of the log of steps a thousand records further than it is. Who asks
 * for more has done with what it was given: `onDone` is told where that ended.
 */
function seenFromFar(log: MarketLog, onDone: (offset: number) => void): MarketLog {
  return {
    ...log,
    async reader(topic, partition, from) {
      const reader = await log.reader(topic, partition, from);
      if (topic !== eventsTopic) return reader;
      let next = from;
      return {
        ...reader,
        async read(waitMs) {
          onDone(next);
          const { records, end } = await reader.read(waitMs);
          next = (records.at(-1)?.offset ?? next - 1) + 1;
          return { records, end: end + 1000 };
        },
      };
    },
  };
}

test("a standby that does not come near the end takes a snapshot each five times the steps, so that the next start is shorter", async () => {
  const market = await openMarket();
  market.start("exchange");
  await until("one exchange writes", () => market.heard("claimed").length > 0);
  let done = 0;
  market.start("exchange", (log) => seenFromFar(log, (offset) => (done = offset)));
  await until("another stands by", () => market.heard("standby").length > 0);
  market.start("intake");
  const view = newShardView();
  const isFollowed = async (): Promise<boolean> => {
    await followToEnd(view, market.log, 0);
    return view.fold.seq >= 60 && done === view.fold.offset;
  };
  for (let sent = 0; sent < 60; sent += 1) await market.order(9);
  await until("the standby has followed them all", isFollowed);
  equal(market.heard("snapshot").length, 0);
  for (let sent = 0; sent < 60; sent += 1) await market.order(9);
  await until("a snapshot is taken", () => market.heard("snapshot").length > 0);
  const [taken] = market.heard("snapshot");
  ok((taken?.seq ?? 0) >= 100, JSON.stringify(taken));
  await market.end();
  await market.log.close();
});
