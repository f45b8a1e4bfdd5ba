import { join } from "node:path";
import { openKafkaLog, type KafkaLog } from "../../kafka/kafka-log.ts";
import { startKafka } from "../../kafka/managed/broker.ts";
import { defaultJarsDir } from "../../kafka/managed/installation.ts";
import { KafkaProblem } from "../../kafka/managed/problem.ts";
import { readLife } from "../../kafka/managed/state.ts";
import { stopKafka } from "../../kafka/managed/stop.ts";
import type { MarketLog } from "../../services/log.ts";
import { keptFolder, temporaryFolder } from "./data-folder.ts";
import { openBooks } from "./kept-books.ts";
import { watchServer, type ServerOptions } from "./kept-server.ts";
import { sameAddress, startServices, type GatewayProcess } from "./kept-services.ts";
import { Failure, exitCode } from "../output.ts";
import { serviceNames, shardCount } from "./run-service.ts";
import { kafkaFailure } from "./without-kafka.ts";
import { endWithThisProcess } from "./watchdog.ts";

/** How long the services may take until they work; recovery of a long log is the longest part. */
const servicesTimeoutMs = 120_000;

/** Where one stands by, a dead one is missed sooner than Kafka's brokers allow by default. */
const standbyArgs = ["--session-timeout", "2"];

/** What the market on Kafka is made with. */
type MarketOptions = ServerOptions & {
  readonly kafkaPort: number;
  /** Whether PostgreSQL and the books are part of it. */
  readonly withBooks: boolean;
  /** Arguments of every service: participants, mode. */
  readonly serviceArgs: readonly string[];
  /** Those of the exchange besides. */
  readonly exchangeArgs: readonly string[];
  /** Whether a second exchange follows the first one. */
  readonly withStandby: boolean;
  /** Arguments of the gateway but for the Kafka it uses, and its dashboard's secret. */
  readonly gateway: Omit<GatewayProcess, "database">;
  readonly tell: {
    readonly step: (line: string) => void;
    readonly detail: (line: string) => void;
  };
};

/** A market that runs on Kafka. */
export type RunningMarket = {
  readonly bootstrap: string;
  readonly log: MarketLog;
  /** "ours": started by this process. "reused": ours, and ran before. "given": not ours. */
  readonly kafka: "ours" | "reused" | "given";
  readonly dataDir: string;
  /** Where the books lie; null where there are none. */
  readonly database: string | null;
  marketId(): string;
  /** Where the gateway listens. */
  url(): string;
  pids(): Readonly<Record<string, number | undefined>>;
  /** Deletes the market and makes it anew on the same Kafka. */
  reset(): Promise<void>;
  /** Ends the services, and Kafka when this process started it. */
  stop(): Promise<void>;
};

type KafkaHere = {
  readonly bootstrap: string;
  readonly kafka: RunningMarket["kafka"];
  readonly dataDir: string;
  /** Null for a given Kafka. */
  readonly port: number | null;
  stop(): Promise<void>;
};

/**
 * Starts Kafka if none is given, makes the topics, starts the services. Throws `Failure`, then
 * nothing is left running.
 */
export async function startMarket(options: MarketOptions): Promise<RunningMarket> {
  const { tell, serviceArgs, config, isEphemeral, signal } = options;
  // First of all, and beside all the rest: the start is as long as Kafka's.
  const books = options.withBooks ? openBooks({ config, isEphemeral, tell, signal }) : null;
  const here = await findKafka(options).catch(async (error: unknown) => {
    await books?.stop();
    throw error;
  });
  const log = openKafkaLog({ bootstrap: here.bootstrap, clientId: "sauda-up" });
  try {
    tell.step("topics");
    await makeTopics(log);
    tell.step("services");
    const { withStandby } = options;
    const exchangeArgs = [...options.exchangeArgs, ...(withStandby ? standbyArgs : [])];
    const database = (await books?.database()) ?? null;
    const args = [...serviceArgs, "--kafka", here.bootstrap];
    const start = (gateway: GatewayProcess): ReturnType<typeof startServices> =>
      startServices({ args, exchangeArgs, gateway, withStandby }, tell, servicesTimeoutMs);
    const gateway: GatewayProcess = {
      ...options.gateway,
      args: [...options.gateway.args, "--kafka", here.bootstrap],
      database,
    };
    let running = await start(gateway);
    await books?.begin(here.bootstrap);
    const watch = watchKafka(options, here);
    return {
      bootstrap: here.bootstrap,
      log,
      kafka: here.kafka,
      dataDir: here.dataDir,
      database,
      marketId: () => running.marketId,
      url: () => running.url,
      pids: () => ({ ...running.services.pids(), ...books?.pids() }),
      reset: async () => {
        await Promise.all([running.services.stop(), books?.empty(running.marketId)]);
        await log.deleteMarket(serviceNames.map((name) => `sauda-${name}`));
        await makeTopics(log);
        running = await start(sameAddress(gateway, running.url));
        await books?.begin(here.bootstrap);
      },
      stop: async () => {
        await watch.end();
        await running.services.stop();
        await books?.stop();
        await log.close();
        await here.stop();
      },
    };
  } catch (error) {
    await books?.stop();
    await log.close();
    await here.stop();
    throw error;
  }
}

async function findKafka(options: MarketOptions): Promise<KafkaHere> {
  const { config, isEphemeral, tell } = options;
  const given = isEphemeral ? null : config.givenBootstrap;
  if (given !== null) {
    tell.step(`Kafka given: ${given}`);
    return { bootstrap: given, kafka: "given", dataDir: "", port: null, stop: async () => {} };
  }
  const { folder: dataDir, erase } = isEphemeral
    ? await temporaryFolder("sauda-", (made) => endWithThisProcess("kafka", made))
    : keptFolder(join(config.dataDir, "kafka"));
  tell.step("Kafka");
  try {
    const { kafka, reused } = await startOurs(
      options,
      dataDir,
      isEphemeral ? 0 : options.kafkaPort,
    );
    return {
      bootstrap: kafka.bootstrap,
      kafka: reused ? "reused" : "ours",
      dataDir,
      port: kafka.port,
      stop: async () => {
        if (!reused) await stopKafka(dataDir);
        await erase();
      },
    };
  } catch (error) {
    await erase();
    if (!(error instanceof KafkaProblem)) throw error;
    throw kafkaFailure(error);
  }
}

function startOurs(
  { tell, signal, isEphemeral }: MarketOptions,
  dataDir: string,
  port: number,
): ReturnType<typeof startKafka> {
  const jarsDir = defaultJarsDir;
  const archive = !isEphemeral;
  const env = process.env;
  const say = { onProgress: tell.note, onJar: tell.detail };
  return startKafka({ dataDir, port, jarsDir, env, ...say, signal, archive });
}

/**
 * Starts a managed Kafka again on its log when it has died. Without it there is no market: it is
 * tried for ever.
 */
function watchKafka(options: MarketOptions, here: KafkaHere): { end(): Promise<void> } {
  const { port, dataDir } = here;
  if (port === null) return { end: async () => {} };
  const server = {
    name: "Kafka",
    hasDied: async () => (await readLife(dataDir)).life === "stale",
    start: () => startOurs(options, dataDir, port),
    mostWaitMs: 1000,
    mayStayDown: false,
  };
  return watchServer(server, options.tell);
}

async function makeTopics(log: KafkaLog): Promise<void> {
  await log.createTopics(shardCount);
  const problems = await log.findTopicProblems(shardCount);
  if (problems.length > 0) throw new Failure(problems.join("\n"), exitCode.stopped);
}
