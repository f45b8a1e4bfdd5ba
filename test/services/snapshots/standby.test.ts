import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { runService } from "../../../src/cli/market/run-service.ts";
import { localTerms } from "../../../src/domain/facts/terms.ts";
import { openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { auditShard } from "../../../src/services/audit/log-audit.ts";
import type { LogBreak } from "../../../src/services/audit/log-break.ts";
import { until } from "../../acceptance/market-process.ts";

test("what a standby writes while orders come is of one place of the log in all its parts", async () => {
  const cluster = openMemoryCluster(1);
  const ended = new AbortController();
  let taken = 0;
  let standbys = 0;
  let members = 0;
  const start = async (name: "exchange" | "intake"): Promise<void> => {
    const log = openMemoryLog(cluster, `${name}-${(members += 1)}`);
    const report = ({ type }: { readonly type: string }): void => {
      if (type === "snapshot") taken += 1;
      if (type === "standby") standbys += 1;
    };
    const parts = { log, terms: localTerms, termsDigest: "test", report, snapshotSteps: 20 };
    await runService(name, parts, ended.signal);
    await log.close();
  };
  const running = [start("exchange"), start("exchange"), start("intake")];
  const log = openMemoryLog(cluster, "test");
  const appender = await log.appender("Trade_Order", 0);
  await until("one exchange stands by", async () => standbys > 0);
  for (let sent = 0; taken < 6 && sent < 5_000; sent += 1) {
    const order = { type: "Trade_Order", qty: 1, symbol: "SBI", price: 900 + (sent % 50) };
    const value = Buffer.from(JSON.stringify(order));
    await appender.append([{ key: null, value }]);
    if (sent % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  ok(taken >= 6, `${taken} snapshots`);
  ended.abort();
  await Promise.all(running);
  const breaks: LogBreak[] = [];
  const audited = await auditShard({
    log,
    shard: 0,
    shards: 1,
    onProgress: () => {},
    onSnapshotBreak: (broken) => breaks.push(broken),
    signal: new AbortController().signal,
  });
  deepEqual(breaks, []);
  ok((audited?.snapshots.compared ?? 0) >= 3);
  await log.close();
});
