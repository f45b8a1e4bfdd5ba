import type { Command } from "commander";
import { realClock } from "../../services/clock.ts";
import { calendarNote } from "./calendar-note.ts";
import type { Config } from "../config.ts";
import { modeOption } from "../option-values.ts";
import { findBootstrap } from "../door.ts";
import { readTerms } from "./market-terms.ts";
import { makeOutput } from "../output.ts";
import { withHelp } from "../program.ts";
import { runService, serviceNames } from "./run-service.ts";
import type { ServiceName } from "./run-service.ts";
import { runAsProcess } from "./service-process.ts";

type ServiceOptions = {
  readonly kafka?: string;
  readonly participants: string;
  readonly mode?: "open" | "strict";
  readonly json?: boolean;
};

const does: Readonly<Record<ServiceName, string>> = {
  intake: "relays what strangers write (the seeds' topics, sauda.orders) into sauda.commands",
  exchange: "decides commands: the one writer of sauda.events",
  publisher: "puts what the log says on the public topics",
};

/** `sauda intake`, `sauda exchange`, `sauda publisher`: one service each, in the foreground. */
export function registerServices(program: Command, config: Config): void {
  for (const name of serviceNames) {
    withHelp(program.command(name), {
      summary: does[name],
      examples: [`npx sauda ${name}`],
      more:
        "Runs the service alone. Start it twice and the second stands by. " +
        "Exit code 3: it stopped, and only a person may go on.",
    })
      .option(
        "--kafka <host:port>",
        "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)",
      )
      .option("--participants <file>", "who takes part", `${config.root}/participants.json`)
      .addOption(modeOption())
      .option("--json", "reports as NDJSON")
      .action((options: ServiceOptions) => runAlone(name, config, options));
  }
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
