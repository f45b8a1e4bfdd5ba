import { join } from "node:path";
import { KafkaUnreachable } from "../../kafka/errors.ts";
import { openKafkaLog } from "../../kafka/kafka-log.ts";
import { isPaused, pausedWords } from "../../kafka/managed/process.ts";
import { readLife } from "../../kafka/managed/state.ts";
import { eventsTopic } from "../../protocol/topics.ts";
import { NoSuchTopic } from "../../services/log-errors.ts";
import type { Config } from "../config.ts";
import { findBootstrap, type OpenMarket } from "../log-client.ts";
import { findMemoryMarket, memoryMarketWords } from "./memory-market.ts";
import { Failure } from "../output.ts";

/**
 * Opens the log of the market on Kafka. Breaks with Failure where there is no Kafka, or no market
 * on it.
 */
export function kafkaLogClient(config: Config): OpenMarket["log"] {
  return async ({ kafka }) => {
    const bootstrap = await findBootstrap(config, kafka);
    const log = openKafkaLog({ bootstrap, clientId: "sauda-terminal" });
    try {
      const shards = await log.partitions(eventsTopic);
      return { log, shards, close: () => log.close() };
    } catch (error) {
      await log.close();
      const memory = kafka === undefined ? await findMemoryMarket(config.dataDir) : null;
      if (error instanceof KafkaUnreachable && memory !== null)
        throw new Failure(`no Kafka at ${bootstrap}: ${memoryMarketWords(memory)}`);
      const why = error instanceof KafkaUnreachable ? await whyOurs(config, bootstrap) : null;
      if (why !== null) throw new Failure(why);
      throw explain(error, bootstrap);
    }
  };
}

/** Our own Kafka that runs and does not answer; null where it is another, or does not run. */
async function whyOurs({ dataDir }: Config, bootstrap: string): Promise<string | null> {
  const { life, state } = await readLife(join(dataDir, "kafka"));
  if (life !== "running" || !bootstrap.endsWith(`:${state.port}`)) return null;
  const way = (await isPaused(state.pid))
    ? pausedWords(state.pid)
    : "npx sauda kafka logs says why";
  return `the Kafka that runs here (pid ${state.pid}, ${bootstrap}) does not answer: ${way}`;
}

function explain(error: unknown, bootstrap: string): unknown {
  if (error instanceof KafkaUnreachable)
    return new Failure(
      `no Kafka at ${bootstrap}: npm start runs one, --kafka <host:port> names another`,
    );
  if (error instanceof NoSuchTopic)
    return new Failure(`no market on ${bootstrap} yet: npm start makes one`);
  return error;
}
