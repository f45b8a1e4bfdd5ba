import { join } from "node:path";
import { openKafkaLog } from "../../kafka/kafka-log.ts";
import { eraseKafka, kafkaStatus } from "../../kafka/managed/stop.ts";
import { postgresFolder } from "../../postgres/managed/server.ts";
import { erasePostgres, stopPostgres } from "../../postgres/managed/stop.ts";
import { shownDatabase } from "./books-database.ts";
import type { Config } from "../config.ts";
import { askUp, findUp } from "./control.ts";
import { findMemoryMarket, howToEnd, type MemoryMarket } from "./memory-market.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";
import { serviceNames } from "./run-service.ts";

/** A running market is made anew within this. */
const resetTimeoutMs = 60_000;

/** What may be erased. */
export type ResetOptions = {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly yesDeleteTopics?: boolean;
};

/** Makes the market anew. */
export async function runReset(config: Config, options: ResetOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const up = await findUp(config.dataDir);
  if (up === null) return resetAtRest(config, options, output);
  const answer = await askUp(up, { do: "reset" }, resetTimeoutMs);
  if (!answer.ok) throw new Failure(`not reset: ${String(answer["why"])}`);
  output.fact(`RESET  market ${String(answer["market_id"])}   ${String(answer["took_ms"])} ms`, {
    ...answer,
    type: "reset",
  });
}

async function resetAtRest(config: Config, options: ResetOptions, output: Output): Promise<void> {
  const kafkaDir = join(config.dataDir, "kafka");
  const bootstrap = config.givenBootstrap ?? (await findRunning(kafkaDir));
  if (config.givenBootstrap !== null && options.yesDeleteTopics !== true) {
    const why = `${config.givenBootstrap} is not ours: --yes-delete-topics deletes the market's topics there`;
    throw new Failure(why, exitCode.usage);
  }
  const inMemory = await findMemoryMarket(config.dataDir);
  if (inMemory !== null) tellInMemory(inMemory, options, output);
  if (config.givenBootstrap === null && options.yes !== true) {
    throw new Failure("nothing runs here: --yes erases the kept market", exitCode.usage);
  }
  if (bootstrap === null) await eraseKafka(kafkaDir);
  else await deleteTopics(bootstrap);
  await eraseBooks(config, output);
  output.fact("RESET  the market's data is gone; npm start makes a new one", { type: "reset" });
}

/** What is kept is another market, which a reset beside one in memory may still be meant for. */
function tellInMemory({ pid }: MemoryMarket, options: ResetOptions, output: Output): void {
  const here = `a market in memory runs here (process ${pid})`;
  if (options.yes !== true && options.yesDeleteTopics !== true) {
    const way = `end it (${howToEnd(pid)}) and start it again; --yes erases the market that is kept beside it`;
    throw new Failure(`${here} and keeps nothing: ${way}`, exitCode.usage);
  }
  output.note(`${here}: it goes on as it is; what is kept beside it is deleted`);
}

/**
 * The books of our own PostgreSQL go with the log; in another one each market has rows of its own.
 */
async function eraseBooks({ givenDatabase, dataDir }: Config, output: Output): Promise<void> {
  if (givenDatabase !== null) {
    output.note(
      `the books in ${shownDatabase(givenDatabase)} are kept: another market has rows of its own there`,
    );
    return;
  }
  await stopPostgres(postgresFolder(dataDir));
  await erasePostgres(postgresFolder(dataDir));
}

async function findRunning(kafkaDir: string): Promise<string | null> {
  const status = await kafkaStatus(kafkaDir);
  return status.life === "running" ? status.kafka.bootstrap : null;
}

async function deleteTopics(bootstrap: string): Promise<void> {
  const log = openKafkaLog({ bootstrap, clientId: "sauda-reset" });
  try {
    await log.deleteMarket(serviceNames.map((name) => `sauda-${name}`));
  } finally {
    await log.close();
  }
}
