import type { Step } from "../../src/domain/facts/event.ts";
import { Random } from "../../src/memory/random.ts";
import { readScenario } from "../../src/scenario/reading/file.ts";
import type { Scenario } from "../../src/scenario/reading/scenario.ts";
import { runScenario, type ScenarioResult } from "../../src/scenario/run.ts";
import { scenarioTerms } from "../../src/scenario/terms.ts";
import { trialBalance, type TrialBalance } from "../../src/services/trial-balance.ts";

/** How a scenario ended, with the steps it made (their number is `taken.length`). */
export type Ran = ScenarioResult & {
  readonly taken: readonly Step[];
  readonly balances: readonly TrialBalance[];
};

/** The scenario, or the test fails with what is wrong in it. */
export function readGood(source: string): Scenario {
  const scenario = readScenario(source);
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.problem));
  return scenario.value;
}

/** Plays a scenario's text. */
export function runScenarioText(source: string): Ran {
  const scenario = readGood(source);
  const taken: Step[] = [];
  const result = runScenario(scenario, {
    terms: scenarioTerms(scenario),
    newChance: (seed) => new Random(seed),
    onStep: (step) => taken.push(step),
  });
  return { ...result, taken, balances: trialBalance(result.market) };
}
