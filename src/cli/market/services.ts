import type { Command } from "commander";
import type { Config } from "../config.ts";
import { modeOption, secondsOption, snapshotStepsOption } from "../option-values.ts";
import { addCommand } from "../context.ts";
import type { ServiceName } from "./run-service.ts";
import type { ServiceOptions } from "./run-alone.ts";

/** What Kafka's brokers allow by default. */
const sessionTimeoutSeconds = 6;

/** `sauda intake`, `sauda exchange`, `sauda publisher`: one service, in the foreground. */
export function registerService(program: Command, config: Config, name: ServiceName): void {
  const command = addCommand(
    { program },
    {
      name,
      examples: [`npx sauda ${name}`],
      more:
        "Runs the service alone. Start it twice and the second stands by. " +
        "Exit code 3: it stopped, and only a person may go on.",
    },
  )
    .option("--participants <file>", "who takes part", `${config.root}/participants.json`)
    .addOption(modeOption())
    .action(async (options: ServiceOptions) =>
      (await import("./run-alone.ts")).runAlone(name, config, options),
    );
  if (name !== "exchange") return;
  command
    .addOption(snapshotStepsOption())
    .addOption(
      secondsOption(
        "--session-timeout <seconds>",
        "one that is silent for so long is taken for dead, and its standby takes over",
        sessionTimeoutSeconds,
      ),
    );
}
