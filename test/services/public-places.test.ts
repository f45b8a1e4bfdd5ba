import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { realClock } from "../../src/services/clock.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { newPublicPlaces } from "../../src/services/public-places.ts";
import { until } from "../acceptance/market-process.ts";

const topic = "sauda.settlements";

async function write(log: MarketLog, tradeId: string): Promise<void> {
  const appender = await log.appender(topic, 0);
  await appender.append([{ key: null, value: Buffer.from(JSON.stringify({ trade_id: tradeId })) }]);
  await appender.close();
}

/** The log, but every reader's second read fails: the broker is away for a moment. */
function failing(log: MarketLog): MarketLog {
  return {
    ...log,
    reader: async (...where) => {
      const reader = await log.reader(...where);
      let reads = 0;
      const read = (waitMs: number) => {
        reads += 1;
        return reads === 2 ? Promise.reject(new Error("broker away")) : reader.read(waitMs);
      };
      return { ...reader, read };
    },
  };
}

test("after a broker was away the public records are read on, and none is seen twice", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "places");
  const seen: string[] = [];
  const ended = new AbortController();
  const places = newPublicPlaces(failing(log), realClock, (_, tradeId) => seen.push(tradeId));
  const running = places.run(ended.signal);
  const tradeIds = ["T-0-1-0-0", "T-0-2-0-0", "T-0-3-0-0"];
  for (const tradeId of tradeIds) {
    await write(log, tradeId);
    await until("its places are found", () => places.of(tradeId).length !== 0);
  }
  ended.abort();
  await running;
  await log.close();
  deepEqual(seen, tradeIds);
});
