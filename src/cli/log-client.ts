import { join } from "node:path";
import { kafkaStatus } from "../kafka/managed/stop.ts";
import type { MarketLog } from "../services/log.ts";
import type { MarketChoice } from "./client/find-market.ts";
import type { GatewayEndpoint } from "./client/gateway-client.ts";
import { defaultKafkaPort, type Config } from "./config.ts";

/** The terminal's client of a market's log, and how many shards it has. */
export type LogClient = {
  readonly log: MarketLog;
  readonly shards: number;
  close(): Promise<void>;
};

/** Opens a market: by its log, or by its gateway. */
export type OpenMarket = {
  /** The log itself. `kafka` is what `--kafka` said. */
  log(options: { readonly kafka?: string }): Promise<LogClient>;
  /** The gateway that is meant; null where only a log is named. */
  gateway(options: MarketChoice): Promise<GatewayEndpoint | null>;
  /** True at a market's own prompt, which has the log in its hands. */
  readonly asksLog: boolean;
};

/**
 * Where Kafka is: what was given, else KAFKA_BOOTSTRAP_SERVERS, else our own running one, else
 * where the seeds' programs look.
 */
export async function findBootstrap(config: Config, given?: string): Promise<string> {
  if (given !== undefined) return given;
  if (config.givenBootstrap !== null) return config.givenBootstrap;
  const status = await kafkaStatus(join(config.dataDir, "kafka"));
  return status.life === "running" ? status.kafka.bootstrap : `localhost:${defaultKafkaPort}`;
}
