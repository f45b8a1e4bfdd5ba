import { z } from "zod";
import type { Result } from "./result.ts";
import { accountText, date, positiveRupees, symbol, whole } from "./scenario-fields.ts";
import type { AccountName } from "./scenario-fields.ts";
import { findMisnamed } from "./scenario-names.ts";
import { readStep } from "./scenario-step.ts";
import type { ScenarioStep } from "./scenario-step.ts";
import { fieldsOf, readAll, readPart, readYaml } from "./scenario-text.ts";
import type { ScenarioProblem, ScenarioText } from "./scenario-text.ts";

/** A security as the scenario describes it; what it leaves out is as in the built-in list. */
export type ScenarioSymbol = {
  readonly symbol: string;
  readonly closePaise: number | undefined;
  readonly series: string | undefined;
};

/** An account with what it opens with: cash in paise, shares by symbol. */
export type ScenarioAccount = AccountName & {
  readonly line: number;
  readonly cashPaise: number;
  readonly holdings: ReadonlyMap<string, number>;
};

/** One day of the calendar with its lines, in time order. */
export type ScenarioDay = {
  readonly line: number;
  readonly date: string;
  readonly steps: readonly ScenarioStep[];
};

/** A market's story: who takes part, what happens on which day, and what must be so. */
export type Scenario = {
  readonly name: string;
  readonly teaches: string;
  readonly symbols: readonly ScenarioSymbol[];
  readonly accounts: readonly ScenarioAccount[];
  readonly days: readonly ScenarioDay[];
};

const amounts = z.record(symbol, whole, "write shares by symbol such as { SBIN: 100 }");

const file = fieldsOf({
  name: z.string("write a name").min(1, "write a name"),
  teaches: z.string("write what to look at").min(1, "write what to look at"),
  market: fieldsOf({
    symbols: z
      .record(
        symbol,
        fieldsOf({
          close: positiveRupees.optional(),
          series: z.enum(["EQ", "BE"], "write EQ or BE").optional(),
        }),
      )
      .default({}),
  }).optional(),
  accounts: z.record(
    accountText,
    fieldsOf({ cash: positiveRupees.default(0), holdings: amounts.default({}) }),
    "write accounts such as HDFC/asha: { cash: 1000.00 }",
  ),
  days: z
    .array(
      fieldsOf({ date, steps: z.array(z.unknown(), "write a list of steps") }),
      "write a list of days",
    )
    .min(1, "write at least one day"),
});

/** Reads a scenario. Never throws; problems come with their lines, all that are found. */
export function readScenario(source: string): Result<Scenario, readonly ScenarioProblem[]> {
  const yaml = readYaml(source);
  if (!yaml.ok) return yaml;
  const text = yaml.value;
  const head = readPart(text, [], file, text.data);
  if (!head.ok) return head;
  const { name, teaches, market, days: written } = head.value;
  const days = readAll(written, (day, index) => readDay(text, ["days", index], day));
  if (!days.ok) return days;
  const scenario = {
    name,
    teaches: teaches.trim(),
    symbols: Object.entries(market?.symbols ?? {}).map(([named, { close, series }]) => ({
      symbol: named,
      closePaise: close,
      series,
    })),
    accounts: accountsIn(text, head.value.accounts),
    days: days.value,
  };
  const problem = findMisnamed(scenario);
  return problem.length > 0 ? { ok: false, problem } : { ok: true, value: scenario };
}

function readDay(
  text: ScenarioText,
  path: readonly PropertyKey[],
  { date: on, steps: written }: { readonly date: string; readonly steps: readonly unknown[] },
): Result<ScenarioDay, readonly ScenarioProblem[]> {
  const steps = readAll(written, (step, index) => readStep(text, [...path, "steps", index], step));
  if (!steps.ok) return steps;
  return { ok: true, value: { line: text.lineAt(path), date: on, steps: steps.value } };
}

function accountsIn(
  text: ScenarioText,
  written: z.output<typeof file>["accounts"],
): ScenarioAccount[] {
  return Object.entries(written).map(([key, { cash, holdings }]) => {
    const [participant = "", client = null] = key.split("/");
    return {
      line: text.lineAt(["accounts", key]),
      participant,
      client,
      cashPaise: cash,
      holdings: new Map(Object.entries(holdings)),
    };
  });
}
