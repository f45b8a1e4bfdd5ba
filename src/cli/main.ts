import { Command, CommanderError } from "commander";
import { DatabaseTrouble } from "../postgres/trouble.ts";
import { Away, NoSuchTopic, Refused } from "../services/log-errors.ts";
import { Stop } from "../services/stop.ts";
import { registerActors } from "./actors.ts";
import { registerBooks } from "./books.ts";
import { readConfig } from "./config.ts";
import { registerDown } from "./down.ts";
import { kafkaDoor } from "./kafka-door.ts";
import { registerGateway } from "./gateway.ts";
import { registerKafka } from "./kafka.ts";
import { registerKeys } from "./keys.ts";
import { Failure, exitCode } from "./output.ts";
import { registerPostgres } from "./postgres.ts";
import { registerReconcile } from "./reconcile.ts";
import { registerReset } from "./reset.ts";
import { registerScenario } from "./scenario.ts";
import { registerServices } from "./services.ts";
import { registerUp } from "./up.ts";

const config = readConfig();
const program = new Command("sauda");

program
  .description(
    [
      "Examples:",
      "  npm start                                  the whole market in one command",
      "  echo 100,SBI,985 | npx sauda broker        an order",
      "  echo CONFIRM | npx sauda counterparty      its confirmation",
      "  npx sauda watch                            DEMAT and DEBIT as they settle",
      "",
      "A stock market on Apache Kafka: orders in, matched, confirmed and settled.",
      "Exit codes: 0 done, 1 failed or refused, 2 usage, 3 stopped (a person must decide).",
    ].join("\n"),
  )
  .showSuggestionAfterError()
  .exitOverride();

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

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says on stderr what went wrong and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof Failure) {
    process.stderr.write(`sauda: ${error.message}\n`);
    return error.code;
  }
  if (error instanceof Stop) {
    process.stderr.write(`sauda: stopped: ${error.message}\n`);
    return exitCode.stopped;
  }
  if (error instanceof DatabaseTrouble) {
    process.stderr.write(`sauda: ${error.message}\n`);
    return error.mayPass ? exitCode.failed : exitCode.stopped;
  }
  const isExpected =
    error instanceof Away || error instanceof Refused || error instanceof NoSuchTopic;
  const said = isExpected ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`sauda: ${said}\n`);
  return exitCode.failed;
}
