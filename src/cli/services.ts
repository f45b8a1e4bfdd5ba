import type { Command } from "commander";
import { openKafkaLog } from "../kafka/kafka-log.ts";
import { Stop } from "../services/stop.ts";
import type { Config } from "./config.ts";
import { findBootstrap } from "./door.ts";
import { readTerms } from "./market-terms.ts";
import { Failure, exitCode, makeOutput } from "./output.ts";
import { describeReport, runService, serviceNames } from "./run-service.ts";
import type { ServiceName } from "./run-service.ts";

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
    program
      .command(name)
      .summary(does[name])
      .description(
        `Example:\n  npx sauda ${name}\n\nRuns the service alone: it ${does[name]}.\nStart it twice and the second stands by. Exit code 3: it stopped, and only a person may go on.`,
      )
      .option(
        "--kafka <host:port>",
        "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)",
      )
      .option("--participants <file>", "who takes part", `${config.root}/participants.json`)
      .option("--mode <mode>", "open or strict (default: the file's)")
      .option("--json", "reports as NDJSON")
      .action((options: ServiceOptions) => runAlone(name, config, options));
  }
}

async function runAlone(name: ServiceName, config: Config, options: ServiceOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const terms = await readTerms(options.participants, options.mode);
  const bootstrap = await findBootstrap(config, options.kafka);
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once("SIGTERM", end).once("SIGINT", end);
  process.once("disconnect", end); // the `up` that started this process is gone
  const log = openKafkaLog({ bootstrap, clientId: `sauda-${name}` });
  try {
    const report = (said: Parameters<typeof describeReport>[0]): void =>
      output.fact(describeReport(said), said);
    await runService(name, { ...terms, log, report }, ended.signal);
  } catch (error) {
    if (error instanceof Stop) {
      throw new Failure(`${name} stopped: ${error.message}`, exitCode.stopped);
    }
    throw error;
  } finally {
    await log.close();
    if (process.connected) process.disconnect();
  }
}
