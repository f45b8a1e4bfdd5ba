import type { Command } from "commander";
import { realClock } from "../../services/clock.ts";
import { calendarNote } from "./calendar-note.ts";
import type { Config } from "../config.ts";
import { modeOption } from "../option-values.ts";
import { findBootstrap } from "../door.ts";
import { readTerms } from "./market-terms.ts";
import { makeOutput } from "../output.ts";
import { withHelp } from "../program.ts";
import { runService } from "./run-service.ts";
import type { ServiceName } from "./run-service.ts";
import { runAsProcess } from "./service-process.ts";
import { summaries } from "../summaries.ts";

type ServiceOptions = {
  readonly kafka?: string;
  readonly participants: string;
  readonly mode?: "open" | "strict";
  readonly json?: boolean;
};

/** `sauda intake`, `sauda exchange`, `sauda publisher`: one service, in the foreground. */
export function registerService(program: Command, config: Config, name: ServiceName): void {
  withHelp(program.command(name), {
    summary: summaries[name],
    examples: [`npx sauda ${name}`],
    more:
      "Runs the service alone. Start it twice and the second stands by. " +
      "Exit code 3: it stopped, and only a person may go on.",
  })
    .option("--kafka <host:port>", "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)")
    .option("--participants <file>", "who takes part", `${config.root}/participants.json`)
    .addOption(modeOption())
    .option("--json", "reports as NDJSON")
    .action((options: ServiceOptions) => runAlone(name, config, options));
}

async function runAlone(name: ServiceName, config: Config, options: ServiceOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const terms = await readTerms(options.participants, options.mode);
  const unknownDays = calendarNote(terms.terms, realClock.nowMs());
  if (name === "exchange" && unknownDays !== null) output.note(unknownDays);
  const bootstrap = await findBootstrap(config, options.kafka);
  await runAsProcess(name, bootstrap, output, ({ log, report, signal }) =>
    runService(name, { ...terms, log, report }, signal),
  );
}
