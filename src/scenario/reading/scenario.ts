import type { ScenarioFlow } from "./flow.ts";
import type { ScenarioAccount, ScenarioMarket } from "./market.ts";
import type { ScenarioStep } from "./step.ts";

/** One day of the calendar with its lines, in time order. */
export type ScenarioDay = {
  readonly line: number;
  readonly date: string;
  readonly steps: readonly ScenarioStep[];
  /** So many trades the flow makes on this day. */
  readonly trades: number;
};

/** A market's story: who takes part, what happens on which day, and what must be so. */
export type Scenario = {
  readonly name: string;
  readonly teaches: string;
  readonly market: ScenarioMarket;
  /** Those of the file, and those of the flow that the file does not describe. */
  readonly accounts: readonly ScenarioAccount[];
  readonly flow: ScenarioFlow | null;
  readonly days: readonly ScenarioDay[];
};
