import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { classArchive } from "./class-archive.ts";
import { checkDisk } from "./death.ts";
import { formatOnce } from "./format.ts";
import { installJars } from "./jars.ts";
import { findJava } from "./java.ts";
import { launch } from "./launch.ts";
import { whileLocked } from "./lock.ts";
import { answersOn, findFreePort, isFree, portTaken } from "./ports.ts";
import { KafkaProblem } from "./problem.ts";
import { isRunning } from "./process.ts";
import { isReady } from "./ready.ts";
import { readLife, type BrokerState } from "./state.ts";

/** A Kafka of ours that runs. */
export type ManagedKafka = {
  readonly bootstrap: string;
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
};

/** What a start needs to know. */
export type StartOptions = {
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port: number;
  /** Shared by all brokers of a clone; filled by the first. */
  readonly jarsDir: string;
  readonly onProgress: (line: string) => void;
  /** Told of each jar that arrives. */
  readonly onJar?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Where JAVA_HOME and PATH stand. */
  readonly env: NodeJS.ProcessEnv;
  /** False for a broker that must end quickly: it writes no class archive for those after it. */
  readonly archive?: boolean;
};

/**
 * How long a broker may take from its launch until it is ready; recovery of a large log after a
 * kill is the longest.
 */
const readyLimitMs = 120_000;

/** How long one that runs already may take to answer. */
const reuseLimitMs = 30_000;

/**
 * Starts the Kafka of a data folder on loopback and waits until it is ready, or finds it running
 * and reuses it. What is missing is made first: the jars, the folder. It outlives this process.
 * Breaks with KafkaProblem, or the signal's reason; then nothing is left running.
 */
export async function startKafka(
  options: StartOptions,
): Promise<{ kafka: ManagedKafka; reused: boolean }> {
  options.signal?.throwIfAborted();
  const dataDir = resolve(options.dataDir);
  const onWait = () => options.onProgress("another process starts this Kafka: waiting for it");
  const lock = { limitMs: 15 * 60_000, onWait, signal: options.signal };
  return whileLocked(join(dataDir, "start.lock"), lock, async () => {
    const { life, state } = await readLife(dataDir);
    if (life === "running") {
      const kafka = await findAnswering(dataDir, state, options);
      if (kafka !== undefined) return { kafka, reused: true };
    }
    if (life !== "stopped") {
      options.onProgress(
        `Kafka (pid ${state.pid}) ended without being stopped: starting it again on its log`,
      );
    }
    return { kafka: await begin(dataDir, state, options), reused: false };
  });
}

/** The running Kafka that a state describes. */
export function kafkaOf(dataDir: string, state: BrokerState): ManagedKafka {
  return { bootstrap: `localhost:${state.port}`, pid: state.pid, port: state.port, dataDir };
}

/**
 * The Kafka that runs, once it answers; undefined if it ends before it does, as one that was
 * just killed.
 */
async function findAnswering(
  dataDir: string,
  state: BrokerState,
  options: StartOptions,
): Promise<ManagedKafka | undefined> {
  const kafka = kafkaOf(dataDir, state);
  const deadline = performance.now() + reuseLimitMs;
  while (!(await isReady(kafka.bootstrap))) {
    options.signal?.throwIfAborted();
    if (!(await isRunning(state))) return undefined;
    if (performance.now() >= deadline) {
      const message = `our Kafka on localhost:${state.port} runs (pid ${state.pid}), but does not answer`;
      throw new KafkaProblem("NOT_READY", message, "npx sauda kafka stop, then start again");
    }
    await sleep(50);
  }
  const asked =
    options.port === 0 || options.port === state.port ? "" : ` (not on ${options.port})`;
  options.onProgress(`Kafka already runs on localhost:${state.port}${asked}, pid ${state.pid}`);
  return kafka;
}

async function begin(
  dataDir: string,
  last: BrokerState | undefined,
  options: StartOptions,
): Promise<ManagedKafka> {
  const { signal, onProgress, env } = options;
  const jarsDir = resolve(options.jarsDir);
  // First what fails at once, then what takes a minute.
  if (last === undefined) await refuseTwin(dataDir);
  if (options.port !== 0 && !(await isFree(options.port))) throw portTaken(options.port);
  await checkDisk(dataDir);
  const java = await findJava(env);
  const jars = await installJars(jarsDir, { env, onProgress, onJar: options.onJar, signal });
  const ports = await choosePorts(options.port, last);
  const archive = await classArchive(java, jarsDir, dataDir, options.archive ?? true);
  await formatOnce(java, jars, dataDir, { ports, archive, env, signal });
  onProgress(`starting Kafka on localhost:${ports.port}`);
  const broker = { java, jars, dataDir, ports, archive, env, limitMs: readyLimitMs };
  return kafkaOf(dataDir, await launch(broker, { onProgress, signal }));
}

/**
 * Where state.json is lost a Kafka may still work on the folder. A second one would write to the
 * same metadata log before it notices Kafka's own lock, and spoil the first (seen). The first still
 * answers on the controller's port of its settings.
 */
async function refuseTwin(dataDir: string): Promise<void> {
  const settings = await readFile(join(dataDir, "server.properties"), "utf8").catch(() => "");
  const port = /CONTROLLER:\/\/127\.0\.0\.1:(\d+)/.exec(settings)?.[1];
  if (port === undefined || !(await answersOn(Number(port), "127.0.0.1"))) return;
  throw new KafkaProblem(
    "BUSY",
    `a Kafka that is not remembered seems to work on ${dataDir}: its controller's port ${port} answers`,
    `end the process that listens on ${port} and start again, or choose another folder with --data-dir`,
  );
}

async function choosePorts(wanted: number, last: BrokerState | undefined) {
  const port = wanted === 0 ? await findFreePort() : wanted;
  const remembered = last?.controllerPort;
  const again = remembered !== undefined && remembered !== port && (await isFree(remembered));
  return { port, controllerPort: again ? remembered : await findFreePort(port) };
}
