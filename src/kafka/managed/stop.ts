import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { kafkaOf, type ManagedKafka } from "./broker.ts";
import { keepClassArchive } from "./class-archive.ts";
import { logFolder } from "./format.ts";
import { KafkaProblem } from "./problem.ts";
import { hasEndedWithin, sendSignal } from "./process.ts";
import { isReady } from "./ready.ts";
import { readLife, writeState } from "./state.ts";

/** What the Kafka of a folder is doing. `stale`: it ended without being stopped. */
type KafkaStatus =
  | {
      readonly life: "running";
      readonly kafka: ManagedKafka;
      readonly startedAt: string;
      readonly isReady: boolean;
    }
  | { readonly life: "stopped"; readonly dataDir: string; readonly hasData: boolean }
  | {
      readonly life: "stale";
      readonly dataDir: string;
      readonly pid: number;
      readonly startedAt: string;
    };

/** A stop takes half a second, or five with a class archive to write. */
const defaultGraceMs = 20_000;

/**
 * Stops the Kafka of a data folder and waits until it has ended: SIGTERM, and after the grace
 * SIGKILL. `stale`: there was one, and it had ended before without being stopped.
 */
export async function stopKafka(
  dataDir: string,
  graceMs: number = defaultGraceMs,
): Promise<"stopped" | "not running" | "stale"> {
  const dir = resolve(dataDir);
  const { life, state } = await readLife(dir);
  if (life === "stopped") return "not running";
  // Before it ends: whoever watches it must not take it for one that died, and start it again.
  await writeState(dir, { ...state, stopped: true });
  if (life === "running") {
    sendSignal(state.pid, "SIGTERM", "process");
    sendSignal(state.pid, "SIGCONT", "process"); // a paused process takes no SIGTERM
    if (await hasEndedWithin(state, graceMs)) {
      if (state.archive) await keepClassArchive(state.archive);
    } else {
      sendSignal(state.pid, "SIGKILL", "group");
      if (!(await hasEndedWithin(state, 10_000))) {
        const message = `Kafka (pid ${state.pid}) did not end 10 s after SIGKILL`;
        throw new KafkaProblem("BUSY", message, "its disk may hang; look at the process");
      }
    }
  }
  return life === "running" ? "stopped" : "stale";
}

/** Looks at the Kafka of a data folder. Takes at most two seconds. */
export async function kafkaStatus(dataDir: string): Promise<KafkaStatus> {
  const dir = resolve(dataDir);
  const { life, state } = await readLife(dir);
  if (life === "running") {
    const kafka = kafkaOf(dir, state);
    return { life, kafka, startedAt: state.startedAt, isReady: await isReady(kafka.bootstrap) };
  }
  if (life === "stale") return { life, dataDir: dir, pid: state.pid, startedAt: state.startedAt };
  return { life, dataDir: dir, hasData: existsSync(join(dir, logFolder)) };
}

/** All that a broker and its start leave in a data folder. */
const ours =
  /^(log|log\.part|state\.json|state\.json\.part|start\.lock|(broker|console)(\.\d)?\.log|(server|format|log4j2)\.properties|(java|format)\.args|classes\.jsa)$/;

/**
 * Removes the data of a stopped Kafka for ever. Removes only what a broker of ours wrote, and the
 * folder if it is empty then: a folder named by mistake loses nothing. Breaks with RUNNING if the
 * Kafka runs.
 */
export async function eraseKafka(dataDir: string): Promise<void> {
  const dir = resolve(dataDir);
  const { life, state } = await readLife(dir);
  if (life === "running") {
    const message = `Kafka runs on this folder (pid ${state.pid})`;
    throw new KafkaProblem("RUNNING", message, "stop it first: npx sauda kafka stop");
  }
  if (state === undefined) return;
  for (const name of await readdir(dir)) {
    if (ours.test(name)) await rm(join(dir, name), { recursive: true, force: true });
  }
  await rmdir(dir).catch(() => undefined);
}
