import assert from "node:assert/strict";
import { test } from "node:test";
import { seeds, simulate, simulateAll } from "../memory/simulation.ts";
import { cycleScenario } from "./cycle-in-simulation.ts";
import { loadServices, type Patch } from "./service-variant.ts";

test("whatever the storm does, every trade with a cycle goes its whole way, told once, change by change", async () => {
  const services = await loadServices();
  const seen = new Set<string>();
  await simulateAll(seeds(25), (seed) => cycleScenario(services, seed, seen));
  if (process.env["SEED"] !== undefined) return;
  const trades = ["Novated", "Short", "BoughtIn", "PartiallySettled", "Settled", "ClosedOut"];
  const instructions = ["Netted", "PaidIn", "PaidOut", "Short", "BoughtIn", "ClosedOut"];
  const all = [
    ...trades.map((state) => `Trade ${state}`),
    ...instructions.map((state) => `Instruction ${state}`),
  ];
  assert.deepEqual([...seen].toSorted(), all.toSorted());
});

const told = `return isWanted("sauda.settlements") ? [...legs, wayDraft(context, change)] : legs;`;

type Defect = { readonly what: string; readonly says: RegExp; readonly patch: Patch };

/** What a publisher may do wrong with the way of trades; the checker knows nothing of its code. */
const defects: readonly Defect[] = [
  {
    what: "the end of a trade is not told",
    says: /nothing on sauda.settlements says type "Trade"/,
    patch: {
      file: "protocol/own/public-records.ts",
      from: told,
      to: `const isEnd = change.type === "Trade" && change.state === "Settled";
  return isWanted("sauda.settlements") && !isEnd ? [...legs, wayDraft(context, change)] : legs;`,
    },
  },
  {
    what: "an instruction is told twice",
    says: /sauda.settlements says .*"Instruction"|a second time/,
    patch: {
      file: "protocol/own/public-records.ts",
      from: told,
      to: `const twice = change.type === "Instruction" ? [wayDraft(context, change)] : [];
  return isWanted("sauda.settlements") ? [...legs, wayDraft(context, change), ...twice] : legs;`,
    },
  },
  {
    what: "the oldest trades go without instead of the newest",
    says: /nothing on sauda.settlements says type "Trade".*"Short"/,
    patch: {
      file: "protocol/ways/short-trades.ts",
      from: "values()].toReversed();",
      to: "values()];",
    },
  },
  {
    what: "the legs of a trade closed out in part are of all of it",
    says: /demat leg is|cash leg in paise is/,
    patch: {
      file: "protocol/own/public-records.ts",
      from: "const shares = quantity(delivered);",
      to: "const shares = quantity(trade.quantity);",
    },
  },
  {
    what: "a publisher that starts again knows no trade of before",
    says: /is not on its way|is not open|nothing on sauda.settlements says/,
    patch: {
      file: "services/publisher.ts",
      from: "checkPlace(options, stored, placeIn(topicId, fold));",
      to: "Object.assign(fold.ways, newTradeWays());",
    },
  },
];

for (const { what, says, patch } of defects)
  test(`the checker sees it where ${what}`, async () => {
    const services = await loadServices([patch]);
    for (let seed = 1; seed <= 40; seed += 1) {
      const { problems, happened } = await simulate(seed, cycleScenario(services, seed));
      if ([...problems, ...happened].some((line) => says.test(line))) return;
    }
    assert.fail("none of 40 seeds shows it");
  });
