import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { committedRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";
import { until } from "../acceptance/market-process.ts";
import { settlementKinds } from "./running-gateway.ts";
import { startSettledMarket } from "./settled-market.ts";

/** Orders have records of their own; what is left is of trades. */
const topics = topicSpecs
  .filter(({ name, role }) => role === "output" && name !== "sauda.executions")
  .map(({ name }) => name);

/** Every public record that names the trade. */
function namesOf(cluster: MemoryCluster, tradeId: string): string[] {
  return topics.flatMap((topic) =>
    committedRecords(cluster, topic, 0)
      .filter(({ value }) => value?.includes(`"trade_id":"${tradeId}"`))
      .map(({ offset, value }) => `${topic} ${offset} ${String(value)}`),
  );
}

for (const kind of settlementKinds)
  test(`a journey has every public record of its trade, and no other's: ${kind}`, async () => {
    const market = await startSettledMarket(kind);
    try {
      const { trades } = await market.get("HDFC", "/v1/trades");
      ok((trades as object[]).length >= 3);
      for (const { trade_id: tradeId } of trades as { trade_id: string }[]) {
        const publicHops = async (): Promise<string[]> => {
          const { hops } = await market.get("operations", `/v1/trades/${tradeId}/journey`);
          return (hops as Record<string, string>[])
            .filter(({ hop }) => hop === "public")
            .map(({ topic, offset, record }) => `${topic} ${offset} ${record}`);
        };
        const atLeast = kind === "instant" ? 4 : 2;
        await until("it is published", async () => (await publicHops()).length >= atLeast);
        deepEqual((await publicHops()).toSorted(), namesOf(market.cluster, tradeId).toSorted());
      }
    } finally {
      await market.close();
    }
  });
