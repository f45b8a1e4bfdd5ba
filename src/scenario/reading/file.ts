import { z } from "zod";
import { accountKey } from "../../domain/facts/account.ts";
import type { Result } from "../../protocol/result.ts";
import { whole } from "./fields.ts";
import { date } from "../../protocol/fields.ts";
import { flowAccounts, flowFields, flowOf, type ScenarioFlow } from "./flow.ts";
import {
  accountFields,
  accountsOf,
  marketFields,
  marketOf,
  type ScenarioAccount,
} from "./market.ts";
import { findMisnamed } from "./names.ts";
import { readStep } from "./step.ts";
import {
  fieldsOf,
  readAll,
  readPart,
  readYaml,
  type ScenarioProblem,
  type ScenarioText,
} from "./text.ts";
import type { Scenario, ScenarioDay } from "./scenario.ts";

const file = fieldsOf({
  name: z.string("write a name").min(1, "write a name"),
  teaches: z.string("write what to look at").min(1, "write what to look at"),
  market: marketFields.prefault({}),
  accounts: accountFields,
  flow: flowFields.optional(),
  days: z
    .array(
      fieldsOf({
        date,
        trades: whole.default(0),
        steps: z.array(z.unknown(), "write a list of steps").default([]),
      }),
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
  const { name, teaches, market, accounts, days: written } = head.value;
  const days = readAll(written, (day, index) => readDay(text, ["days", index], day));
  if (!days.ok) return days;
  const flow = head.value.flow === undefined ? null : flowOf(head.value.flow);
  const scenario = {
    name,
    teaches: teaches.trim(),
    market: marketOf(market),
    accounts: allAccounts(accountsOf(text, accounts), flow, text.lineAt(["flow"])),
    flow,
    days: days.value,
  };
  const problem = findMisnamed(scenario);
  return problem.length > 0 ? { ok: false, problem } : { ok: true, value: scenario };
}

function allAccounts(
  described: readonly ScenarioAccount[],
  flow: ScenarioFlow | null,
  line: number,
): ScenarioAccount[] {
  const keyOf = ({ participant, client }: ScenarioAccount): string =>
    accountKey(participant, client);
  const own = new Set(described.map(keyOf));
  const crowd = flow === null ? [] : flowAccounts(flow, line);
  return [...described, ...crowd.filter((account) => !own.has(keyOf(account)))];
}

function readDay(
  text: ScenarioText,
  path: readonly PropertyKey[],
  day: { readonly date: string; readonly trades: number; readonly steps: readonly unknown[] },
): Result<ScenarioDay, readonly ScenarioProblem[]> {
  const steps = readAll(day.steps, (step, index) =>
    readStep(text, [...path, "steps", index], step),
  );
  if (!steps.ok) return steps;
  const { date: on, trades } = day;
  return { ok: true, value: { line: text.lineAt(path), date: on, trades, steps: steps.value } };
}
