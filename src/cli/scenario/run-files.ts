import { readFile, writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { accountKey } from "../../domain/facts/account.ts";
import { dayOf } from "../../domain/facts/calendar.ts";
import type { Step } from "../../domain/facts/event.ts";
import { Random } from "../../memory/random.ts";
import { stepText } from "../../protocol/log/order-record.ts";
import { kolkataTime } from "../../protocol/moment.ts";
import { readScenario } from "../../scenario/reading/file.ts";
import type { Scenario } from "../../scenario/reading/scenario.ts";
import { runScenario, type ScenarioResult } from "../../scenario/run.ts";
import { scenarioTerms } from "../../scenario/terms.ts";
import { trialBalance } from "../../services/trial-balance.ts";
import { scenarioNotes } from "../market/calendar-note.ts";
import { balanceFact, dueFact, nettingFact, stepFacts } from "./scenario-facts.ts";
import { counted } from "../../scenario/words/amounts.ts";
import { unusableFile } from "../machine-faults.ts";
import { Failure, exitCode, type Output } from "../output.ts";
import { whyOf } from "../../services/why.ts";

/** What may be said beside the file. */
export type ScenarioOptions = {
  readonly json?: boolean;
  readonly journals?: boolean;
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly steps?: string;
};

/**
 * Plays the files one after the other, also after one that cannot be read. Returns the highest
 * exit code.
 */
export async function runFiles(
  files: readonly string[],
  options: ScenarioOptions,
  output: Output,
): Promise<number> {
  if (files.length === 1) return runFile(files[0] ?? "", options, output);
  if (options.steps !== undefined)
    throw new Failure(
      `--steps takes one market's steps: give one file, not ${files.length}`,
      exitCode.usage,
    );
  const codes: number[] = [];
  for (const file of files) {
    output.fact(`FILE ${file}`, { type: "file", file });
    codes.push(
      await runFile(file, options, output).catch((error: unknown) => sayUnread(error, output)),
    );
    await setImmediate(); // whoever reads may have gone, and is heard of only now
  }
  const passed = codes.filter((code) => code === exitCode.done).length;
  const how = passed === files.length ? "PASS" : "FAIL";
  const json = { type: `files_${how.toLowerCase()}`, files: files.length, passed };
  output.fact(`${how} ${passed} of ${counted(files.length, "file")}`, json);
  return Math.max(...codes);
}

function sayUnread(error: unknown, output: Output): number {
  if (!(error instanceof Failure)) throw error;
  output.warn(error.message);
  return error.code;
}

/** Plays the file and says what happens. Returns the exit code. */
async function runFile(file: string, options: ScenarioOptions, output: Output): Promise<number> {
  const { scenario, notes } = await readFromFile(file);
  output.note(`${scenario.name}: ${scenario.teaches}`);
  if (options.quiet !== true) for (const line of notes) output.note(line);
  const written: string[] = [];
  const inCrowd = options.all === true ? [] : scenario.accounts.filter(({ isOfFlow }) => isOfFlow);
  const telling = {
    withJournals: options.journals === true,
    crowd: new Set(inCrowd.map(({ participant, client }) => accountKey(participant, client))),
  };
  let today = "";
  const onStep = (step: Step, seq: number): void => {
    if (options.steps !== undefined) written.push(stepText(step), "\n");
    if (options.quiet === true) return;
    const facts = stepFacts(step, seq, telling);
    const date = kolkataTime(step.at).slice(0, 10);
    if (date !== today && facts.some(({ text }) => text !== "" || output.isJson)) {
      today = date;
      output.fact(dayWords(date), { type: "day", date });
    }
    for (const { text, json } of facts) if (text !== "" || output.isJson) output.fact(text, json);
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

/** `== Monday 24 August 2026`. */
function dayWords(date: string): string {
  const words = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });
  return `== ${words.format(new Date(`${date}T00:00:00Z`)).replace(",", "")}`;
}

/** The scenario, and the notes that stand before its first field. */
async function readFromFile(file: string): Promise<{ scenario: Scenario; notes: string[] }> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    throw unusableFile(`cannot read ${file}`, error);
  }
  const scenario = readScenario(source);
  if (scenario.ok) return { scenario: scenario.value, notes: headNotes(source) };
  const lines = scenario.problem.map(({ line, text }) => `${file}:${line}: ${text}`);
  throw new Failure(lines.join("\n"), exitCode.usage);
}

function headNotes(source: string): string[] {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#") && line.trim() !== "");
  return lines
    .slice(0, end)
    .filter((line) => line.startsWith("#"))
    .map((line) => line.replace(/^# ?/, ""));
}

async function writeSteps(file: string, texts: readonly string[]): Promise<void> {
  try {
    await writeFile(file, texts.join(""));
  } catch (error) {
    const why = whyOf(error);
    throw new Failure(`--steps: cannot write ${file}: ${why}`);
  }
}
