import assert from "node:assert/strict";
import { test } from "node:test";
import { allRecords } from "../../src/memory/memory-cluster.ts";
import { commandsTopic, ordersTopic } from "../../src/protocol/topics.ts";
import { simulate, simulateAll, type ProcessMain, type Scenario } from "./simulation.ts";

/**
 * Copies orders to commands from wherever it thinks it was: the smallest service that can go wrong.
 */
const copier: ProcessMain = async ({ log, signal }) => {
  const group = await log.join("copiers", [ordersTopic], "one");
  while (!signal.aborted) {
    if (!group.has(ordersTopic, 0)) {
      await group.changed(signal);
      continue;
    }
    const from = (await group.committed(ordersTopic, 0)) ?? 0;
    const reader = await log.reader(ordersTopic, 0, from);
    const { records } = await reader.read(500);
    const last = records.at(-1);
    if (last === undefined) continue;
    const appender = await log.appender(commandsTopic, 0);
    const values = records.flatMap(({ value }) => (value === null ? [] : [{ key: null, value }]));
    const result = await appender.append(values);
    if (result.type === "at") await group.commit(ordersTopic, 0, last.offset + 1);
  }
};

/** Ten orders; all of them must arrive, and with `isOnce` none twice. */
function scenario(isOnce: boolean): Scenario {
  return {
    shards: 1,
    processes: { "copier-1": copier, "copier-2": copier },
    stormMs: 20_000,
    isFatal: () => false,
    async strangers(cluster, clock, random) {
      for (let order = 0; order < 10; order += 1) {
        const value = Buffer.from(String(order));
        cluster.partition(ordersTopic, 0).append([{ key: null, value }], clock.nowMs());
        await clock.sleep(random.between(1, 1500));
      }
    },
    check(cluster, isComplete) {
      const values = allRecords(cluster, commandsTopic, 0).map(({ value }) => String(value));
      const orders = new Set(values);
      const missing = isComplete && orders.size < 10 ? [`${orders.size} of 10 orders arrived`] : [];
      const twice = values.length - orders.size;
      return twice > 0 && isOnce ? [...missing, `${twice} orders arrived twice`] : missing;
    },
  };
}

const many = Array.from({ length: 30 }, (_, index) => index + 1);

test("the same seed gives the same run, another seed another", async () => {
  const [one, again, other] = [
    await simulate(11, scenario(false)),
    await simulate(11, scenario(false)),
    await simulate(12, scenario(false)),
  ];
  assert.equal(again.trace, one.trace);
  assert.deepEqual(again.happened, one.happened);
  assert.equal(again.virtualMs, one.virtualMs);
  assert.notEqual(other.trace, one.trace);
});

test("a relay that copies at least once loses nothing", async () => {
  await simulateAll(many, () => scenario(false));
});

test("a relay that copies at least once is found to repeat, with the seed to run again", async () => {
  await assert.rejects(
    simulateAll(many, () => scenario(true)),
    /^Error: SEED=\d+ runs this again[\s\S]*arrived twice[\s\S]*Before:/,
  );
});
