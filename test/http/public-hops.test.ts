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

test("a forged record that is as slow to look through as can be holds no journey up", async () => {
  const market = await startSettledMarket("instant");
  try {
    const { cluster } = market;
    const published = () => committedRecords(cluster, "sauda.settlements", 0);
    await until("all is published", async () => published().length >= 3);
    // Behind the newest: what stands there is looked at for its trade.
    const newest = published().at(-1);
    const [, tradeId = ""] = /"trade_id":"([^"]+)"/.exec(String(newest?.value)) ?? [];
    const text = `{"trade_id":"${tradeId}"${',"type":"Trade"'.repeat(50_000)}}`;
    const forged = { key: null, value: Buffer.from(text), headers: newest?.headers ?? [] };
    const partition = cluster.partition("sauda.settlements", 0);
    const transaction = { outcome: "committed" as const };
    partition.append([forged], Date.now(), transaction);
    partition.appendControl(0, transaction);
    const beganMs = performance.now();
    const { hops } = await market.get("operations", `/v1/trades/${tradeId}/journey`);
    ok((hops as Record<string, string>[]).some(({ record }) => record === text));
    ok(performance.now() - beganMs < 5_000);
  } finally {
    await market.close();
  }
});
