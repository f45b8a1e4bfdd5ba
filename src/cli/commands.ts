import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { registerActors } from "./actors/actors.ts";
import { registerBooks } from "./market/books.ts";
import { registerCompletion } from "./completion.ts";
import { registerDown } from "./market/down.ts";
import { kafkaDoor } from "./market/kafka-door.ts";
import { registerGateway } from "./market/gateway.ts";
import { registerKafka } from "./market/kafka.ts";
import { registerKeys } from "./keys/keys.ts";
import { registerPostgres } from "./market/postgres.ts";
import { newProgram, withHelp } from "./program.ts";
import { registerReconcile } from "./doctor/reconcile.ts";
import { registerReset } from "./market/reset.ts";
import { registerScenario } from "./scenario/scenario.ts";
import { registerServices } from "./market/services.ts";
import { registerUp } from "./market/up.ts";
import type { Config } from "./config.ts";

/** The whole program: every command that there is. */
export function allCommands(config: Config): Command {
  const program = withHelp(newProgram(), {
    summary: "A stock market on Apache Kafka: orders in, matched, confirmed and settled.",
    examples: [
      "npm start                                  the whole market in one command",
      "echo 100,SBI,985 | npx sauda broker        an order",
      "echo CONFIRM | npx sauda counterparty      its confirmation",
      "npx sauda watch                            DEMAT and DEBIT as they settle",
    ],
    more:
      "Exit codes: 0 done, 1 failed or refused, 2 usage, 3 stopped (a person must decide), " +
      "130 ended by Ctrl-C.",
  }).version(readVersion(config), "-V, --version", "print the version");
  registerUp(program, config);
  registerDown(program, config);
  registerReset(program, config);
  registerActors(program, kafkaDoor(config));
  registerServices(program, config);
  registerGateway(program, config);
  registerBooks(program, config);
  registerReconcile(program, config, kafkaDoor(config));
  registerKeys(program, config);
  registerScenario(program);
  registerKafka(program);
  registerPostgres(program, config);
  registerCompletion(program);
  return program;
}

/** The version that package.json says. */
function readVersion({ root }: Config): string {
  const said = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return said.version;
}
