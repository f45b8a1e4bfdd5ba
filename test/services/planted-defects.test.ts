import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "../memory/simulation.ts";
import { marketScenario } from "./market-in-simulation.ts";
import { plantedDefects } from "./planted-defects.ts";
import { loadServices } from "./service-variant.ts";

/** Every defect must be caught by one of the first so many seeds. */
const withinSeeds = 300;

for (const { rule, what, says, cast, patches } of plantedDefects) {
  test(`${rule}: caught when ${what}`, async () => {
    const services = await loadServices(patches);
    for (let seed = 1; seed <= withinSeeds; seed += 1) {
      const { problems } = await simulate(seed, marketScenario(services, seed, cast));
      if (problems.some((problem) => says.test(problem))) return;
    }
    assert.fail(`none of ${withinSeeds} seeds shows it`);
  });
}
