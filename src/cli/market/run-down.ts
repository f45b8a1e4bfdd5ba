import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopKafka } from "../../kafka/managed/stop.ts";
import { postgresFolder } from "../../postgres/managed/server.ts";
import { stopPostgres } from "../../postgres/managed/stop.ts";
import { orFailure } from "./own-server.ts";
import type { Config } from "../config.ts";
import { askUp, findUp, type UpState } from "./control.ts";
import { findMemoryMarket, howToEnd } from "./memory-market.ts";
import { Failure, makeOutput } from "../output.ts";

/** The market ends within this: services, then Kafka. */
const downTimeoutMs = 60_000;

/** Ends the market, then what was left running. Throws `Failure` where one in memory goes on. */
export async function runDown(config: Config, isJson: boolean): Promise<void> {
  const output = makeOutput(isJson);
  const up = await findUp(config.dataDir);
  if (up !== null) await endUp(config.dataDir, up);
  const postgres = await orFailure(stopPostgres(postgresFolder(config.dataDir)));
  const kafka = await stopKafka(join(config.dataDir, "kafka"));
  const market = up === null ? "not running" : "stopped";
  output.fact(`MARKET ${market}   Kafka ${kafka}   PostgreSQL ${postgres}`, {
    type: "down",
    market,
    kafka,
    postgres,
  });
  const inMemory = await findMemoryMarket(config.dataDir);
  if (inMemory !== null)
    throw new Failure(
      `a market in memory runs here (process ${inMemory.pid}): ${howToEnd(inMemory.pid)} ends it`,
    );
}

async function endUp(dataDir: string, up: UpState): Promise<void> {
  await askUp(up, { do: "down" }, 5000);
  const untilMs = performance.now() + downTimeoutMs;
  while ((await findUp(dataDir)) !== null) {
    if (performance.now() > untilMs) throw new Failure("the market does not end; see its terminal");
    await sleep(100);
  }
}
