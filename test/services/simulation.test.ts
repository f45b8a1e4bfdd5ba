import assert from "node:assert/strict";
import { test } from "node:test";
import { seeds, simulate, simulateAll } from "../memory/simulation.ts";
import { marketScenario } from "./market-in-simulation.ts";
import { smallParts } from "./planted-defects.ts";
import { loadServices } from "./service-variant.ts";

// SEED=7 runs one seed again, SIM_SEEDS=10000 runs more of them.
// hundreds of storms: on a machine that is busy with more they take minutes
const limit = { timeout: 350_000 };

test(
  "whatever the storm does, every order is decided once, settled once and published once",
  limit,
  async () => {
    const services = await loadServices();
    await simulateAll(seeds(200), (seed) => marketScenario(services, seed));
  },
);

test(
  "whatever the storm does, orders and cancel-alls in parts are finished, with nothing in between",
  limit,
  async () => {
    const services = await loadServices(smallParts);
    await simulateAll(seeds(100), (seed) => marketScenario(services, seed));
  },
);

test("the real services, too, do the same again under the same seed", async () => {
  const services = await loadServices();
  for (const seed of [2, 3]) {
    const one = await simulate(seed, marketScenario(services, seed));
    const again = await simulate(seed, marketScenario(services, seed));
    assert.equal(again.trace, one.trace);
    assert.deepEqual(again.happened, one.happened);
  }
});
