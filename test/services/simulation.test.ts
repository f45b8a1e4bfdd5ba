import { test } from "node:test";
import { seeds, simulateAll } from "../memory/simulation.ts";
import { marketScenario } from "./market-in-simulation.ts";
import { loadServices } from "./service-variant.ts";

test("whatever the storm does, every order is decided once, settled once and published once", async () => {
  const services = await loadServices();
  await simulateAll(seeds(200), (seed) => marketScenario(services, seed));
});
