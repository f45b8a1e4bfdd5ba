import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startKafka } from "../../src/kafka/managed/broker.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { hasEndedWithin, sendSignal } from "../../src/kafka/managed/process.ts";
import { findState, type BrokerState } from "../../src/kafka/managed/state.ts";
import { stopKafka } from "../../src/kafka/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";

/** A Kafka of a test's own. */
export type TestKafka = {
  readonly bootstrap: string;
  readonly dir: string;
  /** Of the broker that runs now; another one after `restart`. */
  readonly pid: number;
  /** Sends the signal to the broker; after SIGKILL it is gone when the promise resolves. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again on the same port and data, stopping it first if it runs. Resolves when it
   * is ready.
   */
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
  /**
   * Ends it and removes its folder. Ask for it in `after`; without it both go when the test
   * process does.
   */
  stop(): Promise<void>;
};

/**
 * Starts a Kafka on free ports in a temporary folder, 3 to 6 s. It ends with the test process at
 * the latest.
 */
export async function testKafka(): Promise<TestKafka> {
  const dir = await mkdtemp(join(tmpdir(), "sauda-test-kafka-"));
  const called = endWithThisProcess("kafka", dir);
  const start = async (port: number): Promise<BrokerState> => {
    const lines: string[] = [];
    const onProgress = (line: string) => void lines.push(line);
    const given = { dataDir: dir, port, jarsDir: defaultJarsDir };
    await startKafka({ ...given, env: process.env, onProgress, archive: false });
    const state = await findState(dir);
    if (state === undefined) throw new Error(`no state after a start: ${lines.join("; ")}`);
    return state;
  };
  const stop = async () => {
    await stopKafka(dir, 0);
    await rm(dir, { recursive: true, force: true });
    called();
  };
  let state = await start(0).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    bootstrap: `localhost:${state.port}`,
    dir,
    get pid() {
      return state.pid;
    },
    async kill(signal = "SIGKILL") {
      sendSignal(state.pid, signal, "process");
      if (signal === "SIGKILL") await hasEndedWithin(state, 10_000);
    },
    async restart() {
      await stopKafka(dir);
      state = await start(state.port);
    },
    pause: () => sendSignal(state.pid, "SIGSTOP", "process"),
    resume: () => sendSignal(state.pid, "SIGCONT", "process"),
    stop,
  };
}
