import type { Command } from "commander";
import type { Config } from "../config.ts";
import { newCommand } from "../program.ts";
import type { PostgresAction, PostgresOptions } from "./run-postgres.ts";

/**
 * `sauda postgres start|stop|status|url|reset`: the PostgreSQL that Sauda runs when none is given.
 */
export function registerPostgres(program: Command, config: Config): void {
  const postgres = newCommand(program, {
    name: "postgres",
    examples: ["npx sauda postgres status", 'psql "$(npx sauda postgres url)"'],
  });
  const add = (action: PostgresAction, summary: string): Command =>
    newCommand(postgres, { name: action, summary, examples: [`npx sauda postgres ${action}`] })
      .option("--json", "facts as NDJSON")
      .action(async (options: PostgresOptions) =>
        (await import("./run-postgres.ts")).runPostgres(action, config, options),
      );
  add("start", "start it and wait until it answers; use it if it runs");
  add("stop", "stop it and wait until it has ended");
  add("status", "say whether it runs; exit code 1 if not");
  add("url", "print its address with its password, for psql and programs");
  add("reset", "stop it and remove its data for ever; the log makes them anew").option(
    "--yes",
    "yes, remove everything",
  );
}
