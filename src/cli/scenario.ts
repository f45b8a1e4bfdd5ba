import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { accountKey } from "../domain/account.ts";
import { dayOf } from "../domain/calendar.ts";
import type { Step } from "../domain/event.ts";
import { Random } from "../memory/random.ts";
import { encodeStep } from "../protocol/log-record.ts";
import { readScenario } from "../protocol/scenario-file.ts";
import type { Scenario } from "../protocol/scenario-file.ts";
import { runScenario } from "../services/scenario-run.ts";
import type { ScenarioResult } from "../services/scenario-run.ts";
import { scenarioTerms } from "../services/scenario-terms.ts";
import { trialBalance } from "../services/trial-balance.ts";
import { scenarioNotes } from "./calendar-note.ts";
import { balanceFact, dueFact, nettingFact, stepFacts } from "./scenario-facts.ts";
import { counted } from "./scenario-amount-words.ts";
import { Failure, exitCode, makeOutput } from "./output.ts";
import type { Output } from "./output.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** What may be said beside the file. */
export type ScenarioOptions = {
  readonly json?: boolean;
  readonly journals?: boolean;
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly steps?: string;
};

/** `sauda scenario run FILE`: a market's days on a virtual clock, and whether what was expected came. */
export function registerScenario(program: Command, terminal: Terminal = processTerminal): void {
  program
    .command("scenario")
    .summary("play a file of days on a virtual clock")
    .command("run")
    .summary("play the file and compare what it expects")
    .description(
      [
        "Examples:",
        "  npx sauda scenario run examples/scenarios/happy-trade.yaml",
        "  npx sauda scenario run examples/scenarios/three-days.yaml --quiet",
        "  npx sauda scenario run my.yaml --journals --steps steps.ndjson",
        "",
        "Needs no Kafka: the market runs in this process, with India's time as the file says it.",
        "The format is told in docs/scenarios.md.",
        "Exit codes: 0 all as expected, 1 not as expected, 2 the file cannot be read.",
      ].join("\n"),
    )
    .argument("<file>", "a scenario in YAML")
    .option("--json", "facts as JSON, one object a line")
    .option("--journals", "also every posting")
    .option("--all", "also what the flow's own accounts do among themselves")
    .option("--quiet", "only how it ended")
    .option("--steps <file>", "write the steps as the log has them, one JSON object a line")
    .action(async (file: string, options: ScenarioOptions) => {
      const output = makeOutput(options.json === true, terminal);
      const run = async (): Promise<number> => {
        const code = await runFile(file, options, output);
        await written(terminal);
        return code;
      };
      terminal.setExitCode(await terminal.interruptible(run));
    });
}

/** Until all is out: whoever closes the pipe early must be heard of while somebody listens. */
function written({ out }: Terminal): Promise<void> {
  return new Promise((resolve) => {
    out.write("", () => resolve());
  });
}

/** Plays the file and says what happens. Returns the exit code. */
export async function runFile(
  file: string,
  options: ScenarioOptions,
  output: Output,
): Promise<number> {
  const scenario = await readFromFile(file);
  output.note(`${scenario.name}: ${scenario.teaches}`);
  const written: string[] = [];
  const inCrowd = options.all === true ? [] : scenario.accounts.filter(({ isOfFlow }) => isOfFlow);
  const telling = {
    withJournals: options.journals === true,
    crowd: new Set(inCrowd.map(({ participant, client }) => accountKey(participant, client))),
  };
  const onStep = (step: Step, seq: number): void => {
    if (options.steps !== undefined) written.push(encodeStep(step), "\n");
    if (options.quiet === true) return;
    for (const { text, json } of stepFacts(step, seq, telling))
      if (text !== "" || output.isJson) output.fact(text, json);
  };
  const terms = scenarioTerms(scenario);
  const days = scenario.days.map(({ date }) => dayOf(date));
  for (const note of scenarioNotes(terms, days)) output.note(note);
  const result = runScenario(scenario, {
    terms,
    newChance: (seed) => new Random(seed),
    onStep,
  });
  if (options.steps !== undefined) await writeSteps(options.steps, written);
  const facts = [
    ...result.completed.map(nettingFact),
    ...result.open.map(dueFact),
    ...trialBalance(result.market).map(balanceFact),
  ];
  for (const { text, json } of facts) output.fact(text, json);
  return sayEnd(file, result, output);
}

function sayEnd(
  file: string,
  { steps, expectations, unmet }: ScenarioResult,
  output: Output,
): number {
  for (const { line, expected, was } of unmet)
    output.fact(`FAIL ${file}:${line}: expected ${expected}; was ${was}`, {
      type: "fail",
      file,
      line,
      expected,
      was,
    });
  const met = expectations - unmet.length;
  const how = unmet.length === 0 ? "PASS" : "FAIL";
  output.fact(
    `${how} ${met} of ${counted(expectations, "expectation")}   ${counted(steps, "step")}`,
    {
      type: how.toLowerCase(),
      expectations,
      met,
      steps,
    },
  );
  return unmet.length === 0 ? exitCode.done : exitCode.failed;
}

async function readFromFile(file: string): Promise<Scenario> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot read ${file}: ${why}`, exitCode.usage);
  }
  const scenario = readScenario(source);
  if (scenario.ok) return scenario.value;
  const lines = scenario.problem.map(({ line, text }) => `${file}:${line}: ${text}`);
  throw new Failure(lines.join("\n"), exitCode.usage);
}

async function writeSteps(file: string, texts: readonly string[]): Promise<void> {
  try {
    await writeFile(file, texts.join(""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`--steps: cannot write ${file}: ${why}`);
  }
}
