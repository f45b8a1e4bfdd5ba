import { join } from "node:path";
import type { Command } from "commander";
import { makeOutput } from "../output.ts";
import { readConfig } from "../config.ts";
import { newCommand } from "../program.ts";
import { processTerminal, type Terminal } from "../terminal.ts";
import type { ScenarioOptions } from "./run-files.ts";

/** `sauda scenario`: a market's days on a virtual clock, and whether what was expected came. */
export function registerScenario(program: Command, terminal: Terminal = processTerminal): void {
  const scenario = newCommand(program, {
    name: "scenario",
    examples: [
      "npx sauda scenario list",
      "npx sauda scenario run examples/scenarios/happy-trade.yaml",
    ],
  });
  newCommand(scenario, {
    name: "list",
    summary: "list scenarios: their days and what they teach",
    examples: ["npx sauda scenario list", "npx sauda scenario list my-scenarios"],
  })
    .argument("[folder]", "a folder of scenarios (default: those that come with Sauda)")
    .option("--json", "facts as JSON, one object a line")
    .action(async (folder: string | undefined, options: { json?: boolean }) => {
      const { listScenarios } = await import("./scenario-list.ts");
      const output = makeOutput(options.json === true, terminal);
      const library = join(readConfig().root, "examples", "scenarios");
      terminal.setExitCode(await listScenarios(folder ?? library, terminal, output));
    });
  newCommand(scenario, {
    name: "run",
    summary: "play files and compare what they expect",
    examples: [
      "npx sauda scenario run examples/scenarios/happy-trade.yaml",
      "npx sauda scenario run examples/scenarios/*.yaml --quiet",
      "npx sauda scenario run my.yaml --journals --steps steps.ndjson",
    ],
    more:
      "Needs no Kafka: the market runs in this process, with India's time as the file says it. " +
      "The format is told in docs/scenarios.md. " +
      "Exit codes: 0 all as expected, 1 not as expected, 2 a file cannot be read.",
  })
    .argument("<file...>", "scenarios in YAML, each a market of its own")
    .option("--json", "facts as JSON, one object a line")
    .option("--journals", "also every posting")
    .option("--all", "also what the flow's own accounts do among themselves")
    .option("--quiet", "only how it ended")
    .option("--steps <file>", "write the steps as the log has them, one JSON object a line")
    .action(async (files: string[], options: ScenarioOptions) => {
      const output = makeOutput(options.json === true, terminal);
      const { runFiles } = await import("./run-files.ts");
      terminal.setExitCode(await runFiles(files, options, output));
    });
}
