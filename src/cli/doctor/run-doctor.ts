import { realClock } from "../../services/clock.ts";
import { isAway, isForGood } from "../../services/log-errors.ts";
import { Stop } from "../../services/stop.ts";
import { readConfig, type Config } from "../config.ts";
import { checkBooks, checkPostgres } from "./doctor-books.ts";
import { checkMachine, failed, fine, type Check } from "./doctor-machine.ts";
import { checkMarket } from "./doctor-market.ts";
import { checkProcesses } from "./doctor-processes.ts";
import { checkSources } from "./doctor-sources.ts";
import type { OpenMarket } from "../log-client.ts";
import { Failure, exitCode, type Output } from "../output.ts";
import type { ContextOptions } from "../context.ts";

/** Prints the checks. Returns the exit code. */
export async function runDoctor(
  open: OpenMarket,
  options: ContextOptions,
  output: Output,
): Promise<number> {
  const config = readConfig();
  const isOwnKafka = options.kafka === undefined && config.givenBootstrap === null;
  let failures = 0;
  const print = (check: Check): void => {
    if (check.level === "FAIL") failures += 1;
    printCheck(output, check);
  };
  for await (const check of checkMachine(config, isOwnKafka)) print(check);
  print(await checkPostgres(config));
  if (options.kafka === undefined) for await (const check of checkProcesses(config)) print(check);
  for await (const check of checkKafka(config, open, options)) print(check);
  return failures === 0 ? exitCode.done : exitCode.failed;
}

async function* checkKafka(
  config: Config,
  open: OpenMarket,
  { kafka }: ContextOptions,
): AsyncGenerator<Check> {
  try {
    const logClient = await open.log(kafka === undefined ? {} : { kafka });
    try {
      yield fine("Kafka", "answers, and has a market");
      yield* checkMarket(logClient, realClock);
      yield* checkSources(logClient, realClock.nowMs());
      yield* checkBooks(config, logClient, realClock);
    } finally {
      await logClient.close();
    }
  } catch (error) {
    if (isAway(error) || isForGood(error) || error instanceof Stop) {
      const fix = "put that right, then ask again";
      return yield failed("market", (error as Error).message, fix);
    }
    if (!(error instanceof Failure)) throw error;
    const [detail = "", fix = ""] = error.message.split(/: (.*)/s);
    yield failed("Kafka", detail, fix);
  }
}

/** One line: `ok   Node: 24.21.0`, `FAIL Java: none found -> install Java 17`. */
function printCheck(output: Output, check: Check): void {
  const { level, what, detail, fix } = check;
  const way = fix === "" ? "" : ` -> ${fix}`;
  output.fact(`${level.padEnd(4)} ${what}: ${detail}${way}`, check);
}
