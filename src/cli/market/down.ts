import type { Command } from "commander";
import type { Config } from "../config.ts";
import { newCommand } from "../program.ts";

/**
 * `sauda down`: ends the running market, and the managed Kafka and PostgreSQL if they were
 * left running.
 */
export function registerDown(program: Command, config: Config): void {
  newCommand(program, {
    name: "down",
    examples: ["npx sauda down"],
    more: "Ends the market started by `npm start`, the managed PostgreSQL and Kafka. The data is kept.",
  })
    .option("--json", "facts as NDJSON")
    .action(async ({ json }: { json?: boolean }) =>
      (await import("./run-down.ts")).runDown(config, json === true),
    );
}
