import type { Command } from "commander";
import { defaultKafkaPort, type Config } from "../config.ts";
import { ordersPerSecondDefault } from "../../http/limits.ts";
import { defaultHttpPort } from "./gateway.ts";
import {
  modeOption,
  readCount,
  readFixedPort,
  readPort,
  snapshotStepsOption,
} from "../option-values.ts";
import { newCommand } from "../program.ts";
import type { UpOptions } from "./run-up.ts";

/** `sauda up` (= `npm start`): the whole market in one command, until Ctrl-C. */
export function registerUp(program: Command, config: Config): void {
  newCommand(program, {
    name: "up",
    examples: [
      "npm start                              Kafka, the market, the seeds' two trades",
      "npm start -- --in-memory               without Kafka; nothing is kept",
      "npx sauda up --ephemeral --json        for tests: free ports, temporary data",
    ],
    more:
      "Starts Kafka (unless KAFKA_BOOTSTRAP_SERVERS names one) and PostgreSQL for the books (unless " +
      "DATABASE_URL names one), makes the topics, starts intake, exchange and its standby, publisher, " +
      "gateway and books, and starts again what dies. Without Java or Maven it goes on with the log in memory. " +
      "Ctrl-C ends what it started. A market in memory takes commands on stdin: it ends after lines that " +
      "were piped in, and goes on where there are none (/dev/null, a service).",
  })
    .option("--kafka-port <port>", "port of the managed Kafka", readFixedPort, defaultKafkaPort)
    .option("--http-port <port>", "port of the gateway; 0: a free one", readPort, defaultHttpPort)
    .option(
      "--orders-per-second <number>",
      "sequenced requests of one key",
      readCount,
      ordersPerSecondDefault,
    )
    .option("--in-memory", "the same services on a log in memory, in this process")
    .option("--ephemeral", "free ports and temporary data; ends with the process that started it")
    .option("--participants <file>", "who takes part", `${config.root}/participants.json`)
    .addOption(modeOption())
    .option("--no-demo", "do not play the seeds' two trades (never played with --ephemeral)")
    .addOption(snapshotStepsOption())
    .option(
      "--standby",
      "a second exchange that takes over at once (not with --ephemeral unless asked)",
    )
    .option("--no-standby", "without it")
    .option("--no-books", "without PostgreSQL and the books")
    .option("--yes-delete-topics", "let `sauda reset` delete topics on a Kafka we did not start")
    .option("--json", "facts as NDJSON")
    .action(async (options: UpOptions) => (await import("./run-up.ts")).runUp(config, options));
}
