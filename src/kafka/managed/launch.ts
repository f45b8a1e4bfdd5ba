import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { ClassArchive } from "./class-archive.ts";
import { explainDeath, logSize } from "./death.ts";
import { logFolder } from "./format.ts";
import type { Java } from "./java.ts";
import { KafkaProblem } from "./problem.ts";
import { findBeginning, sendSignal } from "./process.ts";
import { isReady } from "./ready.ts";
import {
  javaArguments,
  loggingProperties,
  serverProperties,
  type BrokerPorts,
} from "./settings.ts";
import { writeState, type BrokerState } from "./state.ts";

/**
 * Java's first compiler alone: the second took two fifths of the broker's CPU, after 250,000 orders
 * still, and what it compiled was hardly cheaper to run (decision 026).
 */
const compiler = ["-XX:TieredStopAtLevel=1"];

/** A broker to be launched: its folder is formatted, its jars are there. */
type Launch = {
  readonly java: Java;
  readonly jars: readonly string[];
  readonly dataDir: string;
  readonly ports: BrokerPorts;
  readonly archive: ClassArchive;
  readonly env: NodeJS.ProcessEnv;
  readonly limitMs: number;
};

type Watch = {
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Runs the broker until it is ready. If that fails it is killed, and the problem says why in the
 * broker's own words.
 */
export async function launch(broker: Launch, watch: Watch): Promise<BrokerState> {
  const { dataDir, ports } = broker;
  const logged = await logSize(dataDir);
  const child = await run(broker);
  const state = await remember(broker, child);
  try {
    const exit = await waitFor(child, broker, watch);
    if (exit === undefined) return state;
    throw await explainDeath(dataDir, logged, ports.port, exit);
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.ref();
      sendSignal(state.pid, "SIGKILL", "group");
      await gone;
    }
    await writeState(dataDir, { ...state, stopped: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * In a session and group of its own: Ctrl-C at our terminal must not reach it before those that
 * use it.
 */
async function run({ java, jars, dataDir, ports, archive, env }: Launch): Promise<ChildProcess> {
  const flags = [...compiler, "-Xms256m", "-Xmx512m", "-Djava.awt.headless=true", ...archive.flags];
  await writeFile(join(dataDir, "java.args"), javaArguments(jars, flags));
  await writeFile(join(dataDir, "server.properties"), serverProperties(ports, logFolder));
  await writeFile(join(dataDir, "log4j2.properties"), loggingProperties());
  const console = await open(join(dataDir, "console.log"), "w");
  try {
    const child = spawn(java.program, ["@java.args", "kafka.Kafka", "server.properties"], {
      cwd: dataDir,
      env,
      detached: true,
      stdio: ["ignore", console.fd, console.fd],
    });
    await once(child, "spawn");
    child.unref();
    return child;
  } finally {
    await console.close();
  }
}

/** Before anything can go wrong: who comes next must find this process and be able to end it. */
async function remember(
  { dataDir, ports, archive }: Launch,
  child: ChildProcess,
): Promise<BrokerState> {
  const pid = child.pid ?? 0;
  const state: BrokerState = {
    pid,
    began: (await findBeginning(pid)) ?? "ended at once",
    ...ports,
    startedAt: new Date().toISOString(),
    ...(archive.made && { archive: archive.made }),
    stopped: false,
  };
  await writeState(dataDir, state);
  return state;
}

/** Undefined once the broker is ready; how it exited if it died instead. */
async function waitFor(
  child: ChildProcess,
  broker: Launch,
  watch: Watch,
): Promise<string | undefined> {
  const began = performance.now();
  const exited = once(child, "exit").then(() => false);
  let progressAtMs = began;
  for (;;) {
    watch.signal?.throwIfAborted();
    if (child.signalCode !== null) return `killed by ${child.signalCode}`;
    if (child.exitCode !== null) return `exit code ${child.exitCode}`;
    // A stranger that took the port may accept and be silent: the question lasts longer than the
    // broker then.
    if (await Promise.race([isReady(`localhost:${broker.ports.port}`), exited])) return undefined;
    const waited = performance.now() - began;
    if (waited > broker.limitMs) throw notReady(waited);
    if (performance.now() - progressAtMs > 10_000) {
      progressAtMs = performance.now();
      watch.onProgress(`Kafka is still starting (${Math.round(waited / 1000)} s)`);
    }
    await sleep(50, undefined, { signal: watch.signal }).catch(() => undefined);
  }
}

function notReady(waitedMs: number): KafkaProblem {
  const message = `Kafka was not ready after ${Math.round(waitedMs / 1000)} s and was ended`;
  return new KafkaProblem(
    "NOT_READY",
    message,
    "see what it did: npx sauda kafka logs; then start again",
  );
}
