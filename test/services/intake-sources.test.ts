import { test } from "node:test";
import assert from "node:assert/strict";
import { allRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { checkMarket } from "../checker/market-check.ts";
import type { InputPartition } from "../checker/inputs.ts";
import { simulate, type Scenario } from "../memory/simulation.ts";
import { marketRecords, marketScenario, readSource } from "./market-in-simulation.ts";
import { loadServices, type Patch, type Services } from "./service-variant.ts";

const topic = "buy-orders";

function write(cluster: MemoryCluster, from: number, to: number): void {
  for (let order = from; order <= to; order += 1) {
    const fields = { order_id: `b${order}`, buyer: "HDFC", stock_symbol: "SBI", quantity: 1 };
    const value = Buffer.from(JSON.stringify({ ...fields, price_per_unit: 985 }));
    cluster.partition(topic, 0).append([{ key: null, value }], 0);
  }
}

/** Calm weather; the strangers do something to the source between two batches of orders. */
function scenario(
  services: Services,
  seed: number,
  deed: (cluster: MemoryCluster) => InputPartition[],
): Scenario {
  let gone: InputPartition[] = [];
  return {
    ...marketScenario(services, seed),
    stormMs: 0,
    async strangers(cluster, clock) {
      write(cluster, 1, 10);
      await clock.sleep(8_000);
      gone = deed(cluster);
      await clock.sleep(3_000);
      write(cluster, 11, 15);
    },
    check(cluster, isComplete) {
      const records = marketRecords(cluster, seed % 3 === 0 ? 2 : 1);
      const inputs = [...records.inputs, ...gone];
      return checkMarket({ ...records, inputs }, isComplete).problems;
    },
  };
}

/** Orders on every source of the book; a source that is in trouble gets none. */
function offer(cluster: MemoryCluster, partition: number, order: number): void {
  const fields = { order_id: `s${order}`, seller: "SELLER", stock_symbol: "SBI", quantity: 1 };
  const value = Buffer.from(JSON.stringify(fields));
  cluster.partition("sell-offers", partition).append([{ key: null, value }], 0);
}

const surgeries: readonly [string, (cluster: MemoryCluster) => void][] = [
  ["deleted altogether", (cluster) => cluster.deleteTopic("sell-offers")],
  [
    "made anew with fewer partitions",
    (cluster) => {
      cluster.createTopic("sell-offers", 1, {});
      offer(cluster, 0, 3);
    },
  ],
];

for (const [what, deed] of surgeries) {
  test(`R12: a source that is ${what} stops no other source`, async () => {
    const services = await loadServices();
    for (const seed of [1, 2, 3]) {
      const whole = scenario(services, seed, (cluster) => {
        const gone = readSource(cluster, "sell-offers");
        deed(cluster);
        return [...gone];
      });
      const { problems } = await simulate(seed, {
        ...whole,
        async strangers(cluster, clock, random) {
          cluster.createTopic("sell-offers", 2, {});
          offer(cluster, 0, 1);
          offer(cluster, 1, 2);
          await whole.strangers(cluster, clock, random);
        },
      });
      assert.deepEqual(problems, []);
    }
  });
}

/**
 * Deletes the source and makes it anew under its name. Its old records stay known to the checker.
 */
function makeAnew(cluster: MemoryCluster): InputPartition[] {
  const { id } = cluster.topic(topic);
  const records = allRecords(cluster, topic, 0);
  cluster.createTopic(topic, 1, {});
  return [{ topic, topicId: id, partition: 0, records }];
}

test("R12: a source made anew under its name is another source, read from its beginning", async () => {
  const services = await loadServices();
  for (const seed of [1, 2, 3]) {
    const { problems } = await simulate(seed, scenario(services, seed, makeAnew));
    assert.deepEqual(problems, []);
  }
});

const byName: Patch[] = [
  {
    file: "domain/state/market-state.ts",
    from: "const last = market.sources.get(source.topicId)?.get(source.partition);",
    to: "const last = market.sources.get(source.topic)?.get(source.partition);",
  },
  {
    file: "domain/state/market-state.ts",
    from: "getOrMake(market.sources, source.topicId,",
    to: "getOrMake(market.sources, source.topic,",
  },
];

test("R12: caught when a shard keeps its number by the source's name instead of its id", async () => {
  const services = await loadServices(byName);
  const { problems } = await simulate(1, scenario(services, 1, makeAnew));
  assert.match(problems.join("\n"), /dropped as a repeat at step \d+, seen never/);
});

test("R12: caught when two relays have two symbol maps", async () => {
  const [services, other] = [
    await loadServices(),
    await loadServices([
      {
        file: "domain/facts/shard.ts",
        from: "return about === null ? 0 : shardOf(about, shards);",
        to: "return about === null ? 0 : (shardOf(about, shards) + 1) % shards;",
      },
    ]),
  ];
  for (let seed = 3; seed <= 180; seed += 3) {
    const whole = marketScenario(services, seed);
    const processes = { ...whole.processes };
    const otherIntake = marketScenario(other, seed).processes["intake-2"];
    assert.ok(otherIntake);
    processes["intake-2"] = otherIntake;
    const { problems } = await simulate(seed, { ...whole, processes });
    if (problems.some((problem) => /decided \d+ times/.test(problem))) return;
  }
  assert.fail("no seed shows it");
});
