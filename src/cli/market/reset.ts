import type { Command } from "commander";
import type { Config } from "../config.ts";
import { newCommand } from "../program.ts";
import type { ResetOptions } from "./run-reset.ts";

/** `sauda reset`: the market's log and topics are deleted and made anew, its books emptied. */
export function registerReset(program: Command, config: Config): void {
  newCommand(program, {
    name: "reset",
    examples: [
      "npx sauda reset               while `npm start` runs: a new market in a few seconds",
      "npx sauda reset --yes         while nothing runs: erases the kept data",
    ],
    more: "On a Kafka that KAFKA_BOOTSTRAP_SERVERS names it needs --yes-delete-topics.",
  })
    .option("--yes", "erase the kept data although nothing runs")
    .option("--yes-delete-topics", "delete our topics on a Kafka that is not ours")
    .option("--json", "facts as NDJSON")
    .action(async (options: ResetOptions) =>
      (await import("./run-reset.ts")).runReset(config, options),
    );
}
